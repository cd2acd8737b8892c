"""Patterns are searched from the end, and those that can run on are refused."""

from __future__ import annotations

import pytest

from chatbot.errors import UsageError
from chatbot.prompting.patterns import last_match


def test_the_last_match_counts_and_of_it_the_first_group() -> None:
    assert last_match(r"(\d+) (apples|pears)", "3 apples, 5 pears") == "5"
    assert last_match(r"^\w+$", "one\ntwo") == "two"
    assert last_match(r"(\d)?x", "x") is None


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(?:\w+\s*)*x", r"(a|ab)*c", r"(?P<a>x+)+", "((a*))*"])
def test_a_repeat_inside_a_repeat_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="inside a repeat"):
        last_match(pattern, "")


@pytest.mark.parametrize("pattern", [r"\(a+\)+", r"[(+*]+x", r"(?:yes|no)", r"\d+(?:,\d{3})*", r"(?s)^(- .+\n- .+)$"])
def test_other_repeats_are_not(pattern: str) -> None:
    assert last_match(pattern, "") is None
