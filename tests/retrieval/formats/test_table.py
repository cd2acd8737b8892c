"""Rows as a table: a line for each, an anchor for each, and which row is the header."""

from __future__ import annotations

import pytest

from chatbot.anchors import anchor_text
from chatbot.retrieval.formats.table import is_header, table

ROWS = [(1, ["Name", "Price"]), (2, ["Tea", "2 €"]), (3, ["", ""]), (4, ["Coffee\nblack", "3|4", ""])]


def test_each_row_is_a_line_and_empty_ones_are_left_out() -> None:
    text, _ = table(ROWS, header=True)

    assert text == "| Name | Price |\n|---|---|\n| Tea | 2 € |\n| Coffee black | 3\\|4 |\n"


def test_a_table_without_header_has_none() -> None:
    assert table(ROWS[1:2], header=False)[0] == "| Tea | 2 € |\n"


def test_each_row_is_found_again_by_its_number() -> None:
    text, anchors = table(ROWS, header=True, group="sheet Prices", start=100)
    tea, coffee = (100 + text.index(name) for name in ("| Tea", "| Coffee"))

    assert anchor_text(anchors, coffee, coffee + 3) == "sheet Prices, row 4"
    assert anchor_text(anchors, tea, coffee + 3) == "sheet Prices, rows 2-4"


@pytest.mark.parametrize(
    ("first", "second", "header"),
    [
        (["Name", "Price"], ["Tea", "2"], True),
        (["Name", "Price", ""], ["Tea", "2", ""], True),
        (["Name", "2024"], ["Tea", "2"], False),
        (["Name", "Name"], ["Tea", "2"], False),
        (["Name", "", "Price"], ["Tea", "2", "3"], False),
        (["Name", "€ 2,50"], ["Tea", "2"], False),
        (["Name", "Price"], None, False),
        ([], ["Tea"], False),
    ],
)
def test_a_header_names_every_column_otherwise_and_has_rows_below(
    first: list[str], second: list[str] | None, header: bool
) -> None:
    assert is_header(first, second) is header
