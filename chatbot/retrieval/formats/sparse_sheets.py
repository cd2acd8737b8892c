"""Excel files with sheets whose cells lie far apart, with those cells moved next to each other.

A sheet is read as the rectangle around its cells, and one cell that somebody left in the last row makes that larger
than any memory. In: an Excel file. Out: the same with empty rows and columns taken out of such sheets, and which row
each row was. Sheets that it cannot take apart stay as they are.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile

from chatbot.retrieval.formats.archive import part, relations, xml

MOST_CELLS = 4_000_000
"""Of a rectangle that is read as it stands, in some 150 MB."""

_MOST_COLUMNS = 16_384
"""Of a sheet of Excel."""

_BYTES_OF_CELL = 8
"""A cell with a value takes 22 at least; a rectangle with fewer for each of its cells is mostly empty."""

_MAIN = "xl/workbook.xml"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"

_DATA = re.compile(rb"<((?:\w+:)?)sheetData>(.*)</\1sheetData>", re.DOTALL)
_ROW_NUMBER = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="([1-9]\d{0,6})"')
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*?(?:/>|>.*?</(?:\w+:)?c>)", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([1-9]\d{0,6})"')
_RECTANGLE = re.compile(rb'<(?:\w+:)?dimension\b[^>]*?ref="(?:[A-Z]{1,3}\d+:)?([A-Z]{1,3})\d+"[^>]*>')

Cells = dict[int, list[tuple[int, bytes]]]
"""By the number of their row: the column, from 1, and the whole element."""


def moved_together(data: bytes) -> tuple[bytes, dict[int, Sequence[int]]]:
    """The file, and for each sheet that was changed, by its place among the sheets, the numbers its rows had.

    Raises KnowledgeError for damaged parts.
    """
    with ZipFile(BytesIO(data)) as archive:
        changed: dict[str, bytes] = {}
        rows_of: dict[int, Sequence[int]] = {}
        for place, path in enumerate(_sheets(archive)):
            if path and (made := _together(part(archive, path) or b"")):
                changed[path], rows_of[place] = made
        return (_with(archive, changed) if changed else data), rows_of


def _sheets(archive: ZipFile) -> Iterator[str]:
    """The parts of the sheets in their order; "" for one that holds no cells."""
    main = xml(archive, _MAIN)
    targets = relations(archive, _MAIN) if main is not None else {}
    for each in () if main is None else main.iter():
        if each.tag.rpartition("}")[2] == "sheet":
            kind, path = targets.get(each.get(f"{_R}id", ""), ("", ""))
            yield path if kind == "worksheet" else ""


def _together(sheet: bytes) -> tuple[bytes, list[int]] | None:
    """The sheet without empty rows and columns, and its rows; None where it is to stay as it is."""
    found = _DATA.search(sheet)
    if not found or not _is_sparse(sheet, found[2]):
        return None
    rows = _cells(found[2])
    columns = sorted({column for row in rows.values() for column, _ in row})
    numbers = sorted(rows)
    body = b"".join(_row(found[1], new, rows[old], columns) for new, old in enumerate(numbers, 1))
    before = _RECTANGLE.sub(b"", sheet[: found.start(2)])
    return (before + body + sheet[found.end(2) :], numbers) if rows else None


def _is_sparse(sheet: bytes, data: bytes) -> bool:
    """Whether most of a large rectangle is empty, told by how few bytes there are for it."""
    last = data.rfind(b"row ")
    number = _ROW_NUMBER.match(data, data.rfind(b"<", 0, last)) if last > 0 else None
    rows = int(number[1]) if number else 0
    if rows * _MOST_COLUMNS <= MOST_CELLS:
        return False
    named = _RECTANGLE.search(sheet)
    columns = _column(named[1]) if named else max((_column(place[1]) for place in _PLACE.finditer(data)), default=0)
    return rows * columns > MOST_CELLS and len(data) < _BYTES_OF_CELL * rows * columns


def _cells(data: bytes) -> Cells:
    """The cells with a value; none where their places are not written."""
    rows: Cells = {}
    for cell in _CELL.finditer(data):
        if cell[0].endswith(b"/>"):
            continue
        place = _PLACE.search(cell[0], 0, cell[0].index(b">"))
        if place is None:
            return {}
        rows.setdefault(int(place[2]), []).append((_column(place[1]), cell[0]))
    return rows


def _row(prefix: bytes, number: int, cells: Sequence[tuple[int, bytes]], columns: Sequence[int]) -> bytes:
    moved = b"".join(
        _PLACE.sub(b'r="%s%d"' % (_letters(bisect_left(columns, column) + 1), number), content, count=1)
        for column, content in cells
    )
    return b'<%srow r="%d">%s</%srow>' % (prefix, number, moved, prefix)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _letters(column: int) -> bytes:
    letters = b""
    while column:
        column, last = divmod(column - 1, 26)
        letters = b"%c%s" % (65 + last, letters)
    return letters


def _with(archive: ZipFile, changed: Mapping[str, bytes]) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as copy:
        for name in dict.fromkeys(archive.namelist()):
            copy.writestr(name, changed.get(name) or part(archive, name) or b"")
    return made.getvalue()
