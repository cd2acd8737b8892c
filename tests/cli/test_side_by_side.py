"""Two texts side by side: alike in one row, a mark where they differ, and never wider than the terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatbot.cli.side_by_side import side_by_side


def test_what_is_alike_stands_in_one_row() -> None:
    rows = side_by_side("It rains. Take a coat.", "It rains. Take a hat.", 50)
    assert rows == [
        (" ", "It rains.                 It rains."),
        ("|", "Take a coat.            | Take a hat."),
    ]


def test_what_only_one_has_stands_alone() -> None:
    assert side_by_side("One.", "", 40) == [("<", "One.               <")]
    assert side_by_side("", "One.", 40) == [(">", "                   > One.")]
    assert side_by_side("", "", 40) == []


def test_lists_and_code_are_compared_line_by_line() -> None:
    rows = side_by_side("# Steps\n\n- add\n- halve\n", "# Steps\n\n- add\n- double\n", 60)
    assert [mark for mark, _ in rows] == [" ", " ", "|"]


@given(st.text(max_size=300), st.text(max_size=300), st.integers(30, 120))
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(left: str, right: str, width: int) -> None:
    rows = side_by_side(left, right, width)
    assert all(len(line) <= width for _, line in rows)
    shown = "".join("".join(line.split()) for _, line in side_by_side(left, "", width)).replace("<", "")
    assert shown == "".join(left.split()).replace("<", "")
