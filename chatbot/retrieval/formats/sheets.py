"""Spreadsheets: each sheet a section with its rows as a table, each row with its number as anchor.

In: a file of Excel, new or old, or of OpenDocument. What a formula comes to is read as it was last computed. Dates are
written as ISO 8601 has them. Refuses what is encrypted or damaged.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

from chatbot.anchors import Anchor
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.archive import opened
from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.formats.table import MOST_COLUMNS, is_header, table

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

MOST_TEXT = 20_000_000
"""Characters; it stops there."""

_CAPTIONS = 10
"""Rows above a table that may be its title or a remark: they fill one cell."""

_ZIP = b"PK"

Row = tuple[int, list[str]]
"""Its number, from 1, and its cells."""


def convert(data: bytes) -> Converted:
    """The tables of all sheets. Raises KnowledgeError."""
    text = ""
    anchors: list[Anchor] = []
    for name, sheet in _sheets(_workbook(data)):
        rows = list(_rows(sheet))
        if not rows:
            continue
        text += "\n" * bool(text)
        head = f"## {' '.join(name.split())}\n\n"
        shown, (first, *others) = _table(rows, f"sheet {name}", len(text) + len(head))
        anchors += [replace(first, start=len(text)), *others]  # the name stands at the first row
        text += head + shown
        if len(text) > MOST_TEXT:
            raise KnowledgeError(f"more than {MOST_TEXT // 1_000_000} million characters of text")
    return Converted(text, anchors=tuple(anchors), has_lines=False)


def _workbook(data: bytes) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    if data.startswith(_ZIP):
        opened(data, "spreadsheet").close()
    try:
        return CalamineWorkbook.from_filelike(BytesIO(data))
    except PasswordError as error:
        raise KnowledgeError("protected by a password") from error
    except CalamineError as error:
        raise KnowledgeError("damaged, or no spreadsheet") from error


def _sheets(workbook: CalamineWorkbook) -> Iterator[tuple[str, CalamineSheet]]:
    from python_calamine import SheetTypeEnum

    for index, known in enumerate(workbook.sheets_metadata):
        if known.typ == SheetTypeEnum.WorkSheet:
            yield known.name, workbook.get_sheet_by_index(index)


def _rows(sheet: CalamineSheet) -> Iterator[Row]:
    """Those with a cell that is not empty."""
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [_cell(value) for value in row[:MOST_COLUMNS]]
        if any(cells):
            yield number, cells


def _table(rows: Sequence[Row], group: str, start: int) -> tuple[str, list[Anchor]]:
    """The captions above a table as lines, and the table."""
    captions = _captions(rows)
    text, anchors = "", []
    for number, cells in rows[:captions]:
        anchors.append(Anchor(start + len(text), "row", str(number), group))
        text += " ".join(filter(None, cells)) + "\n\n"
    rest = rows[captions:]
    header = is_header(rest[0][1], rest[1][1] if len(rest) > 1 else None)
    shown, places = table(rest, header=header, group=group, start=start + len(text))
    return text + shown, [*anchors, *places]


def _captions(rows: Sequence[Row]) -> int:
    """How many rows fill one cell before the first that fills more; none where all do."""
    filled = [sum(map(bool, cells)) for _, cells in rows[: _CAPTIONS + 1]]
    for index, (before, after) in enumerate(pairwise(filled)):
        if before != 1:
            return 0
        if after > 1:
            return index + 1
    return 0


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.15g}"  # as many digits as spreadsheets keep
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value).strip()
