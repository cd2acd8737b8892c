"""A database that threads and programs share: what was committed stays, and nobody meets a lock."""

from __future__ import annotations

import errno
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import system_calls
from forked import forked, forking, watched
from system_calls import Call

from chatbot.database import Database, is_damage, open_database
from chatbot.errors import ChatbotError, JournalError, KnowledgeError
from chatbot.journal_mode import has_wal_reset_fault, journal_mode
from chatbot.locks import FileLock

NOTES = "CREATE TABLE note (text TEXT NOT NULL);"
WRITE_ROWS = Path(__file__).parent / "programs" / "write_rows.py"


def opened(path: Path | None, *migrations: str, error: type[ChatbotError] = JournalError) -> Database:
    return open_database(path, migrations or (NOTES,), error=error)


def add(database: Database, *notes: str) -> None:
    with database.transaction() as connection:
        connection.executemany("INSERT INTO note VALUES (?)", [(note,) for note in notes])


def notes(database: Database) -> list[str]:
    return [text for (text,) in database.read("SELECT text FROM note ORDER BY rowid")]


def said(database: Database, *more: str) -> list[str]:
    """Adds notes; all that there are then."""
    add(database, *more)
    return notes(database)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "notes.db"


@pytest.fixture(params=["file", "memory"])
def database(request: pytest.FixtureRequest, path: Path) -> Iterator[Database]:
    with closing(opened(path if request.param == "file" else None)) as database:
        yield database


# --- transactions -----------------------------------------------------------------------------------------------------


def test_a_transaction_is_committed_at_the_end_of_its_block(database: Database) -> None:
    add(database, "a", "b")
    assert notes(database) == ["a", "b"]


def test_a_transaction_whose_block_raises_leaves_nothing_behind(database: Database) -> None:
    def half() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO note VALUES ('half')")
            raise KeyError

    with pytest.raises(KeyError):
        half()
    add(database, "whole")
    assert notes(database) == ["whole"]


def test_a_single_statement_is_committed_by_itself_and_tells_its_row(path: Path) -> None:
    with closing(opened(path)) as database:
        assert [database.write("INSERT INTO note VALUES (?)", (note,)) for note in "ab"] == [1, 2]
        with pytest.raises(JournalError):
            database.write("INSERT INTO nothing VALUES (1)")
        with pytest.raises(RuntimeError, match="nest"), database.transaction():
            database.write("INSERT INTO note VALUES ('c')")
    with closing(opened(path)) as again:
        assert notes(again) == ["a", "b"]


def test_transactions_do_not_nest(database: Database) -> None:
    with pytest.raises(RuntimeError, match="nest"), database.transaction(), database.transaction():
        pass
    add(database, "after")
    assert notes(database) == ["after"]


