"""Places of a document, named for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.anchors import Anchor, anchor_text, anchors_within

PAGES = [Anchor(0, "page", "1"), Anchor(10, "page", "2"), Anchor(20, "page", "3")]
ROWS = [Anchor(0, "", ""), Anchor(5, "row", "2", "sheet Prices"), Anchor(10, "row", "3", "sheet Prices")]
CODE = [Anchor(3, "function", "Shop.order"), Anchor(10, "class", "Basket")]


@pytest.mark.parametrize(
    ("anchors", "start", "end", "said"),
    [
        (PAGES, 0, 10, "page 1"),
        (PAGES, 9, 11, "pages 1-2"),
        (PAGES, 9, 30, "pages 1-3"),
        (PAGES, 10, 11, "page 2"),
        (ROWS, 0, 5, ""),
        (ROWS, 0, 9, "sheet Prices, row 2"),
        (ROWS, 6, 12, "sheet Prices, rows 2-3"),
        (CODE, 0, 3, ""),
        (CODE, 4, 6, "function Shop.order"),
        (CODE, 4, 12, "function Shop.order to class Basket"),
        ([], 0, 5, ""),
    ],
)
def test_a_piece_is_named_by_the_places_it_reaches_over(anchors: list[Anchor], start: int, end: int, said: str) -> None:
    assert anchor_text(anchors, start, end) == said


@given(
    st.lists(st.integers(0, 50), unique=True).map(sorted),
    st.integers(0, 50),
    st.integers(1, 20),
)
def test_the_places_within_a_piece_are_those_that_hold_at_one_of_its_characters(
    starts: list[int], start: int, length: int
) -> None:
    anchors = [Anchor(at, "page", str(number)) for number, at in enumerate(starts)]
    holding = {
        next((anchor for anchor in reversed(anchors) if anchor.start <= at), None)
        for at in range(start, start + length)
    } - {None}
    assert set(anchors_within(anchors, start, start + length)) == holding
