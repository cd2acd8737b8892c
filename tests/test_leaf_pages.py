"""Rows from the leaves of a SQLite file: all of them, however they are stored, whatever else is damaged."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.leaf_pages import Column, Value, fits, rows_on_leaves

ROW = st.tuples(
    st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    st.one_of(st.integers(-200, 200), st.floats(allow_nan=False)),
    st.one_of(st.text(max_size=40), st.integers(1, 12_000).map("x".__mul__)).map(lambda text: text.replace("\0", "")),
    st.binary(max_size=9_000),
)


def written(path: Path, rows: list[tuple[Value, ...]], page_size: int = 4096) -> bytes:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE thing (a, b, c, d)")
        connection.executemany("INSERT INTO thing VALUES (?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
    return path.read_bytes()


def things(path: Path) -> list[tuple[int, tuple[Value, ...]]]:
    """Those of four columns: the list of tables has five."""
    return sorted((found for found in rows_on_leaves(path) if len(found[1]) == 4), key=lambda found: found[0])


@given(st.lists(ROW, max_size=30), st.sampled_from([512, 1024, 4096, 65_536]))
def test_every_row_is_found_with_its_number(rows: list[tuple[Value, ...]], page_size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written(Path(folder) / "a.db", rows, page_size)
        assert things(Path(folder) / "a.db") == list(enumerate(rows, 1))


def test_rows_are_found_without_the_pages_that_lead_to_them_and_deleted_ones_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    written(path, [(number, 0.5, "text" * 50, b"") for number in range(2_000)])
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("DELETE FROM thing WHERE a % 3 = 0 OR a BETWEEN 500 AND 900")
        left = [number for (number,) in connection.execute("SELECT a FROM thing ORDER BY a")]
    data = bytearray(path.read_bytes())
    inner = [at for at in range(4096, len(data), 4096) if data[at] == 0x05]
    for at in inner:
        data[at : at + 4096] = bytes(4096)
    path.write_bytes(data)

    assert inner
    assert [row[0] for _, row in things(path)] == left


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_damaged_nothing_is_raised_and_what_is_whole_is_found(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    rows: list[tuple[Value, ...]] = [(number, 0.5, "text" * chance.randrange(2_000), b"b") for number in range(200)]
    data = bytearray(written(tmp_path / "a.db", rows, 1024))
    for _ in range(20):
        page = 1024 * chance.randrange(1, len(data) // 1024)
        data[page : page + 1024] = chance.choice([bytes(1024), chance.randbytes(1024)])
    (tmp_path / "b.db").write_bytes(data)

    found = {number for number, row in things(tmp_path / "b.db") if row == rows[number - 1 : number][0]}
    with closing(sqlite3.connect(tmp_path / "b.db")) as connection:
        for number in range(1, 201):
            try:
                readable = connection.execute("SELECT * FROM thing WHERE rowid = ?", (number,)).fetchall()
            except sqlite3.Error:
                continue
            assert readable != [rows[number - 1]] or number in found


@given(st.binary(max_size=3_000))
def test_a_file_that_is_no_database_has_no_rows_and_raises_nothing(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.db").write_bytes(data)
        list(rows_on_leaves(Path(folder) / "a.db"))


def test_a_row_fits_where_each_value_can_stand() -> None:
    columns = [
        Column("INTEGER", may_be_null=True, is_rowid=True),
        Column("TEXT", may_be_null=False),
        Column("REAL", may_be_null=False),
    ]
    assert fits((None, "a", 1), columns) and fits((None, "a", 0.5), columns)
    for row in ((1, "a", 1), (None, None, 1), (None, b"a", 1), (None, "a", "1"), (None, "a")):
        assert not fits(row, columns)
