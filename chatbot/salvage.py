"""What can be read of a damaged database, row by row, in a new one that takes its place; the old one is kept aside.

A damaged page hides the rows on it, and an inner one those on the pages that it names. Rows are read from both ends,
then one by one, then from the leaves that no page leads to, so that all others are found. What rows lean on that is
lost is for the owner of the tables to mend (`tidy`), who says so, too.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatbot.database import open_database
from chatbot.database_files import copied_aside, locked, put_in_place
from chatbot.errors import ChatbotError
from chatbot.leaf_pages import Column, fits, rows_on_leaves

_MOST_PROBED = 1_000_000
"""Rows looked for one by one, where a damaged page hides an unknown number of them."""

_GONE = "{}: its place in the file cannot be read, and none of its rows"

Tidy = Callable[[sqlite3.Connection], list[str]]
"""Mends references to what is lost; a line for each loss."""

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What a salvage came to."""

    copy: Path
    """The damaged file, as it was."""
    rows: int
    """That were read."""
    lost: tuple[str, ...]
    """A line for each thing that could not be."""


def salvage(path: Path, migrations: Sequence[str], tidy: Tidy, error: type[ChatbotError]) -> Salvaged:
    """Puts what can be read of the database at `path` in its place. Raises `error` where that cannot be written."""
    aside = path.with_name(f".{path.name}-repair")
    try:
        with locked(path, "-lock", error):
            copy = copied_aside(path, "damaged")
            shutil.rmtree(aside, ignore_errors=True)  # of a salvage that was killed
            mended = open_database(aside / path.name, migrations, error=error)
            with closing(sqlite3.connect(copy, isolation_level=None)) as old:
                rows, lost = _take_over(old, mended.connection, migrations, tidy, aside)
            mended.compact()
            mended.check()
            mended.close()
            put_in_place(aside / path.name, path)
        shutil.rmtree(aside)
    except (OSError, sqlite3.Error) as failure:
        raise error(f"{path} cannot be mended: {failure}", hint="is the disk full?") from failure
    return Salvaged(copy, rows, tuple(lost))


def _take_over(
    old: sqlite3.Connection, new: sqlite3.Connection, migrations: Sequence[str], tidy: Tidy, aside: Path
) -> tuple[int, list[str]]:
    mended = 0

    def text(value: bytes) -> str:
        nonlocal mended
        try:
            return value.decode()
        except UnicodeDecodeError:
            mended += 1
            return value.decode("utf-8", "replace")

    old.text_factory = text
    old.execute("PRAGMA writable_schema = ON")  # where its list of tables is damaged: those of the sound part of it
    new.execute("PRAGMA foreign_keys = OFF")
    new.execute("BEGIN IMMEDIATE")
    expected = _tables_of(old, migrations)
    count = 0
    lost: list[str] = []
    for name, sql in new.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
        if not name.startswith("sqlite_"):
            taken, lines = _copy_table(old, new, name, aside, keyed="WITHOUT ROWID" in sql)
            if lines is None:
                lines = [_GONE.format(name)] if name in expected else []
            count, lost = count + taken, [*lost, *lines]
    lost += tidy(new)
    if mended:
        lost.append(f"{mended} texts held bytes that are no text; U+FFFD stands for them")
    new.execute("COMMIT")
    new.execute("PRAGMA foreign_keys = ON")
    return count, lost


