"""A call costs what the list says, or nothing is said about it."""

from __future__ import annotations

import pytest

from chatbot.messages import Usage
from chatbot.models.prices import Price, cost


def test_a_million_tokens_cost_the_listed_price() -> None:
    assert cost("gpt-4o-mini", Usage(1_000_000, 0)) == pytest.approx(0.15)
    assert cost("gpt-4o-mini", Usage(0, 1_000_000)) == pytest.approx(0.60)


def test_cached_tokens_cost_less() -> None:
    assert cost("gpt-4o-mini", Usage(1_000_000, 0, 400_000)) == pytest.approx(0.6 * 0.15 + 0.4 * 0.075)


def test_a_dated_name_costs_what_the_undated_one_does() -> None:
    assert cost("gpt-4o-mini-2024-07-18", Usage(1000, 10)) == cost("gpt-4o-mini", Usage(1000, 10))


def test_an_unknown_price_is_not_guessed() -> None:
    assert cost("gpt-4o-mini-audio", Usage(1000, 10)) is None


def test_a_given_price_counts() -> None:
    assert cost("mine", Usage(2_000_000, 1_000_000), {"mine": Price(1, 0.5, 3)}) == pytest.approx(5)
