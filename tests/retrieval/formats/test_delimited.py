"""CSV and TSV: the delimiter, the header, the rows by number."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.anchors import anchor_text
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.delimited import convert, delimiter_of


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_a_table(delimiter: str) -> None:
    rows = [["Name", "Price", "Note"], ["Tea", "2,50", "green; hot"], ["Coffee", "3,00", "black, or white"]]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(rows)

    assert delimiter_of(written.getvalue()) == delimiter
    assert convert(written.getvalue().encode()).text.splitlines()[2].startswith("| Tea | 2,50 | green; hot |")


def test_a_row_is_found_again_by_the_number_that_spreadsheets_give_it() -> None:
    found = convert(b'Name,Note\nTea,"hot\nand green"\n\nMilk,cold\n')
    milk = found.text.index("| Milk")

    assert found.text == "| Name | Note |\n|---|---|\n| Tea | hot and green |\n| Milk | cold |\n"
    assert anchor_text(found.anchors, milk, milk + 5) == "row 4"
    assert not found.has_lines


def test_the_line_in_which_excel_names_the_delimiter_decides() -> None:
    assert convert(b"sep=;\r\na,b;c\r\nd,e;f\r\n").text == "| a,b | c |\n|---|---|\n| d,e | f |\n"


@pytest.mark.parametrize("rows", [3, 300_000])
def test_where_a_quotation_mark_is_never_closed_marks_quote_nothing(rows: int) -> None:
    found = convert(b'size,name\n"2 inch,pipe\n' + b"x,y\n" * rows)

    assert found.text.splitlines()[2] == '| "2 inch | pipe |'
    assert len(found.anchors) == rows + 2


def test_a_cell_that_is_too_long_is_said() -> None:
    with pytest.raises(KnowledgeError, match="no table: field larger than field limit"):
        convert(b'a,b\n"' + b"x" * 1_000_001 + b'",b\n')


def test_a_table_below_its_title_has_its_header_all_the_same() -> None:
    found = convert(b"Stock of 2 March\n\nName,Amount\nBolt,4\n")
    bolt = found.text.index("| Bolt")

    assert found.text == "Stock of 2 March\n\n| Name | Amount |\n|---|---|\n| Bolt | 4 |\n"
    assert anchor_text(found.anchors, bolt, bolt + 4) == "row 4"
    assert anchor_text(found.anchors, 0, 5) == "row 1"


CELL = st.text(st.sampled_from("ab1 ,;|\t\"'\n\rü"), max_size=8)


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=8))
def test_whatever_is_in_the_cells_every_row_is_a_line(rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows(rows)

    found = convert(written.getvalue().encode())

    lines = [line for line in found.text.splitlines() if line]
    first = next((number for number, line in enumerate(lines) if line.startswith("|")), 0)
    assert first <= 10, "what stands above a table is a title and remarks"
    assert all(line.startswith("|") and line.endswith("|") for line in lines[first:])
    assert [anchor.start for anchor in found.anchors] == sorted(anchor.start for anchor in found.anchors)
