"""Spreadsheets: each sheet a section with its rows as a table, each row with its number as anchor.

In: a file of Excel, new or old, or of OpenDocument. What a formula comes to is read as it was last computed. Dates are
written as ISO 8601 has them. Refuses what is encrypted or damaged.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

from chatbot.anchors import Anchor
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.archive import opened
from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.formats.sparse_sheets import moved_together
from chatbot.retrieval.formats.table import MOST_COLUMNS, captioned_table

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

MOST_TEXT = 20_000_000
"""Characters; it stops there."""

_EXACT = 2**53
"""Whole numbers below are what somebody wrote, such as that of an account; of others spreadsheets keep 15 digits."""

_ZIP = b"PK"

Row = tuple[int, list[str]]
"""Its number, from 1, and its cells."""


def convert(data: bytes) -> Converted:
    """The tables of all sheets. Raises KnowledgeError."""
    text = ""
    anchors: list[Anchor] = []
    rows_of: Mapping[int, Sequence[int]] = {}
    if data.startswith(_ZIP):
        opened(data, "spreadsheet").close()
        data, rows_of = moved_together(data)
    for index, name, sheet in _sheets(_workbook(data)):
        rows = list(_rows(sheet, rows_of.get(index)))
        if not rows:
            continue
        text += "\n" * bool(text)
        head = f"## {' '.join(name.split())}\n\n"
        shown, (first, *others) = captioned_table(rows, f"sheet {name}", len(text) + len(head))
        anchors += [replace(first, start=len(text)), *others]  # the name stands at the first row
        text += head + shown
        if len(text) > MOST_TEXT:
            raise KnowledgeError(f"more than {MOST_TEXT // 1_000_000} million characters of text")
    return Converted(text, anchors=tuple(anchors), has_lines=False)


def _workbook(data: bytes) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        return CalamineWorkbook.from_filelike(BytesIO(data))
    except PasswordError as error:
        raise KnowledgeError("protected by a password") from error
    except CalamineError as error:
        raise KnowledgeError("damaged, or no spreadsheet") from error


def _sheets(workbook: CalamineWorkbook) -> Iterator[tuple[int, str, CalamineSheet]]:
    from python_calamine import SheetTypeEnum

    for index, known in enumerate(workbook.sheets_metadata):
        if known.typ == SheetTypeEnum.WorkSheet:
            yield index, known.name, workbook.get_sheet_by_index(index)


def _rows(sheet: CalamineSheet, numbers: Sequence[int] | None) -> Iterator[Row]:
    """Those with a cell that is not empty. numbers: what they had before they were moved together, if they were."""
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [_cell(value) for value in row[:MOST_COLUMNS]]
        if any(cells):
            yield numbers[number - 1] if numbers else number, cells


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < _EXACT else f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value).strip()
