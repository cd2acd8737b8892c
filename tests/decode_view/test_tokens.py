"""Tokens and figures fit their columns, whatever letters they are made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.decode_view.tokens import bar, columns, fitted, percent, shown


@pytest.mark.parametrize(
    ("token", "seen"),
    [(" the", "␣the"), ("a b ", "a b␣"), ("  ", "␣␣"), ("", "∅"), ("\n\n", "⏎⏎"), ("\tx", "⇥x"), ("日本", "日本")],
)
def test_blanks_can_be_seen(token: str, seen: str) -> None:
    assert shown(token) == seen


@given(st.text(), st.integers(2, 40))
def test_a_text_takes_as_many_columns_as_it_is_given(text: str, width: int) -> None:
    assert columns(fitted(text, width)) == width


def test_wide_letters_count_twice_and_marks_not_at_all() -> None:
    assert (columns("日本"), columns("e\u0301"), fitted("日本語", 5)) == (4, 1, "日本…")


@pytest.mark.parametrize(
    ("chance", "said"), [(1.0, "100.0"), (0.6214, "62.1"), (0.0042, "0.42"), (0.00002, "<.01"), (0.01, "1.0")]
)
def test_percent_are_short(chance: float, said: str) -> None:
    assert percent(chance) == said


@given(st.floats(0, 1), st.integers(1, 60), st.booleans())
def test_a_bar_is_as_long_as_its_share(share: float, width: int, blocks: bool) -> None:
    drawn = bar(share, width, blocks=blocks)
    assert abs(len(drawn) - share * width) <= 1
    assert drawn.isascii() or blocks
