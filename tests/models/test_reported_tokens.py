"""What a service reports of its tokens, read as steps and as a tree."""

from __future__ import annotations

from math import log

import pytest

from chatbot.messages import TokenScore
from chatbot.models.next_token import Strategy
from chatbot.models.reported_tokens import comb_of, steps_of
from chatbot.sampling import Sampling

GREEDY = (Strategy("greedy", Sampling(temperature=0)),)


def score(text: str, *told: tuple[str, float], chance: float | None = None) -> TokenScore:
    chances = dict(told)
    return TokenScore(text, log(chances[text] if chance is None else chance), tuple((each, log(p)) for each, p in told))


def test_a_step_has_the_distribution_the_token_and_its_rank() -> None:
    (step,) = steps_of([score("b", ("a", 0.5), ("b", 0.3), ("c", 0.1))], GREEDY)
    assert [each.text for each in step.before.candidates] == ["a", "b", "c"]
    assert step.before.rest == pytest.approx(0.1) and step.before.is_least and step.before.tokens is None
    assert (step.taken.text, step.rank) == ("b", 2)
    assert step.taken.probability == pytest.approx(0.3)
    after = step.after[0].distribution
    assert after is not None and after.candidates[0].text == "a"


def test_a_drawn_token_in_place_of_the_last_of_the_likeliest_says_nothing_of_those_that_are_hidden() -> None:
    (step,) = steps_of([score("z", ("a", 0.5), ("b", 0.3), ("z", 0.001))], GREEDY)
    assert [each.text for each in step.before.candidates] == ["a", "b"]
    assert step.before.rest == pytest.approx(0.2) and step.rank is None


def test_all_that_there_is_leaves_no_rest() -> None:
    (whole,) = steps_of([score("a", ("a", 0.7), ("c", 0.2), ("b", 0.1000001))], ())
    assert (whole.before.rest, whole.before.tokens, whole.before.is_least) == (0.0, 3, False)


@pytest.mark.parametrize("told", [(), (("a", 0.0),)])
def test_a_token_without_alternatives_is_no_step(told: tuple[tuple[str, float], ...]) -> None:
    alternatives = tuple((text, -9999.0) for text, _ in told)
    assert steps_of([TokenScore("a", -0.1, alternatives)], GREEDY) == ()


def test_the_tree_has_the_alternatives_beside_the_way() -> None:
    steps = steps_of(
        [score("a", ("a", 0.6), ("b", 0.3), ("c", 0.05)), score("y", ("x", 0.5), ("w", 0.2), ("y", 0.1), ("v", 0.05))],
        (),
    )
    first, second = comb_of(steps, branches=2, depth=2)
    assert [(each.token.text, each.is_taken) for each in (first, second)] == [("a", True), ("b", False)]
    assert [(each.token.text, each.is_taken) for each in first.branches] == [("x", False), ("y", True)]
    assert first.branches[1].probability == pytest.approx(0.06)
    assert second.branches == () and first.branches[0].branches == ()
    assert comb_of(steps, branches=2, depth=0) == ()
