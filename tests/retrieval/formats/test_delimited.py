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


def test_a_quotation_mark_that_is_never_closed_is_said() -> None:
    with pytest.raises(KnowledgeError, match="no table: field larger than field limit"):
        convert(b'a,b\n"' + b"x,y\n" * 300_000)


CELL = st.text(st.sampled_from("ab1 ,;|\t\"'\n\rü"), max_size=8)


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=8))
def test_whatever_is_in_the_cells_every_row_is_a_line(rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows(rows)

    found = convert(written.getvalue().encode())

    assert all(line.startswith("|") and line.endswith("|") for line in found.text.splitlines())
    assert [anchor.start for anchor in found.anchors] == sorted(anchor.start for anchor in found.anchors)
