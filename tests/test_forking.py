"""A program forks after it has used a chatbot, as web servers do that load an app before they start their workers."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from chat_server import ChatServer, call, calls, says
from forked import FORKING, forked

from chatbot.database import open_database
from chatbot.errors import JournalError
from chatbot.forking import waited_for
from chatbot.journal import Journal
from chatbot.workspace import create_workspace

PROGRAM = Path(__file__).parent / "programs" / "fork_and_ask.py"

pytestmark = [*FORKING]

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
    done = subprocess.run(command, cwd=workspace, capture_output=True, text=True, timeout=300)
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
            forked(database.close)()
            with closing(open_database(tmp_path / "a.db", None, error=JournalError)) as other:
                assert other.read("SELECT number FROM row") == [(1,)]
            assert (tmp_path / "a.db-wal").stat().st_size > 0
        assert database.read("SELECT number FROM row") == [(1,), (2,)]


def test_a_child_writes_as_durably_as_its_parent(tmp_path: Path) -> None:
    wanted = ("synchronous", "foreign_keys", "secure_delete", "journal_mode", "mmap_size")

    def settings() -> list[object]:
        return [list(row) for name in wanted for row in database.read(f"PRAGMA {name}")]

    with closing(open_database(tmp_path / "a.db", [], error=JournalError)) as database:
        assert forked(settings)() == settings()


def held_until(lock: threading.RLock, done: threading.Event) -> threading.Thread:
    """A thread that holds the lock until then."""
    begun = threading.Event()

    def hold() -> None:
        with lock:
            begun.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait()
    return thread


def test_a_fork_waits_until_no_other_thread_holds_a_lock() -> None:
    lock, done = threading.RLock(), threading.Event()
    waited_for(lock)
    holder = held_until(lock, done)
    threading.Timer(0.1, done.set).start()
    assert forked(done.is_set)() is True
    holder.join()


def test_after_a_fork_a_lock_is_free_in_the_parent_and_in_the_child() -> None:
    lock = threading.RLock()
    waited_for(lock)
    with ThreadPoolExecutor(1) as others:
        for _ in range(2):
            assert forked(lambda: ThreadPoolExecutor(1).submit(lock.acquire, timeout=10).result())() is True
            assert others.submit(lambda: lock.acquire(timeout=10) and lock.release() is None).result()


def test_who_forks_may_hold_a_lock_and_holds_it_afterwards() -> None:
    lock = threading.RLock()
    waited_for(lock)
    with ThreadPoolExecutor(1) as others, lock:
        assert forked(lambda: True)() is True
        assert others.submit(lock.acquire, blocking=False).result() is False


def test_a_fork_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread may hold a lock until what is forked has begun."""
    monkeypatch.setattr("chatbot.forking.PATIENCE", 0.05)
    locks, done = [threading.RLock(), threading.RLock()], threading.Event()
    for lock in locks:
        waited_for(lock)
    holder = held_until(locks[0], done)
    assert forked(done.is_set)() is False
    done.set()
    holder.join()
    with ThreadPoolExecutor(1) as others:
        assert [others.submit(lock.acquire, timeout=10).result() for lock in locks] == [True, True]


def test_threads_may_fork_at_once() -> None:
    lock = threading.RLock()
    waited_for(lock)
    with ThreadPoolExecutor(4) as pool:
        children = [pool.submit(lambda: forked(lambda: True)()) for _ in range(12)]
        assert [child.result() for child in children] == [True] * 12
    assert lock.acquire(blocking=False)
