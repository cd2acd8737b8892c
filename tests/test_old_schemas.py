"""Databases that every released version of the program has written, opened by this one: nothing is lost or changed.

`old_schemas/KIND-VERSION.sql` is what the program of that version wrote, as SQL. A new step of a schema needs a dump of
the version it leads to, made by the program that has it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from words import Words

from chatbot import memory
from chatbot.errors import ChatbotError
from chatbot.journal import Journal, schema
from chatbot.journal.purses import Account, Amount
from chatbot.memory import Memory
from chatbot.messages import Usage
from chatbot.retrieval import Knowledge
from chatbot.retrieval import schema as index_schema

DUMPS = Path(__file__).parent / "old_schemas"

VERSIONS = {
    "journal": len(schema.MIGRATIONS),
    "knowledge": len(index_schema.MIGRATIONS),
    "memory": len(memory.MIGRATIONS),
}

ALL = [(kind, version) for kind, versions in VERSIONS.items() for version in range(1, versions + 1)]

TURNED_INTO = {"lexical": "terms"}
"""Tables whose rows have become rows of another, derived from the same texts."""

Rows = Mapping[str, tuple[list[str], list[tuple[Any, ...]]]]


def old(kind: str, version: int, folder: Path) -> Path:
    path = folder / f"{kind}.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((DUMPS / f"{kind}-{version}.sql").read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    return path


def open_and_close(kind: str, path: Path) -> None:
    if kind == "journal":
        Journal(path).close()
    elif kind == "knowledge":
        knowledge = Knowledge(None, index=path, embedder=Words())
        assert knowledge.stats().documents
        knowledge.close()
    else:
        with closing(Memory(path)) as opened:
            assert opened.facts(user=None)


def rows(path: Path, columns: Callable[[str], list[str] | None] = lambda _: None) -> Rows:
    """Every row of every table, or of their `columns`."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        found = {}
        tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        virtual = [name for name, sql in tables if "VIRTUAL" in sql]
        for name, _ in tables:
            if any(name.startswith(f"{each}_") for each in virtual):
                continue
            wanted = columns(name) or [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            found[name] = (wanted, connection.execute(f"SELECT {', '.join(wanted)} FROM {name}").fetchall())
        return found


def test_there_is_a_dump_of_every_version() -> None:
    assert {path.stem for path in DUMPS.iterdir()} == {f"{kind}-{version}" for kind, version in ALL}


@pytest.mark.parametrize(("kind", "version"), ALL)
def test_every_row_of_an_old_database_is_there_as_it_was(
    kind: str, version: int, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    path = old(kind, version, tmp_path)
    before = rows(path)
    open_and_close(kind, path)
    after = rows(path, lambda table: before[table][0] if table in before else None)
    for table, (columns, was) in before.items():
        if table in TURNED_INTO and table not in after:
            assert len(after[TURNED_INTO[table]][1]) == len(was)
        else:
            assert after[table] == (columns, was), table
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSIONS[kind],)
    kept = sum(len(was) for _, was in before.values())
    figure(f"a database of version {version} ({kind}): {kept} rows kept, changed 0")


@pytest.mark.parametrize("version", range(1, VERSIONS["journal"] + 1))
def test_conversations_of_any_version_read_as_they_did(version: int, tmp_path: Path) -> None:
    with closing(Journal(old("journal", version, tmp_path))) as journal:
        first, fork, cut = sorted(journal.sessions(), key=lambda info: (info.messages != 4, -info.messages))
        said = ["What floats? 龍 \u202e", "A keel does not. é", "2", "A keel does not. é"]
        for info, more in ((first, []), (fork, ["And in a fork?", "It does neither.", "2", "It does neither."])):
            texts = [stored.display or stored.message.text for stored in journal.path(info.id)]
            assert texts == [*said, *more]
            assert [each.passage.text for each in journal.evidence(info.id)] == ["A keel does not float."]
        assert journal.path(first.id)[-1].answer is not None
        assert [each.note for each in journal.feedbacks(first.id)] == ["quite \ud800 right"]
        assert journal.usage(first.id) == Usage(12, 3, 1, 0.25, 0.5, 1)
        assert [effect.kind for effect in journal.trace("t1")] == ["generate", "tool", "retrieve", "generate"]
        bodies = [journal.body(each.id) for each in journal.received(first.id)]
        assert bodies == ([b"later", b"data: \0\xff"] if version >= 5 else [])
        pictures = [image.data for stored in journal.path(fork.id) for image in stored.message.images]
        assert pictures == ([bytes(range(256)) * 4] if version >= 4 else [])

        recovered = journal.recover(cut.id)
        assert recovered is not None and recovered.message.text == "It is cu"

        runs = journal.runs()
        assert [run.name for run in runs] == (["speed"] if version >= 2 else [])
        for run in runs:
            assert [cell.response["text"] for cell in journal.cells(run.id)] == ["4"] * 3
        assert journal.judgement("judged") == ({"verdict": "better"} if version >= 3 else None)
        spent = (
            Amount(57, 25, 1) + Amount(100, 20, 1) if version >= 6 else Amount()
        )  # the second by a program that died
        assert journal.open_purse("260101-000000-abcd", Amount) == Account(spent, Amount())


@pytest.mark.parametrize("version", range(1, VERSIONS["knowledge"] + 1))
def test_an_index_of_any_version_finds_what_it_found(version: int, tmp_path: Path) -> None:
    with closing(Knowledge(None, index=old("knowledge", version, tmp_path), embedder=Words())) as knowledge:
        found = {query: knowledge.search(query)[0].text for query in ("keel", "harbour record", "coffee", "tall mast")}
    assert "A keel does not float, é 龍." in found["keel"]
    assert found["harbour record"] == "A record of the harbour."
    assert found["coffee"].strip() == "Tea is preferred to coffee."
    assert "A mast is tall." in found["tall mast"]


@pytest.mark.parametrize("kind", VERSIONS)
def test_what_a_newer_program_wrote_is_refused_and_not_a_byte_of_it_changes(kind: str, tmp_path: Path) -> None:
    path = old(kind, VERSIONS[kind], tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute(f"PRAGMA user_version = {VERSIONS[kind] + 1}")
    before = path.read_bytes()
    with pytest.raises(ChatbotError, match="written by a newer version of this program") as refused:
        open_and_close(kind, path)
    assert refused.value.hint == "update the program"
    assert path.read_bytes() == before
