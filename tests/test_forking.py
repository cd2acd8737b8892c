"""A program forks after it has used a chatbot, as web servers do that load an app before they start their workers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from chat_server import ChatServer, call, calls, says

from chatbot.database import open_database
from chatbot.errors import JournalError
from chatbot.journal import Journal
from chatbot.workspace import create_workspace

PROGRAM = Path(__file__).parent / "programs" / "fork_and_ask.py"

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="only Unix can fork")

CHILDREN = 3


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = create_workspace(tmp_path / "shop").root
    for page in (root / "knowledge").iterdir():
        page.unlink()
    (root / "knowledge" / "returns.md").write_text("Goods can be returned within 30 days.\n")
    return root


def answers_of(workspace: Path, *arguments: str) -> list[str]:
    """The lines that the program prints, each of which ends in its conversation; none of them is lost."""
    command = [sys.executable, str(PROGRAM), *arguments]
    done = subprocess.run(command, cwd=workspace, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    with closing(Journal(workspace / ".chatbot" / "journal.db")) as journal:
        assert journal.check().startswith("sound")
        assert journal.left_open() == []
        asked = Counter(line.split()[-1] for line in lines)
        for session, times in asked.items():
            assert sum(stored.message.role == "user" for stored in journal.path(session)) == times
    return [line.rpartition(" ")[0] for line in lines]


def test_parent_and_children_go_on_asking_at_once(workspace: Path) -> None:
    said = "Goods can be returned within 30 days. [1] [] 1"
    whose = ["parent"] * 3 + [f"child {number}" for number in range(CHILDREN) for _ in range(2)]
    assert Counter(answers_of(workspace, "extractive", str(CHILDREN), "meanwhile")) == Counter(
        f"{each}: {said}" for each in whose
    )


def test_a_child_reaches_the_models_service_and_runs_tools(
    workspace: Path, chat_server: Callable[..., ChatServer]
) -> None:
    look = calls(call(0, '{"item": "shoes"}', id="c1", name="stock"))
    turn = (look, says("Thirty days."))
    server = chat_server(*turn * 3, says("How long can goods be returned?"), *turn)  # the last is not the first there
    told = "Thirty days. ['seven of shoes'] 1"
    assert answers_of(workspace, f"{server.url}#m", "1") == [
        f"{each}: {told}" for each in ("parent", "child 0", "child 0", "parent")
    ]


def test_a_child_that_ends_takes_nothing_from_its_parent(tmp_path: Path) -> None:
    """Neither its locks, nor its log, nor its connection."""
    with closing(
        open_database(tmp_path / "a.db", ["CREATE TABLE row (number INTEGER)"], error=JournalError)
    ) as database:
        database.write("INSERT INTO row VALUES (1)")
        with database.transaction() as connection:
            connection.execute("INSERT INTO row VALUES (2)")
            if (child := os.fork()) == 0:
                database.close()
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
            with closing(open_database(tmp_path / "a.db", None, error=JournalError)) as other:
                assert other.read("SELECT number FROM row") == [(1,)]
            assert (tmp_path / "a.db-wal").stat().st_size > 0
        assert database.read("SELECT number FROM row") == [(1,), (2,)]


def test_a_child_writes_as_durably_as_its_parent(tmp_path: Path) -> None:
    wanted = ("synchronous", "foreign_keys", "secure_delete", "journal_mode", "mmap_size")

    def settings() -> str:
        return repr([database.read(f"PRAGMA {name}") for name in wanted])

    with closing(open_database(tmp_path / "a.db", [], error=JournalError)) as database:
        reader, writer = os.pipe()
        if (child := os.fork()) == 0:
            os.write(writer, settings().encode())
            os._exit(0)
        os.close(writer)
        assert os.read(reader, 1000).decode() == settings()
        os.waitpid(child, 0)
        os.close(reader)
