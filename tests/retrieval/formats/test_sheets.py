"""A spreadsheet's tables, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_files import ENCRYPTED, archive, sheets

from chatbot.anchors import anchor_text
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.sheets import convert
from chatbot.retrieval.load import read

PRICES = {"B2": "Price list", "B4": "Part", "C4": "Price", "B5": "Filter", "C5": 12.5, "B7": "Pump", "C7": 1e6}


def test_a_row_knows_its_sheet_and_the_number_it_has_there() -> None:
    found = convert(sheets(Notes={"A1": "Rinse it."}, Prices=PRICES))

    assert found.text == (
        "## Notes\n\n| Rinse it. |\n\n"
        "## Prices\n\nPrice list\n\n| Part | Price |\n|---|---|\n| Filter | 12.5 |\n| Pump | 1000000 |\n"
    )
    filter_, pump = found.text.index("| Filter"), found.text.index("| Pump")
    assert anchor_text(found.anchors, filter_, filter_ + 9) == "sheet Prices, row 5"
    assert anchor_text(found.anchors, filter_, pump + 9) == "sheet Prices, rows 5-7"
    assert anchor_text(found.anchors, found.text.index("## Prices"), pump + 9) == "sheet Prices, rows 2-7"
    assert found.has_lines is False


def test_values_are_written_as_a_person_reads_them() -> None:
    found = convert(sheets(S={"A1": True, "B1": 0.1 + 0.2, "C1": 3.0, "D1": 1 / 3, "E1": "two\nlines|bar"}))

    assert "| TRUE | 0.3 | 3 | 0.333333333333333 | two lines\\|bar |" in found.text


def test_a_long_number_keeps_its_digits() -> None:
    assert "| 4929123412341234 |" in convert(sheets(S={"A1": 4929123412341234.0})).text


def test_a_cell_in_the_last_row_does_not_cost_the_sheet() -> None:
    found = convert(
        sheets(Notes={"A1": "Rinse it."}, Prices={"B2": "Part", "H2": "Price", "B3": "Pump", "H1048576": 1})
    )
    end = found.text.index("|  | 1 |")

    assert found.text.endswith("## Prices\n\n| Part | Price |\n|---|---|\n| Pump |\n|  | 1 |\n")
    assert anchor_text(found.anchors, end, end + 4) == "sheet Prices, row 1048576"
    assert anchor_text(found.anchors, end - 9, end - 8) == "sheet Prices, row 3"


def test_a_sheet_without_cells_is_left_out() -> None:
    assert convert(sheets(Empty={}, Full={"A1": "text"})).text == "## Full\n\n| text |\n"


def test_columns_that_nobody_reads_to_are_left_out() -> None:
    assert convert(sheets(Far={"A1": "near", "B1": "x"}, Wide={"HA1": "far", "A2": "near"})).text.endswith("near |\n")


def test_a_file_is_read_by_its_ending(tmp_path: Path) -> None:
    (tmp_path / "prices.xlsx").write_bytes(sheets(Sheet1={"A1": "text"}))

    document = read(tmp_path / "prices.xlsx", "prices.xlsx")

    assert (document.title, document.format) == ("prices", "spreadsheet")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (ENCRYPTED, "protected by a password|damaged"),
        (b"text", "damaged, or no spreadsheet"),
        (archive({"a.txt": "text"}), "damaged, or no spreadsheet"),
    ],
    ids=["encrypted", "text", "another archive"],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(KnowledgeError, match=reason):
        convert(data)
