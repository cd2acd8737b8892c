"""The item under test is never its own demonstration, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.prompting.demonstrations.leak import gives_away

ITEM = (
    "Mara buys 4 notebooks at 3 euros each and a pen for 2 euros. She pays with a 20 euro note. How many euros does "
    "she get back from the friendly shopkeeper on the corner?"
)


@pytest.mark.parametrize(
    "other",
    [
        ITEM,
        ITEM.upper(),
        ITEM.replace(".", " !").replace(",", ""),
        ITEM.replace(" ", "\n  "),
        ITEM.replace("friendly", "kind"),
        ITEM + " Answer:",
    ],
)
def test_the_same_item_in_other_clothes_gives_it_away(other: str) -> None:
    assert gives_away(ITEM, other)


@pytest.mark.parametrize(
    "other",
    [
        ITEM.replace("4 notebooks", "5 notebooks"),
        "Tom buys 4 books. How many pages do they have?",
        "",
    ],
)
def test_another_item_does_not(other: str) -> None:
    assert not gives_away(ITEM, other)


def test_a_short_item_with_another_word_is_another_item() -> None:
    assert not gives_away("What is the chemical symbol of sodium?", "What is the chemical symbol of potassium?")
    assert gives_away("What is the chemical symbol of sodium?", "what is the chemical symbol of  Sodium")


@given(st.text(max_size=80), st.text(max_size=80))
def test_it_is_the_same_in_both_directions_and_of_itself(first: str, second: str) -> None:
    assert gives_away(first, first)
    assert gives_away(first, second) == gives_away(second, first)
