"""Strategies are found by name, and their options are checked whatever they come from."""

from __future__ import annotations

import pytest

from chatbot.errors import NotFoundError, UsageError
from chatbot.strategies import STRATEGIES, get
from chatbot.strategies.chain_of_thought import FewShotCot, ZeroShotCot
from chatbot.strategies.self_consistency import SelfConsistency

NAMES = {
    "zero_shot",
    "one_shot",
    "few_shot",
    "zero_shot_cot",
    "few_shot_cot",
    "self_consistency",
    "tree_of_thoughts",
    "react",
    "least_to_most",
    "self_refine",
    "structured",
}


def test_all_strategies_are_there() -> None:
    assert set(STRATEGIES) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_strategy_is_made_by_its_name_alone_and_says_where_it_is_from(name: str) -> None:
    made = get(name)
    assert made.name == name
    assert type(made).__doc__
    assert made.demonstrates is None or made.demonstrates >= 0


def test_one_may_be_made_of_another() -> None:
    assert get("self_consistency over few_shot_cot", samples=20) == SelfConsistency(FewShotCot(), samples=20)
    assert get("self_consistency", over={"name": "zero_shot_cot", "calls": 1}) == SelfConsistency(ZeroShotCot(calls=1))
    assert get("self_consistency", over=FewShotCot()) == SelfConsistency(FewShotCot())
    assert get("self_consistency over self_consistency over zero_shot").over == get("self_consistency over zero_shot")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("self_consistncy", {}, "did you mean 'self_consistency'"),
        ("self_consistency over few_shots", {}, "did you mean 'few_shot'"),
        ("zero_shot over few_shot", {}, "not made of another strategy.*self_consistency"),
        ("self_consistency", {"sample": 3}, "no option 'sample'.*did you mean 'samples'"),
        ("self_consistency", {"samples": "3"}, "samples must be a whole number, not '3'"),
        ("self_consistency", {"samples": True}, "samples must be a whole number, not True"),
        ("self_consistency", {"adaptive": 1}, "adaptive must be true or false, not 1"),
        ("self_consistency", {"over": 7}, "over must be a strategy, not 7"),
        ("zero_shot_cot", {"calls": 3}, "calls must be 1 or 2, not 3"),
        ("zero_shot_cot", {"trigger": 3}, "trigger must be text, not 3"),
        ("structured", {"schema": "x"}, "schema must be a JSON Schema or a pydantic class"),
    ],
)
def test_every_mistake_says_what_would_be_right(name: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        get(name, **options)


def test_a_name_that_is_none_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        get("")
