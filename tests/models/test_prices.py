"""A call costs what the list says, or nothing is said about it."""

from __future__ import annotations

import pytest

from chatbot.errors import ProjectError
from chatbot.messages import Usage
from chatbot.models.prices import Price, cost, price_of, read_price, read_prices


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


def test_a_price_is_read_from_a_table_and_cached_tokens_cost_as_much_as_others_where_it_does_not_say() -> None:
    assert read_price({"input": 1, "output": 4.5}) == Price(1.0, 1.0, 4.5)
    assert read_price({"input": 0, "output": 0}) == Price(0.0, 0.0, 0.0)
    assert price_of("gpt-4o-2024-08-06") == price_of("gpt-4o")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (3, "a price is a table such as"),
        ({"input": 1}, "a price needs output"),
        ({"input": 1, "outputs": 3}, "unknown key 'outputs' (did you mean 'output'?)"),
        ({"input": "1", "output": 3}, "input must be a number of dollars, not '1'"),
        ({"input": -1, "output": 3}, "a price is a number of dollars from 0 on"),
        ({"input": float("nan"), "output": 3}, "a price is a number of dollars from 0 on"),
    ],
)
def test_a_wrong_price_is_told_with_the_model(table: object, said: str) -> None:
    with pytest.raises(ProjectError) as caught:
        read_prices({"mine": table}, "chatbot.toml")
    assert str(caught.value).startswith("chatbot.toml: prices.mine: ") and said in str(caught.value)
