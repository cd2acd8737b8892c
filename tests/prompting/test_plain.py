"""Markup goes, words stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.prompting.plain import bare, plain, without_thinking


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**29** and *x* and __y__", "29 and x and y"),
        ("2*3*4", "2*3*4"),
        (r"$1{,}000$ and 2\,500", "$1,000$ and 2,500"),
        (r"\(\frac{1}{2}\)", "1/2"),
        ("3+4=<<3+4=7>>7", "3+4=7"),
        ("<think>\nIt may be 3.\n</think>\n5", "5"),
        ("<think>It may be 3", ""),
        ("−5\u00a0°C", "-5 °C"),
    ],
)
def test_markup_is_taken_out(text: str, expected: str) -> None:
    assert " ".join(plain(text).split()) == expected


@given(st.text(max_size=300))
def test_a_bare_text_stays_as_it_is(text: str) -> None:
    assert bare(bare(text)) == bare(text)


def test_what_is_said_behind_the_thinking_keeps_its_markup() -> None:
    assert without_thinking("<think>3?</think>\n**5**, or `6`") == "\n**5**, or `6`"
    assert without_thinking("no **thought**") == "no **thought**"


def test_thinking_that_is_opened_again_and_again_is_cut_once() -> None:
    assert plain("4 <think>a <think>b") == "4"
    assert plain("<think>a</think> 4 <think>" * 3_000) == "4"
