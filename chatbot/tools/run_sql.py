"""Questions to a SQLite file of the user's, in SQL, and only such as read.

A query is run by a process of its own (`sql_worker`), which is killed when its time is over. What comes back is a table
as text, bounded in rows and in characters, or an error that names the nearest table or column.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chatbot.errors import ProjectError, ToolError, nearest
from chatbot.tools.catalogue import Place
from chatbot.tools.tool import Tool

OPTIONS: Mapping[str, object] = {"database": "", "rows": 50, "seconds": 5.0}
"""database: the SQLite file, relative to the workspace. rows: most rows that are shown. seconds: for one query."""

MEGABYTES = 512
"""Address space of the process that answers: the interpreter and SQLite take about 50, a query that sorts the rest."""

MOST_SQL = 10_000
MOST_CELL = 300
MOST_TEXT = 20_000
"""Characters of a query, of a value and of a table."""

MOST_SCHEMA = 4_000
"""Characters of the schema in the tool's description: about a thousand tokens."""

STARTING = 2.0
"""Seconds that the process may take beside the query: it starts in a thirtieth of one."""

_NEEDED = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What an interpreter may need of the environment in order to start; nothing else of it is handed on."""

_WORKER = Path(__file__).with_name("sql_worker.py")
_NO_SUCH = re.compile(r"no such (column|table|function): (?:\w+\.)?([^\s:]+)")


def make(options: Mapping[str, object], place: Place) -> Tool:
    """The tool for the database that the options name. Raises ProjectError where that cannot be read."""
    database = place.root / Path(str(options["database"])).expanduser()
    where = f"{place.root / 'chatbot.toml'}: [tool_options.run_sql]"
    if not options["database"]:
        raise ProjectError(f"{where}: database is not set", hint='write database = "FILE", a SQLite file')
    if not database.is_file():
        raise ProjectError(f"{where}: there is no file {database}", hint="name a SQLite file")
    rows, seconds = int(str(options["rows"])), float(str(options["seconds"]))
    reply = _answered({"database": str(database), "rows": rows, "seconds": seconds})
    if "schema" not in reply:
        raise ProjectError(f"{where}: {database} cannot be read: {reply['error']}", hint="name a SQLite file")
    tables = reply["schema"]

    def run_sql(query: str) -> str:
        """The result of a query.

        Args:
            query: One SELECT statement in SQLite's SQL.
        """
        return asked(query, database, rows=rows, seconds=seconds, names=_names(tables))

    description = (
        f"Ask the user's SQLite database {database.name} with one SELECT. It can only be read. At most {rows} rows are "
        f"shown, so let SQL do the counting, grouping and sorting. Its tables:\n{described(tables)}"
    )
    # somewhat longer than the process lives, so that the answer says what happened
    return Tool.from_function(run_sql, description=description, impact="reads", timeout=seconds + 10)


def asked(query: str, database: Path, *, rows: int, seconds: float, names: Iterable[str] = ()) -> str:
    """The query's result as a table. Raises ToolError, with the nearest of the names for one that is unknown."""
    if len(query) > MOST_SQL:
        raise ToolError(f"the query is longer than {MOST_SQL:,} characters")
    reply = _answered({"database": str(database), "sql": query, "rows": rows, "seconds": seconds})
    if "error" in reply:
        raise _refused(reply, seconds, names)
    return table(reply["columns"], reply["rows"], more=reply["more"])


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, more: bool = False) -> str:
    """A Markdown table and the number of its rows; as many rows as `MOST_TEXT` has room for."""
    lines = [_line(columns), _line(["---"] * len(columns))]
    room = MOST_TEXT - sum(map(len, lines))
    for shown, row in enumerate(rows):
        line = _line(row)
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*lines, f"the first {shown} rows; the others are too long to show: select fewer columns"])
        lines.append(line)
    if more:
        count = f"the first {len(rows)} rows; there are more: count, group or limit them in the query"
    else:
        count = f"{len(rows)} row" + "s" * (len(rows) != 1)
    return "\n".join([*lines, count])


def described(tables: Sequence[Mapping[str, Any]]) -> str:
    """Tables and columns, one table a line: as many as there is room for, and the names of the others."""
    lines = [_readable(_table_line(each)) for each in tables]
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(line) > MOST_SCHEMA:
            break
        kept.append(line)
    if len(kept) < len(lines):
        others = ", ".join(_readable(str(each["name"])) for each in tables[len(kept) :])
        kept.append("and, with columns that PRAGMA table_info tells: " + _cut(others, MOST_SCHEMA // 4))
    return "\n".join(kept) or "none yet"


def _table_line(each: Mapping[str, Any]) -> str:
    columns = []
    for name, kind, is_key, target in each["columns"]:
        parts = (str(name), str(kind), "primary key" if is_key else "", f"-> {target}" if target else "")
        columns.append(" ".join(filter(None, parts)))
    view = " (a view)" if each["kind"] == "view" else ""
    return f"{each['name']}{view}: {', '.join(columns)}"


def _line(values: Sequence[object]) -> str:
    return "| " + " | ".join(map(_cell, values)) + " |"


def _cell(value: object) -> str:
    text = "NULL" if value is None else _readable(str(value))
    return _cut(text.replace("|", "\\|"), MOST_CELL)


def _readable(text: str) -> str:
    """In one line, without what cannot be seen."""
    return "".join(sign if sign.isprintable() else " " for sign in text.replace("\n", "\\n"))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _names(tables: Sequence[Mapping[str, Any]]) -> set[str]:
    return {str(name) for each in tables for name in (each["name"], *(column[0] for column in each["columns"]))}


def _answered(request: Mapping[str, object]) -> dict[str, Any]:
    """What the worker says; an `error` also where it is killed."""
    seconds = float(str(request["seconds"]))
    command = [sys.executable, "-I", "-S", str(_WORKER)]
    asked_for = json.dumps({**request, "megabytes": MEGABYTES})
    try:
        done = subprocess.run(  # noqa: S603  # our own program
            command,
            input=asked_for,
            capture_output=True,
            encoding="utf-8",
            timeout=seconds + STARTING,
            env={name: os.environ[name] for name in _NEEDED if name in os.environ},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"error": "the query takes too long"}
    except OSError as error:
        return {"error": f"the database's reader cannot be started: {error.strerror}"}
    if done.returncode:
        return {"error": "the query needs too much memory, or the file is damaged"}
    reply: dict[str, Any] = json.loads(done.stdout)
    return reply


def _refused(reply: Mapping[str, Any], seconds: float, names: Iterable[str]) -> ToolError:
    said = str(reply["error"])
    if denied := reply.get("denied"):
        return ToolError(f"the database can only be read, and this would use: {denied}", hint="write one SELECT")
    if "one statement at a time" in said:
        return ToolError("only one statement can be run at a time", hint="make one call for each")
    if "too long" in said:
        return ToolError(f"the query takes longer than {seconds:g} s", hint="ask for less, or join on indexed columns")
    if (missing := _NO_SUCH.search(said)) and missing[1] != "function":
        return ToolError(said, hint=nearest(missing[2], names))
    return ToolError(said)
