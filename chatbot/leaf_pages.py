"""Rows of a SQLite file, from the leaves of its tables: those too that no page leads to any more.

A table is a tree, and a damaged inner page hides all that is below it, while the leaves stand in the file as they were.
A leaf does not say whose it is; that its rows fit the columns of one table alone has to tell. Deleted rows are not
among them where `secure_delete` was on. Tables without rowids have other leaves, which are passed over.
(sqlite.org/fileformat2.html, sections 1.3, 1.6 and 2.1)
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

Value = None | int | float | str | bytes

_HEADER, _LEAF = 100, 0x0D

_MOST_VALUES = 100
"""Columns of a row; more say that what was read is none."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: TEXT, INTEGER, REAL or BLOB."""

    kind: str
    may_be_null: bool
    is_rowid: bool = False
    """Its value is the row's number, and not in the row."""

    def holds(self, value: Value) -> bool:
        """Whether it can hold the value."""
        if value is None or self.is_rowid:
            return value is None and (self.may_be_null or self.is_rowid)
        match self.kind:
            case "TEXT":
                return isinstance(value, str)
            case "INTEGER":
                return isinstance(value, int)
            case "REAL":
                return isinstance(value, int | float)
            case "BLOB":
                return isinstance(value, bytes)
        return False


def fits(row: tuple[Value, ...], columns: list[Column]) -> bool:
    """Whether the row can be one of a table with these columns."""
    return len(row) == len(columns) and all(column.holds(value) for column, value in zip(columns, row, strict=True))


def rows_on_leaves(path: Path) -> Iterator[tuple[int, tuple[Value, ...]]]:
    """Number and values of each row that can be read whole. Raises OSError; a file that is no database has none."""
    with path.open("rb") as file:
        header = file.read(_HEADER)
        size = int.from_bytes(header[16:18], "big")
        size = 65_536 if size == 1 else size
        if len(header) < _HEADER or size < 512 or size & (size - 1):
            return
        pages = _Pages(file, size, size - header[20])
        for number in range(1, path.stat().st_size // size + 1):
            page = pages.page(number)
            start = _HEADER if number == 1 else 0
            if page[start] != _LEAF:
                continue
            count = int.from_bytes(page[start + 3 : start + 5], "big")
            for at in range(start + 8, min(start + 8 + 2 * count, len(page) - 1), 2):
                try:
                    yield pages.row(page, int.from_bytes(page[at : at + 2], "big"))
                except (ValueError, IndexError, struct.error):  # of this row; UnicodeDecodeError is a ValueError
                    continue


@dataclass(frozen=True, slots=True)
class _Pages:
    """The pages of a file, numbered from 1."""

    file: BinaryIO
    size: int
    usable: int
    """Bytes of each that SQLite writes to."""

    def page(self, number: int) -> bytes:
        self.file.seek((number - 1) * self.size)
        return self.file.read(self.size)

    def row(self, page: bytes, at: int) -> tuple[int, tuple[Value, ...]]:
        """The row whose cell begins there. Raises ValueError or IndexError where none does."""
        length, at = _varint(page, at)
        number, at = _varint(page, at)
        here = self._local(length)
        record = page[at : at + here]
        if here < length:
            record += self._overflow(int.from_bytes(page[at + here : at + here + 4], "big"), length - here)
        if len(record) != length:
            raise ValueError("the row goes on past its page")
        return number - (1 << 64) if number >> 63 else number, _values(record)

    def _local(self, length: int) -> int:
        """Bytes of a row of that length that stand on its leaf."""
        most, least = self.usable - 35, (self.usable - 12) * 32 // 255 - 23
        if length <= most:
            return length
        here = least + (length - least) % (self.usable - 4)
        return here if here <= most else least

    def _overflow(self, number: int, length: int) -> bytes:
        parts: list[bytes] = []
        while length > 0:
            page = self.page(number) if number else b""
            if len(page) < self.size:
                raise ValueError("the rest of the row is on no page")
            parts.append(page[4 : min(self.usable, 4 + length)])
            length -= len(parts[-1])
            number = int.from_bytes(page[:4], "big")
        return b"".join(parts)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """An integer of one to nine bytes, and where it ends."""
    value = 0
    for place in range(8):
        byte = data[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    return value << 8 | data[at + 8], at + 9


def _values(record: bytes) -> tuple[Value, ...]:
    end, at = _varint(record, 0)
    kinds: list[int] = []
    while at < end and len(kinds) < _MOST_VALUES:
        kind, at = _varint(record, at)
        kinds.append(kind)
    if at != end:
        raise ValueError("the kinds of the values go on past their end")
    values: list[Value] = []
    for kind in kinds:
        width = _width(kind)
        values.append(_value(kind, record[at : at + width]))
        at += width
    if at != len(record):
        raise ValueError("the values are not as long as the row")
    return tuple(values)


def _width(kind: int) -> int:
    if kind >= 12:
        return (kind - 12) // 2
    return (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)[kind]


def _value(kind: int, data: bytes) -> Value:
    match kind:
        case 0:
            return None
        case 7:
            (number,) = struct.unpack(">d", data)
            return float(number)
        case 8 | 9:
            return kind - 8
        case _ if kind < 7:
            return int.from_bytes(data, "big", signed=True)
    return data.decode() if kind % 2 else data
