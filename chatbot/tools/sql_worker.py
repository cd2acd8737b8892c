"""A program of its own that answers one query of a SQLite file and ends: it can be killed, and its memory is bounded.

    python -I -S sql_worker.py  < {"database": …, "sql": …, "rows": …, "seconds": …, "megabytes": …}  > {"columns": …}

It only reads, five times over: the file is opened for reading, `query_only` is on, what is no reading is not
authorized, nothing can be attached or loaded, and the process may write no files. It imports the standard library only,
so that it starts at once. Functions of SQLite such as `trim` can be busy for minutes without looking up; whoever starts
this program kills it when its time is over.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

FUNCTIONS = frozenset(
    # https://www.sqlite.org/lang_corefunc.html, _aggfunc, windowfunctions, lang_datefunc, lang_mathfunc, json1, fts5
    """abs changes char coalesce concat concat_ws format glob hex if ifnull iif instr last_insert_rowid length like
    likelihood likely lower ltrim max min nullif octet_length printf quote random randomblob replace round rtrim sign
    soundex sqlite_source_id sqlite_version substr substring total_changes trim typeof unhex unicode unistr
    unistr_quote unlikely upper zeroblob avg count group_concat median percentile percentile_cont percentile_disc
    string_agg sum total cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank
    row_number date time datetime julianday unixepoch strftime timediff current_date current_time current_timestamp
    acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi pow power
    radians sin sinh sqrt tan tanh trunc json jsonb json_array jsonb_array json_array_length json_error_position
    json_extract jsonb_extract -> ->> json_insert jsonb_insert json_object jsonb_object json_patch jsonb_patch
    json_pretty json_remove jsonb_remove json_replace jsonb_replace json_set jsonb_set json_type json_valid json_quote
    json_group_array jsonb_group_array json_group_object jsonb_group_object json_each json_tree match bm25 highlight
    snippet""".split()
)
"""What may be called. What is not here is refused: extensions bring functions that read files and run programs."""

PRAGMAS = frozenset("table_info table_xinfo table_list index_list index_info foreign_key_list data_version".split())
"""What tells of the file and sets nothing; full-text search asks for the last."""

MOST_LENGTH = 16_000_000
"""Bytes of one value: room for what people store, not for `zeroblob(1e9)`."""

MOST_CELL = 1_000
"""Characters of one value that are handed back."""

_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MOST_LENGTH,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 100,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_SETTINGS = (
    "PRAGMA query_only = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA temp_store = MEMORY",
)
_DOES = {
    getattr(sqlite3, f"SQLITE_{name}"): name.replace("_", " ")
    for name in """ALTER_TABLE ANALYZE ATTACH CREATE_INDEX CREATE_TABLE CREATE_TEMP_INDEX CREATE_TEMP_TABLE
    CREATE_TEMP_TRIGGER CREATE_TEMP_VIEW CREATE_TRIGGER CREATE_VIEW CREATE_VTABLE DELETE DETACH DROP_INDEX DROP_TABLE
    DROP_TEMP_INDEX DROP_TEMP_TABLE DROP_TEMP_TRIGGER DROP_TEMP_VIEW DROP_TRIGGER DROP_VIEW DROP_VTABLE INSERT PRAGMA
    REINDEX SAVEPOINT TRANSACTION UPDATE""".split()
}


def answer(request: Mapping[str, object]) -> dict[str, object]:
    """`columns`, `rows` and whether there are `more`; or an `error`. A request without `sql` is answered with `schema`.

    `denied` is beside an error where the query would have done more than read, and says what.
    """
    deadline = time.monotonic() + float(str(request["seconds"]))
    guard = _Guard()
    try:
        with _opened(Path(str(request["database"])), deadline, guard) as connection:
            if "sql" not in request:
                return {"schema": _schema(connection)}
            return _asked(connection, str(request["sql"]), int(str(request["rows"])))
    except MemoryError:
        return {"error": "the query needs too much memory"}
    except (sqlite3.Error, sqlite3.Warning) as error:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
            return {"error": "the query takes too long"}
        return {"error": str(error), "denied": guard.denied}
    except UnicodeError:
        return {"error": "the query or its result holds what is no text"}


class _Guard:
    """Says to SQLite what a statement may do, while it is prepared, and keeps what was refused."""

    def __init__(self) -> None:
        self.denied = ""

    def __call__(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_UPDATE and first in ("sqlite_master", "sqlite_temp_master"):
            return sqlite3.SQLITE_OK  # a table-valued function is set up; a statement that says so fails by itself
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in FUNCTIONS:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_PRAGMA and (first or "").lower() in PRAGMAS:
            return sqlite3.SQLITE_OK
        what = (
            f"the function {second}" if action == sqlite3.SQLITE_FUNCTION else f"{_DOES.get(action, '')} {first or ''}"
        )
        self.denied = self.denied or what.strip()
        return sqlite3.SQLITE_DENY


@contextlib.contextmanager
def _opened(path: Path, deadline: float, guard: _Guard) -> Iterator[sqlite3.Connection]:
    connection = _connect(path)
    try:
        for limit, value in _LIMITS.items():
            connection.setlimit(limit, value)
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        for setting in _SETTINGS:
            connection.execute(setting)
        connection.set_progress_handler(lambda: time.monotonic() > deadline, 1_000)
        connection.set_authorizer(guard)
        yield connection
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    """Opened for reading. On a medium that cannot be written to, a file with a write-ahead log needs `immutable`."""
    uri = path.resolve().as_uri()
    connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, isolation_level=None)
    try:
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorname.startswith("SQLITE_CANTOPEN") and not path.with_name(path.name + "-wal").exists():
            return sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True, isolation_level=None)
        raise
    return connection


def _asked(connection: sqlite3.Connection, sql: str, rows: int) -> dict[str, object]:
    cursor = connection.execute(sql)
    if cursor.description is None:
        return {"error": "this is no query: it has no result"}
    columns = [str(column[0])[:MOST_CELL] for column in cursor.description]
    found = [[_plain(value) for value in row] for _, row in zip(range(rows), cursor, strict=False)]
    return {"columns": columns, "rows": found, "more": cursor.fetchone() is not None}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return f"<{len(value):,} bytes>"
    if isinstance(value, str) and len(value) > MOST_CELL:
        return value[:MOST_CELL] + "…"
    return repr(value) if isinstance(value, float) else value  # JSON has no infinity


def _schema(connection: sqlite3.Connection) -> list[dict[str, object]]:
    """Tables and views with their columns: name, type, whether it is part of the primary key, and what it refers to."""
    found = connection.execute(
        """SELECT name, type FROM pragma_table_list
           WHERE schema = 'main' AND type <> 'shadow' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"""
    ).fetchall()
    return [{"name": name, "kind": kind, "columns": _columns(connection, name)} for name, kind in found]


def _columns(connection: sqlite3.Connection, table: str) -> list[list[object]]:
    links = connection.execute('SELECT "from", "table", "to" FROM pragma_foreign_key_list(?)', (table,)).fetchall()
    target = {name: f"{other}.{column}" if column else str(other) for name, other, column in links}
    try:
        columns = connection.execute(
            "SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1", (table,)
        ).fetchall()
    except sqlite3.Error:  # a view of what is gone
        return []
    return [[name, kind, bool(key), target.get(name, "")] for name, kind, key in columns]


def bounded(megabytes: int) -> None:
    """Lets this process have so much memory and write next to nothing, where the system knows such bounds."""
    try:
        import resource
    except ImportError:  # not on Windows: there the time is the only bound
        return
    for limit, value in (
        (resource.RLIMIT_AS, megabytes << 20),
        (resource.RLIMIT_FSIZE, 1 << 20),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(OSError, ValueError):  # a lower bound is in force already
            resource.setrlimit(limit, (value, value))


def main(read: Callable[[], str] = sys.stdin.read) -> None:
    """One request in, one answer out."""
    request = json.loads(read())
    bounded(int(request["megabytes"]))
    try:
        text = json.dumps(answer(request))
    except MemoryError:
        text = json.dumps({"error": "the query needs too much memory"})
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