def _tables_of(old: sqlite3.Connection, migrations: Sequence[str]) -> set[str]:
    """The tables that a database of its version has; those of the newest, where the version cannot be read."""
    try:
        version = int(old.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        version = len(migrations)
    with closing(open_database(None, migrations[:version], error=ChatbotError)) as database:
        return {name for (name,) in database.read("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _copy_table(
    old: sqlite3.Connection, new: sqlite3.Connection, table: str, aside: Path, *, keyed: bool
) -> tuple[int, list[str] | None]:
    """Copies what can be read; how many rows, and what is lost: None where the table is not there."""
    try:
        known = {row[1] for row in old.execute(f"PRAGMA table_info({table})")}
    except sqlite3.Error:
        known = set()
    information = new.execute(f"PRAGMA table_info({table})").fetchall()
    columns = [row[1] for row in information if row[1] in known]
    if not columns:
        return 0, None
    keys = [row[1] for row in sorted(information, key=lambda row: row[5]) if row[5]] if keyed else ["rowid"]
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    sql = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  our own names
    taken = refused = 0
    unread = _Unread()
    for row in _rows(old, table, keys, columns, unread):
        try:
            kept = new.execute(sql, row).rowcount
        except sqlite3.Error:
            kept = 0
        taken, refused = taken + kept, refused + (not kept)
    if not keyed and (unread.numbers or unread.is_open):
        for row in _on_leaves(old, new, table, columns, aside):
            with suppress(sqlite3.Error):
                taken += new.execute(sql, row).rowcount
        unread.forget({number for (number,) in new.execute(f"SELECT rowid FROM {table}")})  # noqa: S608  our own names
    lost = [f"{table}: {each}" for each in unread.told()]
    if refused:
        lost.append(f"{table}: {refused} rows hold what none can")
    if not keyed and (missing := _missing(new, table)):
        lost.append(f"{table}: there are none of the numbers {missing}: lost, or deleted before")
    return taken, lost


@dataclass(slots=True)
class _Unread:
    """What of a table has not been read."""

    numbers: list[int] = field(default_factory=list)
    """Of rows that may be there."""
    is_open: bool = False
    """There may be more after them."""
    between: str = ""
    """Where rows without numbers are missing."""

    def forget(self, found: Collection[int]) -> None:
        """These were found elsewhere."""
        self.numbers = [number for number in self.numbers if number not in found]

    def told(self) -> Iterator[str]:
        """A line for each loss."""
        if self.between:
            yield self.between
        if self.numbers:
            first, last = self.numbers[0], self.numbers[-1]
            several = f"{first} to {last}" if len(self.numbers) > 1 else str(first)
            more = " or more" if self.is_open else ""
            yield f"up to {len(self.numbers)}{more} rows cannot be read, of the numbers {several}"


def _on_leaves(
    old: sqlite3.Connection, new: sqlite3.Connection, table: str, columns: Sequence[str], aside: Path
) -> Iterator[Row]:
    """Rows that can be this table's alone, wherever they stand in the file."""
    tables = new.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    shapes = {name: _columns(new, name) for (name,) in tables}
    shapes[table] = {name: column for name, column in shapes[table].items() if name in columns}
    copy = aside / "pages.db"
    with closing(sqlite3.connect(copy)) as pages, suppress(sqlite3.Error):  # its header may be damaged, too
        old.backup(pages)  # with what is in the log
    rowid = [column.is_rowid for column in shapes[table].values()]
    for number, row in rows_on_leaves(copy):
        if [name for name, shape in shapes.items() if fits(row, list(shape.values()))] == [table]:
            yield tuple(number if is_it else value for is_it, value in zip(rowid, row, strict=True))
    copy.unlink()


def _columns(connection: sqlite3.Connection, table: str) -> dict[str, Column]:
    """Those of a table, by name."""
    information = connection.execute(f"PRAGMA table_info({table})").fetchall()
    keys = sum(bool(row[5]) for row in information)
    return {
        name: Column(kind, not required, is_rowid=keys == 1 and bool(key) and kind == "INTEGER")
        for _, name, kind, required, _, key in information
    }


def _missing(new: sqlite3.Connection, table: str) -> str:
    """The numbers that no row has, up to the last."""
    gaps = f"""
        SELECT before + 1, rowid - 1 FROM (SELECT rowid, lag(rowid, 1, 0) OVER (ORDER BY rowid) AS before FROM {table})
        WHERE rowid > before + 1 ORDER BY rowid LIMIT 21
    """  # noqa: S608  our own names
    found = [f"{first}-{last}" for first, last in new.execute(gaps)]
    return ", ".join([*found[:20], *(["…"] if len(found) > 20 else [])])


def _rows(
    old: sqlite3.Connection, table: str, keys: Sequence[str], columns: Sequence[str], unread: _Unread
) -> Iterator[Row]:
    """All rows that can be read; what is hidden between them is noted in `unread`."""
    wanted, width = ", ".join((*keys, *columns)), len(keys)
    ends: list[Row | None] = []
    for direction in ("ASC", "DESC"):
        order = ", ".join(f"{key} {direction}" for key in keys)
        last: Row | None = None
        try:
            for row in old.execute(f"SELECT {wanted} FROM {table} ORDER BY {order}"):  # noqa: S608  our own names
                if direction == "DESC" and ends[0] is not None and row[:width] <= ends[0]:
                    return
                last = row[:width]
                yield row[width:]
        except (sqlite3.Error, TypeError):  # keys of a damaged row may not compare
            ends.append(last)
            continue
        if direction == "ASC":
            return
        ends.append(last)
    first, after = ends
    if list(keys) == ["rowid"]:
        yield from _probed(
            old, table, columns, (int(first[0]) if first else 0, int(after[0]) if after else None), unread
        )
    else:
        unread.between = f"rows cannot be read after {_shown(first)} and before {_shown(after)}"


def _probed(
    old: sqlite3.Connection, table: str, columns: Sequence[str], gap: tuple[int, int | None], unread: _Unread
) -> Iterator[Row]:
    """The rows of a gap that can be read one by one."""
    first, after = gap
    stop = after if after is not None else first + 10_000
    unread.is_open = after is None
    names = ", ".join(columns)
    sql = f"SELECT {names} FROM {table} WHERE rowid = ?"  # noqa: S608  our own names
    for number in range(first + 1, min(stop, first + _MOST_PROBED)):
        try:
            yield from old.execute(sql, (number,)).fetchall()
        except sqlite3.Error:
            unread.numbers.append(number)


def _shown(key: Row | None) -> str:
    return "the end" if key is None else repr(" ".join(map(str, key)))[:60]
