"""A workspace's stores are looked at as a whole and mended; what is none of ours is named and left alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from forked import forking
from left_turn import left
from words import Words

from chatbot.effects import Remember
from chatbot.journal import Journal
from chatbot.memory import Memory
from chatbot.messages import message
from chatbot.retrieval import Knowledge
from chatbot.upkeep.mending import look, mend
from chatbot.workspace import Workspace, find_workspace

PAGE = 4096


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "chatbot.toml").write_text("tools = []\n")
    found = find_workspace(tmp_path, {})
    with closing(Journal(found.journal)) as journal:
        for number in range(20):
            session = journal.create_session(f"about {number}")
            for _ in range(6):
                said = Remember(message("user", f"question {number} " * 40, "user"))
                journal.append(session, said, parent=journal.head(session))
    with closing(Memory(found.state / "memory.db")) as memory:
        for number in range(200):
            memory.remember(f"fact {number} " + "x" * 200)
    knowledge = Knowledge(None, index=found.index_of(found.knowledge), embedder=Words())
    knowledge.add([{"id": f"r{number}", "text": f"A keel of number {number} does not float."} for number in range(60)])
    knowledge.search("keel")
    knowledge.close()
    return found


def states(workspace: Workspace) -> dict[str, bool]:
    return {health.name: health.sound for health in look(workspace, Words, {"history"})}


def hurt(path: Path, table: str) -> None:
    """Empties a page of a table that its rows lie on."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
    content = path.read_bytes()
    if content[(page - 1) * PAGE] == 5:  # an inner page: the rows are on those it names
        page = int.from_bytes(content[(page - 1) * PAGE + 8 :][:4], "big")
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(bytes(PAGE))


def test_sound_stores_are_said_to_be_sound_and_mending_does_nothing(workspace: Workspace) -> None:
    before = {path: path.read_bytes() for path in workspace.state.rglob("*.db")}
    assert set(states(workspace).values()) == {True}
    assert list(mend(workspace, Words)) == []
    assert {path: path.read_bytes() for path in workspace.state.rglob("*.db")} == before


def conversations(workspace: Workspace) -> int:
    with closing(Journal(workspace.journal)) as journal:
        return len(journal.sessions())


def facts(workspace: Workspace) -> int:
    with closing(Memory(workspace.state / "memory.db")) as memory:
        return len(memory.facts())


def documents(workspace: Workspace) -> int:
    with closing(Knowledge(None, index=workspace.index_of(workspace.knowledge), embedder=Words())) as knowledge:
        return knowledge.stats().documents


@pytest.mark.parametrize(
    ("hurt_one", "count"),
    [
        (lambda workspace: hurt(workspace.journal, "message"), conversations),
        (lambda workspace: hurt(workspace.state / "memory.db", "fact"), facts),
        (lambda workspace: hurt(workspace.index_of(workspace.knowledge), "chunks"), documents),
        (lambda workspace: next(workspace.state.glob("*.vectors-*")).write_bytes(b"x"), documents),
    ],
    ids=["journal", "memory", "index", "derived file"],
)
def test_what_is_damaged_is_found_mended_and_told(
    workspace: Workspace, hurt_one: Callable[[Workspace], None], count: Callable[[Workspace], int]
) -> None:
    hurt_one(workspace)
    assert list(states(workspace).values()).count(False) == 1
    told = list(mend(workspace, Words))
    assert told and all("\n" not in line for line in told)
    assert set(states(workspace).values()) == {True}
    assert list(mend(workspace, Words)) == []
    assert count(workspace) >= 15
    if damaged := [path for path in workspace.state.iterdir() if ".damaged-1" in path.name]:
        assert any(str(damaged[0]) in line for line in told), "the damaged file is kept under a name that is told"


def test_a_file_of_somebody_else_is_named_and_left_alone(workspace: Workspace) -> None:
    (workspace.state / "letter.txt").write_text("mine")
    (workspace.state / "history").write_text("of the input line")
    assert {health.name: health.seen for health in look(workspace, Words, {"history"})}["letter.txt"].endswith(
        "left alone"
    )
    list(mend(workspace, Words))
    assert (workspace.state / "letter.txt").read_text() == "mine"
    assert "history" not in states(workspace)


@forking
def test_what_programs_left_that_died_is_cleared_away_and_their_turns_are_closed(workspace: Workspace) -> None:
    with closing(Journal(workspace.journal)) as journal:
        session = journal.create_session("cut")
    with left(workspace.journal, session, "shown"):
        assert list(mend(workspace, Words)) == [], "it is alive"
    told = list(mend(workspace, Words))
    assert f"conversation {session}: closed the turn of a program that died" in told
    assert list(workspace.journal.with_name("journal.db-running").iterdir()) == []
    with closing(Journal(workspace.journal)) as journal:
        assert [stored.state for stored in journal.path(session)] == ["complete", "interrupted"]


def test_a_store_of_a_newer_program_is_no_damage_and_is_not_touched(workspace: Workspace) -> None:
    with closing(sqlite3.connect(workspace.journal)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = workspace.journal.read_bytes()
    assert not states(workspace)["journal.db"]
    with pytest.raises(Exception, match="newer version of this program"):
        list(mend(workspace, Words))
    assert workspace.journal.read_bytes() == before
