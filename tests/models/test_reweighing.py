"""What strategies make of a distribution: as transformers has it, and never a guess where part of it is hidden."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatbot.models.next_token import Candidate, Distribution, Strategy, entropy_of
from chatbot.models.reweighing import HIDDEN, WHOLE, reweighed
from chatbot.sampling import Sampling

logits = st.lists(st.integers(-60, 60).map(lambda tenths: tenths / 10), min_size=2, max_size=16, unique=True)
samplings = st.builds(
    Sampling,
    temperature=st.none() | st.sampled_from([0.3, 0.7, 1.0, 1.6]),
    top_p=st.none() | st.sampled_from([0.31, 0.62, 0.93]),
    top_k=st.none() | st.integers(1, 18),
    min_p=st.none() | st.sampled_from([0.013, 0.11, 0.47]),
    typical_p=st.none() | st.sampled_from([0.23, 0.71]),
)


def told(chances: list[float], first: int | None = None) -> Distribution:
    """A distribution over tokens "0", "1", … of which so many are told, all where nobody says."""
    ranked = sorted(((chance, str(place)) for place, chance in enumerate(chances)), reverse=True)
    known = ranked[: first or len(ranked)]
    rest = sum(chance for chance, _ in ranked[len(known) :])
    candidates = tuple(Candidate(text, chance) for chance, text in known)
    return Distribution(candidates, rest, entropy_of(chances), None if rest else len(known), is_least=rest > 0)


def after(distribution: Distribution, sampling: Sampling) -> Distribution | str:
    came = reweighed(distribution, Strategy("s", sampling))
    return came.distribution or came.reason


def by_transformers(scores: list[float], sampling: Sampling) -> list[float]:
    """The same by the processors of transformers, in the order in which `generate` runs them."""
    import torch
    from transformers.generation import logits_process as theirs

    row: Any = torch.tensor([scores], dtype=torch.float64)
    makers = (
        (theirs.TemperatureLogitsWarper, sampling.temperature),
        (theirs.TopKLogitsWarper, sampling.top_k),
        (theirs.TopPLogitsWarper, sampling.top_p),
        (theirs.MinPLogitsWarper, sampling.min_p),
        (theirs.TypicalLogitsWarper, sampling.typical_p),
    )
    for maker, value in makers:
        if value is not None:
            row = maker(value)(torch.zeros((1, 1), dtype=torch.long), row)
    return list(torch.softmax(row, -1)[0].tolist())


def softmax(scores: list[float]) -> list[float]:
    import torch

    return list(torch.softmax(torch.tensor(scores, dtype=torch.float64), -1).tolist())


@given(logits, samplings)
def test_a_whole_distribution_becomes_what_transformers_makes_of_it(scores: list[float], sampling: Sampling) -> None:
    came = after(told(softmax(scores)), sampling)
    assert isinstance(came, Distribution)
    mine = {each.text: each.probability for each in came.candidates}
    theirs = {str(place): chance for place, chance in enumerate(by_transformers(scores, sampling)) if chance > 0}
    assert mine == pytest.approx(theirs)
    assert came.tokens == len(theirs)
    assert came.entropy == pytest.approx(entropy_of(theirs.values()))


@given(logits, samplings, st.data())
def test_of_a_part_nothing_is_said_that_the_whole_belies(
    scores: list[float], sampling: Sampling, data: st.DataObject
) -> None:
    chances = softmax(scores)
    came = after(told(chances, data.draw(st.integers(1, len(chances)))), sampling)
    assume(isinstance(came, Distribution))
    assert isinstance(came, Distribution)
    whole = by_transformers(scores, sampling)
    for each in came.candidates:
        assert each.probability <= whole[int(each.text)] + 1e-9 <= each.probability + came.slack + 2e-9
    others = sum(chance for place, chance in enumerate(whole) if str(place) not in {c.text for c in came.candidates})
    assert others <= came.rest + 1e-9
    if came.is_least:
        assert came.entropy <= entropy_of(whole) + 1e-9


def test_greedy_takes_the_likeliest() -> None:
    came = after(told([0.2, 0.5, 0.3], 2), Sampling(temperature=0))
    assert came == Distribution((Candidate("1", 1.0),), 0.0, 0.0, 1)


@pytest.mark.parametrize(
    ("sampling", "reason"),
    [
        (Sampling(temperature=1.5), "above 1 it raises tokens"),
        (Sampling(top_k=3), "it keeps 3 tokens, and the service tells of 2"),
        (Sampling(top_p=0.95), "hold 80.0 % only"),
        (Sampling(min_p=0.1), "it keeps tokens that the service does not tell of"),
        (Sampling(typical_p=0.9), "it needs the probabilities of all tokens"),
        (Sampling(repetition_penalty=1.2), HIDDEN),
        (Sampling(choices=("a", "b")), HIDDEN),
        (Sampling(beams=4), WHOLE),
        (Sampling(contrastive_alpha=0.6, top_k=4), WHOLE),
    ],
    ids=str,
)
def test_what_depends_on_hidden_tokens_has_its_reason(sampling: Sampling, reason: str) -> None:
    came = after(told([0.5, 0.3, 0.15, 0.05], 2), sampling)
    assert isinstance(came, str) and reason in came


def test_a_low_temperature_leaves_little_to_what_is_hidden_and_says_how_much() -> None:
    came = after(told([0.5, 0.3, 0.1, 0.06, 0.04], 3), Sampling(temperature=0.5))
    assert isinstance(came, Distribution)
    assert came.candidates[0].probability == pytest.approx(0.25 / 0.36)
    assert came.slack == pytest.approx(0.01 / 0.36) and not came.is_least


@pytest.mark.parametrize(
    "sampling", [Sampling(), Sampling(max_tokens=5, seed=3, stop=("x",)), Sampling(prompt_lookup=4)]
)
def test_what_does_not_weigh_tokens_leaves_the_distribution_as_it_is(sampling: Sampling) -> None:
    before = told([0.5, 0.3, 0.2], 2)
    came = after(before, sampling)
    assert isinstance(came, Distribution)
    assert [each.probability for each in came.candidates] == pytest.approx([0.5, 0.3])
    assert (came.rest, came.slack, came.is_least) == (pytest.approx(0.2), pytest.approx(0), True)