def test_a_transaction_sees_its_own_writes_and_other_threads_wait_for_its_end(database: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as connection:
            connection.execute("INSERT INTO note VALUES ('new')")
            assert notes(database) == ["new"]
            other = pool.submit(notes, database)
            time.sleep(0.05)
            assert not other.done()
            connection.execute("INSERT INTO note VALUES ('newer')")
        assert other.result() == ["new", "newer"]


def test_another_connection_reads_what_is_committed_while_a_transaction_is_open(path: Path) -> None:
    with closing(opened(path)) as writer, closing(opened(path)) as reader:
        add(writer, "old")
        with writer.transaction() as connection:
            connection.execute("INSERT INTO note VALUES ('new')")
            assert notes(reader) == ["old"]
        assert notes(reader) == ["old", "new"]


def test_a_snapshot_sees_one_state_whatever_is_committed_meanwhile(path: Path) -> None:
    with closing(opened(path)) as writer, closing(opened(path)) as reader:
        add(writer, "old")
        with reader.snapshot():
            assert notes(reader) == ["old"]
            add(writer, "new")
            with reader.snapshot():
                assert notes(reader) == ["old"]
            assert notes(reader) == ["old"]
        assert notes(reader) == ["old", "new"]
        add(reader, "newer")
        assert notes(writer) == ["old", "new", "newer"]


def test_foreign_keys_hold(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE child (parent REFERENCES parent)")
    with pytest.raises(JournalError, match="gone"), database.transaction() as connection:
        connection.execute("INSERT INTO child VALUES (1)")


def test_what_cannot_be_committed_is_taken_back_and_said(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE child (parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(JournalError, match="gone"), database.transaction() as connection:
        connection.execute("INSERT INTO child VALUES (1)")
    assert database.read("SELECT * FROM child") == []
    add(database, "after")
    assert notes(database) == ["after"]


def test_commits_are_flushed_to_the_disk(path: Path) -> None:
    with closing(opened(path)) as database:
        assert database.read("PRAGMA synchronous") == [(2,)]  # FULL
        assert database.read("PRAGMA journal_mode") == [("wal",)]
        assert database.read("PRAGMA mmap_size") == [(0,)]


# --- opening and closing ----------------------------------------------------------------------------------------------


def test_the_folder_is_made_when_it_is_missing_and_only_for_its_owner(path: Path) -> None:
    opened(path).close()
    assert path.is_file()
    if sys.platform != "win32":
        assert path.parent.stat().st_mode & 0o077 == 0


def test_all_folders_on_the_way_are_made(tmp_path: Path) -> None:
    opened(tmp_path / "a" / "b" / "notes.db").close()


def test_a_database_in_memory_is_named_as_such_in_what_goes_wrong() -> None:
    with closing(opened(None)) as database, pytest.raises(JournalError) as failed:
        database.write("DELETE FROM missing")
    assert failed.value.message == "the database in memory: no such table: missing"


def test_programs_of_every_version_exclude_each_other_by_the_same_file(path: Path) -> None:
    with closing(opened(path)) as database, ThreadPoolExecutor(1) as pool:
        other = FileLock(path.with_name("notes.db-lock"))
        assert other.acquire()
        waiting = pool.submit(add, database, "a")
        time.sleep(0.05)
        assert not waiting.done()
        other.close()
        waiting.result()
        assert notes(database) == ["a"]


def test_what_was_written_is_there_when_the_file_is_opened_again(path: Path) -> None:
    with closing(opened(path)) as database:
        add(database, "kept")
    with closing(opened(path)) as database:
        assert notes(database) == ["kept"]


def test_a_database_that_is_forgotten_closes_itself(path: Path) -> None:
    database = opened(path)
    add(database, "kept")
    log = path.with_name(path.name + "-wal")
    assert log.exists()
    del database
    assert not log.exists()


def test_closing_twice_does_nothing(path: Path) -> None:
    database = opened(path)
    database.close()
    database.close()


def test_using_a_closed_database_is_an_error_of_its_owner(path: Path) -> None:
    database = opened(path, error=KnowledgeError)
    database.close()
    for use in (notes, add, Database.checkpoint):
        with pytest.raises(KnowledgeError, match=r"notes\.db: Cannot operate on a closed database"):
            use(database)


def test_deleted_text_is_in_none_of_the_files_after_a_checkpoint(path: Path) -> None:
    with closing(opened(path)) as database:
        add(database, "canary" * 500, "other")
        with database.transaction() as connection:
            connection.execute("DELETE FROM note WHERE text LIKE 'canary%'")
        database.checkpoint()
        assert notes(database) == ["other"]
        for file in path.parent.iterdir():
            assert b"canary" not in file.read_bytes(), file.name


def test_a_copy_holds_what_is_committed_in_one_file_whoever_writes_meanwhile(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies" / "copy.db"
    target.parent.mkdir()
    with closing(opened(path)) as database, closing(opened(path)) as other:
        add(database, "kept")
        with other.transaction() as connection:
            connection.execute("INSERT INTO note VALUES ('half')")
            database.copy_to(target)
    assert list(target.parent.iterdir()) == [target]
    with closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True)) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",), "a log beside it could be forgotten"
        assert copy.execute("SELECT text FROM note").fetchall() == [("kept",)]
        assert copy.execute("PRAGMA user_version").fetchone() == (1,)


def test_a_copy_that_cannot_be_made_is_an_error_of_the_owner(path: Path, tmp_path: Path) -> None:
    with closing(opened(path, error=KnowledgeError)) as database:
        with pytest.raises(KnowledgeError, match="it cannot be opened"):
            database.copy_to(tmp_path / "no folder" / "copy.db")
        add(database, "after")


@pytest.mark.skipif(not system_calls.supported, reason="this system cannot hand over calls")
def test_a_copy_is_on_the_disk_when_it_is_made(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    calls: list[Call] = []
    with closing(opened(path)) as database:
        watched(lambda: database.copy_to(target), tmp_path, calls.append)
    assert [call.kind for call in calls if call.path == target][-1] == "sync"


def test_compacting_gives_back_the_room_of_what_was_deleted(path: Path) -> None:
    with closing(opened(path)) as database:
        add(database, "kept", *("x" * 3_000 for _ in range(100)))
        database.write("DELETE FROM note WHERE text <> 'kept'")
        database.checkpoint()
        before = path.stat().st_size
        database.compact()
        assert path.stat().st_size < before / 10
        assert path.with_name("notes.db-wal").stat().st_size == 0
        assert notes(database) == ["kept"]


def test_rows_are_sought_by_parameters(database: Database) -> None:
    add(database, "a", "'; DROP TABLE note; --")
    assert database.read("SELECT rowid FROM note WHERE text = ?", ("'; DROP TABLE note; --",)) == [(2,)]


# --- migrations -------------------------------------------------------------------------------------------------------

SECOND = "ALTER TABLE note ADD COLUMN author TEXT; CREATE TRIGGER t AFTER INSERT ON note BEGIN SELECT 1; SELECT 2; END;"


def test_migrations_run_once_and_in_order(path: Path) -> None:
    with closing(opened(path)) as old:
        add(old, "kept")
    for _ in range(2):
        with closing(opened(path, NOTES, SECOND)) as new:
            assert new.read("SELECT text, author FROM note") == [("kept", None)]
            assert new.read("PRAGMA user_version") == [(2,)]


def test_opening_what_is_up_to_date_writes_nothing(path: Path) -> None:
    with closing(opened(path)) as first:
        before = first.read("PRAGMA data_version")
        opened(path).close()
        assert first.read("PRAGMA data_version") == before


def test_a_migration_may_call_functions_of_the_program_and_index_by_them(path: Path) -> None:
    first = (
        "CREATE TABLE note (text TEXT NOT NULL); INSERT INTO note VALUES ('a'); CREATE INDEX i ON note (twice(text));"
    )
    twice = {"twice": lambda text: (text * 2).encode()}
    with closing(open_database(path, (first,), error=JournalError, functions=twice)) as database:
        assert database.read("SELECT twice(text) FROM note") == [(b"aa",)]


def test_a_migration_that_fails_leaves_the_old_state(path: Path) -> None:
    with closing(opened(path)) as old:
        add(old, "kept")
    with pytest.raises(JournalError, match="no such table"):
        opened(path, NOTES, "CREATE TABLE extra (x); INSERT INTO missing VALUES (1);")
    with closing(opened(path)) as old:
        assert notes(old) == ["kept"]
        assert old.read("SELECT count(*) FROM sqlite_master WHERE name = 'extra'") == [(0,)]


def test_a_database_of_a_newer_program_is_refused_and_left_alone(path: Path) -> None:
    with closing(opened(path, NOTES, SECOND)) as newer:
        add_two = "INSERT INTO note VALUES ('kept', 'me')"
        with newer.transaction() as connection:
            connection.execute(add_two)
    before = path.read_bytes()
    with pytest.raises(JournalError, match="newer version of this program") as refused:
        opened(path)
    assert refused.value.hint == "update the program"
    assert path.read_bytes() == before


# --- errors -----------------------------------------------------------------------------------------------------------


def test_a_file_that_is_no_database_is_named_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("Dear diary, " * 100)
    with pytest.raises(KnowledgeError, match=r"notes\.db: it is not a database") as refused:
        opened(path, error=KnowledgeError)
    assert "move the file away" in refused.value.hint
    assert path.read_text().startswith("Dear diary")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be opened: File exists") as refused:
        opened(tmp_path / "file" / "notes.db")
    assert "write to its folder" in refused.value.hint


def test_a_folder_in_the_place_of_the_file_is_named(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(KnowledgeError, match=r"notes\.db: it cannot be opened"):
        opened(path, error=KnowledgeError)


def damaged_schema(path: Path) -> None:
    """A schema that SQLite quotes in its message, and that is no text any more."""
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE note", b"CREATE TABEL note").replace(b"note", b"n\xffte"))


def no_database(path: Path) -> None:
    path.write_text("Dear diary, " * 1_000)


@pytest.mark.parametrize("hurt", [damaged_schema, no_database])
@pytest.mark.parametrize("mending", ["", "make it again"])
def test_what_is_done_about_damage_depends_on_what_it_is_the_file_of(
    path: Path, hurt: Callable[[Path], None], mending: str
) -> None:
    opened(path).close()
    hurt(path)
    with pytest.raises(JournalError, match=r"notes\.db: (the file is damaged|it is not a database)") as refused:
        open_database(path, (NOTES,), error=JournalError, mending=mending)
    assert is_damage(refused.value)
    usual = "run: chatbot doctor --repair" if hurt is damaged_schema else "move the file away"
    assert refused.value.hint.startswith(mending or usual)


def test_what_goes_wrong_otherwise_is_no_damage_and_mended_otherwise(path: Path) -> None:
    with closing(open_database(path, (NOTES,), error=JournalError, mending="make it again")) as database:
        database.read("PRAGMA max_page_count = 1")
        with pytest.raises(JournalError, match="the disk is full") as failed:
            add(database, "x" * 100_000)
    assert not is_damage(failed.value) and not is_damage(JournalError("something else"))
    assert failed.value.hint.startswith("free some space")


def test_a_reference_to_nothing_is_found_by_the_check(path: Path) -> None:
    with closing(open_database(path, (NOTES,), error=JournalError, mending="make it again")) as database:
        with database.transaction() as connection:
            connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
            connection.execute("CREATE TABLE child (parent REFERENCES parent)")
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("INSERT INTO child VALUES (7)")
        with pytest.raises(JournalError) as found:
            database.check()
    assert found.value.message == f"{path}: the file is damaged (child 1 parent 0)"
    assert found.value.hint == "make it again"


def test_a_damaged_file_is_found_by_the_check(path: Path) -> None:
    with closing(opened(path)) as database:
        add(database, *("x" * 500 for _ in range(200)))
        assert database.check().startswith("sound (SQLite ")
    content = bytearray(path.read_bytes())
    content[4096:40960] = bytes(36864)
    path.write_bytes(content)
    with closing(opened(path)) as database, pytest.raises(JournalError, match="damaged") as found:
        database.check()
    assert "\n" not in str(found.value) and "doctor --repair" in found.value.hint


def test_who_waits_too_long_for_another_program_is_told_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(opened(path)) as first, closing(opened(path)) as second:
        monkeypatch.setattr("chatbot.database.PATIENCE", 0.05)
        with first.transaction(), pytest.raises(JournalError) as told:
            add(second, "b")
        assert told.value.message == f"{path}: another program has been writing to it for too long"
        assert told.value.hint == "try again in a moment"
        add(second, "c")
        assert notes(first) == ["c"]


def test_a_program_that_knows_nothing_of_the_lock_file_is_waited_for_too(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(path).close()
    monkeypatch.setattr("chatbot.database.PATIENCE", 0.05)
    with closing(opened(path)) as database, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="another program has been writing to it for too long"):
            add(database, "early")
        other.execute("COMMIT")
        add(database, "later")
        assert notes(database) == ["later"]


def test_a_folder_whose_file_system_has_no_locks_is_used_without(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(file: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    with closing(opened(path)) as database:
        assert said(database, "kept") == ["kept"]


# --- disks that fail --------------------------------------------------------------------------------------------------

COUNT = 8


def keep_writing(path: Path) -> dict[str, object]:
    """What becomes of notes that are written one after the other, however many fail.

    Out: what was kept; what was refused, and why; what can be read at the end, and when the file is opened anew.
    """
    kept: list[str] = []
    refused: list[str] = []
    try:
        database = opened(path)
        for number in range(COUNT):
            note = f"note {number} " + "x" * 3_000
            try:
                add(database, note)
                if number % 3 == 2:
                    database.checkpoint()
                kept.append(note[:6])
            except JournalError as error:
                refused.append(str(error))
        read = [text[:6] for text in notes(database)]
        database.close()
        again = opened(path)
        found = [text[:6] for text in notes(again)]
        add(again, "after")
        again.check()
    except JournalError as error:
        return {"not opened": str(error)}
    return {"kept": kept, "refused": refused, "read": read, "found": found}


def went(path: Path, decide: Callable[[Call], int | None]) -> dict[str, list[str]]:
    """What `keep_writing` came to, while `decide` says what becomes of its calls."""
    path.parent.mkdir()
    told: dict[str, list[str]] = watched(lambda: keep_writing(path), path.parent, decide)
    return told


class Failing:
    """Fails one call that writes or syncs, and counts them."""

    def __init__(self, chosen: int, failure: int) -> None:
        self.count, self._chosen, self._failure = 0, chosen, failure

    def __call__(self, call: Call) -> int | None:
        if call.kind not in ("write", "sync", "truncate"):
            return None
        self.count += 1
        return self._failure if self.count - 1 == self._chosen else None


@pytest.mark.skipif(not system_calls.supported, reason="this system cannot hand over calls")
@pytest.mark.parametrize("failure", [errno.EIO, errno.ENOSPC, errno.EROFS], ids=["broken", "full", "read-only"])
@pytest.mark.parametrize("count", [3, pytest.param(1_000, marks=pytest.mark.slow)])
def test_after_a_write_that_failed_nothing_pretends_to_be_kept(tmp_path: Path, failure: int, count: int) -> None:
    whole = Failing(-1, 0)
    assert len(went(tmp_path / "whole" / "notes.db", whole)["kept"]) == COUNT
    for chosen in random.Random(failure).sample(range(whole.count), min(count, whole.count)):
        told = went(tmp_path / f"{chosen}" / "notes.db", Failing(chosen, failure))
        if "not opened" in told:
            continue
        kept, refused = told["kept"], told["refused"]
        assert kept == [f"note {number}" for number in range(len(kept))], "a later note was kept than one that was not"
        assert len(kept) + len(refused) == COUNT
        assert all("nothing is kept any more, since a write failed" in said for said in refused[1:])
        assert all("\n" not in said and "start the program again" in said for said in refused[1:])
        last = f"note {len(kept)}"  # the one that failed may have come to the file before its sync or its checkpoint
        for seen in (told["read"], told["found"]):
            assert seen in (kept, [*kept, last])


@pytest.mark.skipif(not system_calls.supported, reason="this system cannot hand over calls")
def test_an_emptied_log_that_does_not_come_to_the_disk_is_a_write_that_failed(path: Path) -> None:
    emptied: list[Call] = []

    def fail(call: Call) -> int | None:
        if call.path.name.endswith("-wal") and call.kind == "truncate":
            emptied.append(call)
        return errno.EIO if call.kind == "sync" and emptied else None

    def work() -> list[str]:
        told = []
        for do in (database.checkpoint, lambda: add(database, "later")):
            with pytest.raises(JournalError) as failed:
                do()
            told.append(str(failed.value))
        return [*told, *notes(database)]

    with closing(opened(path)) as database:
        add(database, "kept")
        broken, refused, *kept = watched(work, path.parent, fail)
    assert broken == f"{path}: the disk reports an error (check the disk; what was stored before is kept)"
    assert refused.startswith(f"{path}: nothing is kept any more, since a write failed: the disk reports an error (")
    assert kept == ["kept"]


def test_what_was_stored_can_be_read_after_a_full_disk_and_the_file_opened_anew_takes_more(path: Path) -> None:
    with closing(opened(path)) as database:
        add(database, "kept")
        database.read("PRAGMA max_page_count = 1")  # SQLite then reports a full disk as soon as it needs another page
        with pytest.raises(JournalError, match="the disk is full"):
            add(database, "x" * 100_000)
        database.read("PRAGMA max_page_count = 1000")
        assert not database.writable
        for refused in (
            lambda: add(database, "after"),
            lambda: database.write("DELETE FROM note"),
            database.checkpoint,
        ):
            with pytest.raises(
                JournalError, match="nothing is kept any more, since a write failed: the disk is full"
            ) as told:
                refused()
            assert "start the program again" in told.value.hint
        assert notes(database) == ["kept"]
    with closing(opened(path)) as again:
        add(again, "after")
        assert notes(again) == ["kept", "after"]


# --- forked children --------------------------------------------------------------------------------------------------


@forking
def test_a_forked_child_and_its_own_child_go_on_with_the_same_file(path: Path) -> None:
    with closing(opened(path)) as database:
        add(database, "parent's")

        def child() -> object:
            return said(database, "child's"), forked(lambda: said(database, "grandchild's"))()

        seen = ["parent's", "child's"]
        assert forked(child)() == [seen, [*seen, "grandchild's"]]
        assert said(database, "parent's again") == [*seen, "grandchild's", "parent's again"]


@forking
def test_a_forked_child_that_writes_keeps_all_others_out(path: Path) -> None:
    def child() -> bool:
        with database.transaction(), closing(FileLock(path.with_name("notes.db-lock"))) as other:
            return other.acquire()

    with closing(opened(path)) as database:
        assert forked(child)() is False


@forking
def test_a_fork_in_the_middle_of_another_threads_transaction_leaves_the_child_able_to_write(path: Path) -> None:
    """SQLite in the child would take the parent's transaction for one of its own, and wait for its end for ever."""
    with closing(opened(path)) as database, ThreadPoolExecutor(1) as pool:
        begun = threading.Event()

        def write() -> None:
            with database.transaction() as connection:
                connection.execute("INSERT INTO note VALUES ('parent''s')")
                begun.set()
                time.sleep(0.2)

        writing = pool.submit(write)
        begun.wait()
        assert forked(lambda: said(database, "child's"))() == ["parent's", "child's"]
        writing.result()
        assert said(database, "after") == ["parent's", "child's", "after"]


@forking
def test_a_fork_in_the_middle_of_another_threads_reads_leaves_the_child_able_to_empty_the_log(path: Path) -> None:
    with closing(opened(path)) as database, ThreadPoolExecutor(1) as pool:
        add(database, "old")
        begun = threading.Event()

        def read() -> None:
            with database.snapshot():
                notes(database)
                begun.set()
                time.sleep(0.2)

        def child() -> int:
            add(database, "child's")
            database.checkpoint()
            return path.with_name("notes.db-wal").stat().st_size

        reading = pool.submit(read)
        begun.wait()
        assert forked(child)() == 0
        reading.result()


@forking
def test_functions_of_the_program_can_be_called_in_a_forked_child(path: Path) -> None:
    first = "CREATE TABLE note (text TEXT NOT NULL); CREATE INDEX twice ON note (twice(text));"
    twice = {"twice": lambda text: (text * 2).encode()}
    with closing(open_database(path, (first,), error=JournalError, functions=twice)) as database:
        assert forked(lambda: said(database, "child's"))() == ["child's"]


@forking
def test_a_forked_child_has_a_copy_of_a_database_in_memory() -> None:
    with closing(opened(None)) as database:
        add(database, "parent's")
        assert forked(lambda: said(database, "child's"))() == ["parent's", "child's"]
        assert notes(database) == ["parent's"]


@forking
def test_what_is_closed_is_closed_in_a_forked_child_too(path: Path) -> None:
    def child() -> str:
        with pytest.raises(JournalError) as refused:
            notes(database)
        return refused.value.message

    database = opened(path)
    database.close()
    assert forked(child)() == f"{path}: Cannot operate on a closed database."


@forking
def test_a_forked_child_closes_for_itself_alone(path: Path) -> None:
    def child() -> str:
        add(database, "child's")
        database.close()
        with pytest.raises(JournalError) as refused:
            notes(database)
        return refused.value.message

    with closing(opened(path)) as database:
        assert forked(child)() == f"{path}: Cannot operate on a closed database."
        assert said(database, "parent's") == ["child's", "parent's"]
        with closing(opened(path)) as other:
            assert notes(other) == ["child's", "parent's"], "the log is still the one that all read"


@forking
def test_a_forked_child_begins_anew_where_a_write_of_its_parent_failed_for_good(path: Path) -> None:
    with closing(opened(path)) as database:
        database.read("PRAGMA max_page_count = 1")
        with pytest.raises(JournalError, match="the disk is full"):
            add(database, "x" * 100_000)
        assert forked(lambda: said(database, "child's"))() == ["child's"]
        with pytest.raises(JournalError, match="nothing is kept any more"):
            add(database, "parent's")


@forking
def test_a_forked_child_that_only_looks_leaves_the_file_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("CREATE TABLE note (text)")
    before = path.read_bytes()
    with closing(open_database(path, None, error=JournalError)) as database:
        assert notes(database) == []
        assert forked(lambda: notes(database))() == []
    assert path.read_bytes() == before


# --- the fault of SQLite ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ((3, 6, 23), False),  # before write-ahead logs
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 0), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
    ],
)
def test_the_wal_reset_fault_is_known_by_version(version: tuple[int, int, int], faulty: bool) -> None:
    assert has_wal_reset_fault(version) is faulty
    assert journal_mode(version, guarded=True) == "WAL"
    assert journal_mode(version, guarded=False) == ("DELETE" if faulty else "WAL")


def test_without_a_lock_file_a_database_still_works(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "notes.db", isolation_level=None)
    with closing(Database(connection, "notes.db", None, JournalError)) as database:
        database.prepare([NOTES])
        add(database, "a")
        assert notes(database) == ["a"]


def test_nobody_writes_checkpoints_or_closes_while_another_writes(path: Path) -> None:
    """With the fault in it, SQLite may corrupt a file that two connections write and checkpoint at once."""
    first, second, third = (opened(path) for _ in range(3))
    done: list[str] = []
    others = [
        threading.Thread(target=lambda: (add(second, "b"), done.append("wrote"))),
        threading.Thread(target=lambda: (second.checkpoint(), done.append("checkpointed"))),
        threading.Thread(target=lambda: (third.close(), done.append("closed"))),
    ]
    with first.transaction() as connection:
        connection.execute("INSERT INTO note VALUES ('a')")
        for other in others:
            other.start()
        time.sleep(0.05)
        assert not done
    for other in others:
        other.join()
    assert sorted(done) == ["checkpointed", "closed", "wrote"]
    first.close()
    second.close()


# --- locks ------------------------------------------------------------------------------------------------------------


def test_a_file_lock_excludes_every_other_also_in_its_own_process(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    assert not second.acquire(timeout=0.01)
    assert second.supported
    first.release()
    assert second.acquire()
    second.close()
    assert first.acquire()
    first.close()


def test_a_file_lock_is_free_when_its_holder_was_killed(tmp_path: Path) -> None:
    hold = "import sys, time, pathlib; from chatbot.locks import FileLock; lock = FileLock(pathlib.Path(sys.argv[1]))"
    hold += "; lock.acquire(); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold, str(tmp_path / "lock")], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        lock = FileLock(tmp_path / "lock")
        assert not lock.acquire()
        holder.send_signal(signal.SIGKILL)
    assert lock.acquire(timeout=5)
    lock.close()


# --- many writers, sudden deaths --------------------------------------------------------------------------------------


@pytest.mark.parametrize("each", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_eight_writers_at_once_lose_nothing_reorder_nothing_and_meet_no_lock(
    path: Path, each: int, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    monkeypatch.syspath_prepend(WRITE_ROWS.parent)
    from write_rows import write

    programs = [
        subprocess.Popen(
            [sys.executable, str(WRITE_ROWS), str(path), f"program {n}", str(each)], stdout=subprocess.PIPE
        )
        for n in range(4)
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == b"0\n"  # all of them have begun
    with ThreadPoolExecutor(4) as pool:
        threads = [pool.submit(write, path, f"thread {n}", each) for n in range(4)]
    assert [thread.result() for thread in threads] == [None] * 4
    assert [program.communicate()[0].count(b"\n") for program in programs] == [each - 1] * 4
    assert [program.returncode for program in programs] == [0] * 4

    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT writer, number FROM row ORDER BY id").fetchall()
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    writers = {writer for writer, _ in rows}
    assert len(writers) == COUNT
    for writer in writers:
        assert [number for name, number in rows if name == writer] == list(range(each))
    figure(f"8 writers, {8 * each} rows: lost 0, out of order 0, locked out 0")


@pytest.mark.parametrize("kills", [5, pytest.param(200, marks=pytest.mark.slow)])
def test_every_acknowledged_row_survives_kill_9_at_a_random_moment(
    path: Path, figure: Callable[[str], None], kills: int
) -> None:
    chance = random.Random(11)
    expected = 0
    for kill in range(kills):
        command = [sys.executable, str(WRITE_ROWS), str(path), f"{kill:03}", "1000000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(chance.uniform(0, 0.1))
            writer.send_signal(signal.SIGKILL)
            acknowledged = 1 + writer.stdout.read().count(b"\n")
        expected += acknowledged
        with closing(sqlite3.connect(path)) as connection:
            (rows,) = connection.execute("SELECT count(*) FROM row WHERE writer = ?", (f"{kill:03}",)).fetchone()
            assert rows in (acknowledged, acknowledged + 1)  # one may be committed and not yet told
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM row").fetchone()[0] >= expected
    figure(f"a writer killed {kills} times, {expected} rows acknowledged: lost 0")
