"""The next token of a local model: what is shown is what `generate` draws from, in four families."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")

from engine_jobs import tiny_weights

from chatbot.models.local.decoding import plan
from chatbot.models.local.distribution import LISTED, Reading, step_at, steps_of, tree_of
from chatbot.models.local.likelihood import last_log_probabilities
from chatbot.models.local.loading import Weights
from chatbot.models.next_token import Branch, Distribution, Strategy, entropy_of
from chatbot.models.reweighing import WHOLE
from chatbot.sampling import Sampling

PROMPT = "A command that starts a model, and what it says"


@pytest.fixture(scope="module", params=["llama", "qwen3", "gpt2", "gemma3"])
def weights(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return tiny_weights(tmp_path_factory.mktemp("tiny"), request.param)


@pytest.fixture
def reading(weights: Weights) -> Reading:
    return Reading(weights, weights.tokenizer(PROMPT).input_ids)


def by_generate(reading: Reading, sampling: Sampling, path: list[int]) -> Any:
    """The probabilities that `generate` itself draws the next token from."""
    import torch

    ids = torch.tensor([[*reading.prompt, *path]])
    made = plan(sampling, schema=None, weights=reading.weights, prompt_tokens=len(reading.prompt))
    made.config.max_new_tokens = 1
    came = reading.weights.model.generate(
        ids,
        generation_config=made.config,
        logits_processor=made.processors,
        output_scores=True,
        return_dict_in_generate=True,
    )
    return torch.softmax(came.scores[0][0], -1)


SINGLE = [
    Sampling(temperature=0.7),
    Sampling(temperature=1, top_k=5),
    Sampling(top_p=0.6),
    Sampling(min_p=0.2, temperature=1.5),
    Sampling(typical_p=0.4),
    Sampling(temperature=1, repetition_penalty=1.8),
    Sampling(temperature=1, no_repeat_ngram=2),
]


@pytest.mark.parametrize("sampling", SINGLE, ids=str)
def test_what_is_shown_is_what_generate_draws_from(reading: Reading, sampling: Sampling) -> None:
    path = reading.prompt[3:6]
    theirs = by_generate(reading, sampling, path)
    (after,) = step_at(reading, [Strategy("s", sampling)], path, taken=7).after
    assert isinstance(after.distribution, Distribution)
    assert after.distribution.tokens == int((theirs > 0).sum())
    assert after.distribution.entropy == pytest.approx(entropy_of(theirs.tolist()), abs=1e-4)
    for each in after.distribution.candidates:
        assert each.id is not None and each.probability == pytest.approx(float(theirs[each.id]), abs=1e-5)


def test_the_greedy_way_is_the_one_that_generate_takes(reading: Reading) -> None:
    import torch

    ids = torch.tensor([reading.prompt])
    theirs = reading.weights.model.generate(ids, do_sample=False, max_new_tokens=6)[0, len(reading.prompt) :].tolist()
    steps = steps_of(reading, [Strategy("greedy", Sampling(temperature=0))], way=Sampling(temperature=0), tokens=6)
    assert [step.taken.id for step in steps] == theirs
    assert all(step.rank == 1 and step.after[0].distribution for step in steps)
    assert [step.after[0].distribution.candidates[0].id for step in steps if step.after[0].distribution] == theirs


def test_a_drawn_way_repeats_with_its_seed(reading: Reading) -> None:
    ways = [
        [step.taken.id for step in steps_of(reading, [], way=Sampling(temperature=40), tokens=8, seed=seed)]
        for seed in (1, 1, 2)
    ]
    assert ways[0] == ways[1] != ways[2]


def test_the_distribution_before_is_the_models_own_and_whole(reading: Reading) -> None:
    import torch

    path = [11, 12]
    with torch.inference_mode():
        logits = reading.weights.model(input_ids=torch.tensor([[*reading.prompt, *path]])).logits[0, -1].float()
    chances = torch.softmax(logits, -1)
    step = step_at(reading, [], path, taken=5)
    assert [each.id for each in step.before.candidates] == chances.topk(LISTED).indices.tolist()
    assert step.before.rest == pytest.approx(1 - float(chances.topk(LISTED).values.sum()), abs=1e-5)
    assert step.before.entropy == pytest.approx(entropy_of(chances.tolist()), abs=1e-4)
    assert step.before.tokens == len(chances) and not step.before.is_least
    assert step.taken.probability == pytest.approx(float(chances[5]), abs=1e-5)
    assert step.rank == 1 + int((chances > chances[5]).sum())


def ways(branches: tuple[Branch, ...], path: tuple[int, ...] = ()) -> list[tuple[tuple[int, ...], Branch]]:
    """Every branch with the tokens from the root to it."""
    found = []
    for each in branches:
        assert each.token.id is not None
        here = (*path, each.token.id)
        found += [(here, each), *ways(each.branches, here)]
    return found


def test_every_way_of_the_tree_is_as_likely_as_the_model_holds_it(reading: Reading) -> None:
    tree = tree_of(reading, depth=3, branches=3)
    assert len(tree) == 3 and sum(each.probability for each in tree) < 1
    for path, branch in ways(tree):
        (scores,) = last_log_probabilities(reading.weights.model, [[*reading.prompt, *path]], len(path))
        assert branch.token.probability == pytest.approx(2.718281828 ** scores[-1], rel=1e-3)
        assert branch.probability == pytest.approx(2.718281828 ** sum(scores), rel=1e-3)


def test_the_way_that_a_text_takes_is_in_the_tree_though_it_is_unlikely(reading: Reading) -> None:
    tree = tree_of(reading, taken=[401, 402], depth=2, branches=2)
    marked = [path for path, branch in ways(tree) if branch.is_taken]
    assert marked == [(401,), (401, 402)]


def test_what_weighs_whole_sequences_has_no_distribution_of_one_token(reading: Reading) -> None:
    assert reading.prepared(Sampling(beams=3)) is None
    (after,) = step_at(reading, [Strategy("beams=3", Sampling(beams=3))], [], taken=1).after
    assert (after.distribution, after.reason) == (None, WHOLE)


def test_tokens_that_open_a_word_keep_their_blank_and_halves_of_letters_are_told_apart(reading: Reading) -> None:
    tokenizer = reading.weights.tokenizer
    (blank,) = tokenizer(" the").input_ids[:1]
    assert reading.token((), blank).startswith(" ")
    halves = {number: reading.token((), number) for number in tokenizer("日").input_ids}
    assert all(text and "\ufffd" not in text for text in halves.values())
    assert len(set(halves.values())) == len(halves)


def test_a_form_leaves_only_tokens_that_keep_to_it_all_along_the_way(reading: Reading) -> None:
    form = Sampling(temperature=0, choices=("yes", "no way"))
    steps = steps_of(reading, [Strategy("form", Sampling(temperature=1, choices=form.choices))], way=form, tokens=8)
    said = "".join(step.taken.text for step in steps[:-1])
    assert said in form.choices and steps[-1].taken.id in reading.ends
    assert all(0 < len(step.after[0].distribution.candidates) < 10 for step in steps if step.after[0].distribution)


def test_what_only_makes_tokens_come_sooner_leaves_the_distribution_as_it_is(reading: Reading) -> None:
    ahead = (Sampling(temperature=1, prompt_lookup=3), Sampling(temperature=1, draft="local:nowhere"))
    plain, *others = step_at(
        reading, [Strategy("s", each) for each in (Sampling(temperature=1), *ahead)], [], taken=5
    ).after
    assert all(each.distribution == plain.distribution for each in others)
