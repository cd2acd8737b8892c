"""Numbers in words are read where they are certain."""

from __future__ import annotations

import pytest

from chatbot.prompting.number_words import leading_number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("twenty-five apples", 25),
        ("one hundred and five", 105),
        ("two thousand three hundred", 2300),
        ("minus three", -3),
        ("one of them", None),
        ("five six", None),
        ("five or six", None),
        ("many", None),
    ],
)
def test_words_are_a_number_or_none(text: str, expected: int | None) -> None:
    assert leading_number(text) == expected
