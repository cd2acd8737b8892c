"""One SQLite file that several threads and several processes write to, so that a commit, once made, survives.

WAL, synchronous=FULL, foreign keys, `BEGIN IMMEDIATE`, and migrations that only go forward. A database has one
connection and one lock over its threads: a commit takes a fifth of a millisecond, so threads would gain nothing from
connections of their own, and a transaction's half-done work stays hidden from the other threads. Between processes a
lock file beside the database is held by whoever writes, checkpoints or closes; nobody is told "database is locked".

A forked child opens the file anew when it first uses it, since SQLite's locks and its log are the parent's; what it
inherited it neither uses nor closes. A fork waits for transactions of other threads, which SQLite in the child would
take for its own, and wait for. A database in memory a child has as a copy.

A write or a sync that fails is final: what the system says of a file after that cannot be trusted (a second fsync may
succeed without what the first has lost). So nothing is written by that `Database` any more; what was committed before
can still be read, and whoever opens the file anew begins from that.

It knows no table and no query; it refuses files written by a newer version of the program.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from chatbot.errors import ChatbotError
from chatbot.forking import keep_inherited, renewed_in_children, waited_for
from chatbot.journal_mode import journal_mode
from chatbot.locks import FileLock

PATIENCE = 30.0
"""Seconds to wait for another program that writes: on a machine with far too much to do it may not run for ten."""

READERS_PATIENCE = 2.0
"""Seconds to wait for who reads an older state, as the log is emptied: meanwhile nobody can write."""

_BUSY = ("another program has been writing to it for too long", "try again in a moment")
_DAMAGED = ("the file is damaged", "run: chatbot doctor --repair, or restore a backup")
_BROKEN = ("the disk reports an error", "check the disk; what was stored before is kept")

_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")

_FINAL = ("SQLITE_IOERR", "SQLITE_FULL", "SQLITE_READONLY")
"""After these of a write nothing is written any more."""

_ADVICE = (
    (("SQLITE_BUSY", "SQLITE_LOCKED"), *_BUSY),
    (("SQLITE_FULL",), "the disk is full", "free some space and try again; what was stored before is safe"),
    (("SQLITE_READONLY", "SQLITE_PERM"), "it cannot be written to", "check the permissions of the file and its folder"),
    (("SQLITE_CANTOPEN",), "it cannot be opened", "check that the folder exists and that you may write to it"),
    (("SQLITE_NOTADB",), "it is not a database", "move the file away; a new one will be made"),
    (("SQLITE_CORRUPT",), *_DAMAGED),
    (("SQLITE_CONSTRAINT_FOREIGNKEY",), "what this belongs to is gone", "another program may have deleted it"),
    (("SQLITE_IOERR",), *_BROKEN),
)


def open_database(
    path: Path | None,
    migrations: Sequence[str] | None,
    *,
    error: type[ChatbotError],
    mending: str = "",
    functions: Mapping[str, Callable[[str], bytes]] = MappingProxyType({}),
) -> Database:
    """Opens the database at `path`, creating it and its folder when missing; None keeps it in memory.

    migrations: SQL scripts; the n-th leads from version n to version n+1 of the schema, and is run once, in one
        transaction. A released script must never be changed. None to look at a database of whatever schema.
    error: what every failure is raised as, naming the file and what to do.
    mending: what to do about a damaged file; "" for what can be done about any.
    functions: what SQL may call, by name, so also what migrations index by.
    """
    name = str(path) if path else "the database in memory"
    again = partial(_opened, path, _Failures(error, name, mending), functions)
    connection, guard = again()
    database = Database(connection, name, guard, error, mending=mending, again=again if path else None)
    if migrations is not None:
        try:
            database.prepare(migrations)
        except UnicodeDecodeError as failure:  # sqlite3 cannot read SQLite's message, which quotes a damaged schema
            raise database.failure(failure) from failure
    return database


def _opened(
    path: Path | None, failures: _Failures, functions: Mapping[str, Callable[[str], bytes]]
) -> tuple[sqlite3.Connection, FileLock | None]:
    """A connection to the file, made when missing, and the lock of those who write to it, where there can be one."""
    if path is None:
        return _connect(":memory:", functions), None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(path.with_name(path.name + "-lock"))
        guard = lock if lock.supported else None
    except OSError as failure:
        what = f"{path} cannot be opened: {failure.strerror}"
        raise failures.error(what, hint="check that you may write to its folder") from failure
    with failures.translated():
        return _connect(path, functions), guard


def _connect(target: Path | str, functions: Mapping[str, Callable[[str], bytes]]) -> sqlite3.Connection:
    connection = sqlite3.connect(
        target, timeout=PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    for name, function in functions.items():
        connection.create_function(name, 1, function, deterministic=True)
    return connection


def is_damage(error: ChatbotError) -> bool:
    """Whether what opening or reading a database raised says that the file is hurt, or none of SQLite's."""
    return _error_name(error.__cause__).startswith(_DAMAGE)


@dataclass(frozen=True, slots=True)
class _Failures:
    """What SQLite raises about one database, for people."""

    error: type[ChatbotError]
    name: str
    mending: str

    def failure(self, failure: sqlite3.Error | UnicodeDecodeError) -> ChatbotError:
        code = _error_name(failure)
        for prefixes, what, hint in _ADVICE:
            if code.startswith(prefixes):
                hint = self.mending if self.mending and code.startswith(_DAMAGE) else hint
                return self.error(f"{self.name}: {what}", hint=hint)
        return self.error(f"{self.name}: {failure}")

    @contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as failure:
            raise self.failure(failure) from failure


def _error_name(error: object) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "SQLITE_CORRUPT"
    return getattr(error, "sqlite_errorname", "")


class Database:
    """An open database; made by `open_database`. Closes itself when it is collected and when the program ends.

    again: opens the file once more, for a forked child; None for a database in memory.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        name: str,
        guard: FileLock | None,
        error: type[ChatbotError],
        *,
        mending: str = "",
        again: Callable[[], tuple[sqlite3.Connection, FileLock | None]] | None = None,
    ) -> None:
        self._connection = connection
        self._again = again
        self._is_inherited = self._is_prepared = False
        self.name = name
        """The file, for messages."""
        self._guard = guard
        self._failures = _Failures(error, name, mending)
        self._error = error
        self._refusal = ""
        """Why nothing is written any more; empty as long as writing works."""
        self._threads = threading.RLock()
        waited_for(self._threads)
        self._closing = weakref.finalize(self, _close, connection, guard, self._threads)
        renewed_in_children(self)

    @property
    def connection(self) -> sqlite3.Connection:
        """For statements inside `transaction`; it commits each statement by itself outside of one, unguarded."""
        if self._is_inherited:
            self._open_again()
        return self._connection

    def inherit(self) -> None:
        """For `forking`."""
        self._threads = threading.RLock()  # a thread may hold it that is not in this process
        waited_for(self._threads)
        if self._again is not None and (kept := self._closing.detach()):
            keep_inherited(kept)
            self._is_inherited = True

    def _open_again(self) -> None:
        with self._threads:
            if self._again is None or not self._is_inherited:
                return
            self._connection, self._guard = self._again()
            self._is_inherited, self._refusal = False, ""
            self._closing = weakref.finalize(self, _close, self._connection, self._guard, self._threads)
            if self._is_prepared:
                self._set_up()

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """A write transaction, committed at the end of the block and rolled back when the block raises.

        Other threads and programs wait for it, so do slow work before it. Transactions do not nest.
        """
        return _Exclusively(self, in_transaction=True)

    def write(self, sql: str, parameters: Sequence[object] = ()) -> int | None:
        """One statement, committed: as a transaction of one, for half of the work. The id of the row it inserted."""
        with _Exclusively(self) as connection:
            return connection.execute(sql, parameters).lastrowid

    def read(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query. Inside a transaction of the same thread it sees what that has written."""
        with self._threads:
            try:
                return self.connection.execute(sql, parameters).fetchall()
            except sqlite3.Error as error:
                raise self.failure(error) from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Reads in the block see one state of the file, whatever other programs commit meanwhile. Snapshots nest."""
        with self._threads, self._failures.translated():
            nested = self.connection.in_transaction
            if not nested:
                self.connection.execute("BEGIN")
            try:
                yield
            finally:
                if not nested and self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")

    def check(self) -> str:
        """Reads every page, index and reference, and says in a line how they are. Raises where something is damaged."""
        pages = [row for row in self.read("PRAGMA integrity_check(1)") if row != ("ok",)]
        if damage := pages or self.read("PRAGMA foreign_key_check"):
            what, hint = _DAMAGED
            how = " ".join(" ".join(map(str, damage[0])).split())
            raise self._error(f"{self.name}: {what} ({how})", hint=self._failures.mending or hint)
        (mode,) = self.read("PRAGMA journal_mode")[0]
        return f"sound (SQLite {sqlite3.sqlite_version}, {mode} mode)"

    def copy_to(self, target: Path) -> None:
        """Writes what is committed now into a new file, whatever others write meanwhile. Raises OSError."""
        with self._threads, self._failures.translated(), closing(sqlite3.connect(target)) as copy:
            self.connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()  # one file, whatever the other has beside it
        with target.open("rb") as file:
            os.fsync(file.fileno())

    def checkpoint(self) -> bool:
        """Moves the log into the file and empties it, so that what was deleted is in neither; whether it could.

        It cannot while another program reads an older state. Then it is done as the last program that has the file open
        closes it.
        """
        with _Exclusively(self) as connection:
            _be_patient(connection, READERS_PATIENCE)
            try:
                ((busy, *_),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                _be_patient(connection, PATIENCE)
            self._sync_log()
        return not busy

    def _sync_log(self) -> None:
        """SQLite does not, so that a loss of power could bring back a log that was emptied."""
        log = Path(f"{self.name}-wal")
        try:
            if log.is_file():
                with log.open("rb+") as file:
                    os.fsync(file.fileno())
        except OSError as error:
            what, hint = _BROKEN
            self._refuse(what)
            raise self._error(f"{self.name}: {what}", hint=hint) from error

    def compact(self) -> None:
        """Rewrites the file without the room that deleted rows left, and empties the log."""
        with _Exclusively(self) as connection:
            connection.execute("VACUUM")
        self.checkpoint()

    def close(self) -> None:
        """Closes the file; the database is of no use after that. Closing twice does nothing."""
        self._closing()

    def prepare(self, migrations: Sequence[str]) -> None:
        """Sets how the file is written, and brings its schema up to date; of a newer program's file nothing changes."""
        self._version(migrations)
        self._set_up()
        with self.transaction() as connection:
            version = self._version(migrations)
            for script in migrations[version:]:
                for statement in _statements(script):
                    connection.execute(statement)
            if version < len(migrations):
                connection.execute(f"PRAGMA user_version = {len(migrations)}")

    def _set_up(self) -> None:
        """How the file is written, and what its tables hold to: most of it is for each connection to say."""
        mode = journal_mode(sqlite3.sqlite_version_info, guarded=self._guard is not None)
        with _Exclusively(self) as connection:
            connection.execute(f"PRAGMA journal_mode = {mode}").fetchall()
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")  # deleted text is overwritten, not only unlinked
            connection.execute("PRAGMA mmap_size = 0")  # a write error of a mapped file would kill the process
        self._is_prepared = True

    def _version(self, migrations: Sequence[str]) -> int:
        """The version of the schema."""
        ((version,),) = self.read("PRAGMA user_version")
        if version > len(migrations):
            raise self._error(
                f"{self.name} was written by a newer version of this program"
                f" (its schema is {version}, this program knows {len(migrations)})",
                hint="update the program",
            )
        return int(version)

    def acquire(self) -> None:
        """Waits until no other thread and no other program writes to the file. For `transaction` and its like."""
        self._threads.acquire()
        try:
            if self.connection.in_transaction:
                raise RuntimeError("a transaction is open in this thread, and transactions do not nest")
            if self._refusal:
                raise self._error(self._refusal, hint="make room or mend the disk, then start the program again")
            if self._guard is not None and not self._guard.acquire(PATIENCE):
                what, hint = _BUSY
                raise self._error(f"{self.name}: {what}", hint=hint)
        except BaseException as error:  # Ctrl-C among them: the lock must not stay with a thread that has left
            self._threads.release()
            if isinstance(error, sqlite3.Error):  # it is closed
                raise self.failure(error) from error
            raise

    def release(self) -> None:
        """Lets others write."""
        try:
            if self._guard is not None:
                self._guard.release()
        finally:
            self._threads.release()

    def failure(self, error: sqlite3.Error | UnicodeDecodeError) -> ChatbotError:
        """What SQLite raised, for people."""
        return self._failures.failure(error)

    def write_failure(self, error: sqlite3.Error) -> ChatbotError:
        """What SQLite raised as something was written, for people. From then on nothing is, if that is final."""
        failure = self.failure(error)
        if _error_name(error).startswith(_FINAL):
            self._refuse(failure.message.removeprefix(f"{self.name}: "))
        return failure

    def _refuse(self, what: str) -> None:
        self._refusal = self._refusal or f"{self.name}: nothing is kept any more, since a write failed: {what}"

    @property
    def writable(self) -> bool:
        """Whether no write has failed for good: else all that is left is to read."""
        return not self._refusal


class _Exclusively:
    """The connection, while no other thread and no other program writes.

    A class, since a turn enters it more than ten times and a generator takes three times as long.
    """

    __slots__ = ("_database", "_in_transaction")

    def __init__(self, database: Database, *, in_transaction: bool = False) -> None:
        self._database = database
        self._in_transaction = in_transaction

    def __enter__(self) -> sqlite3.Connection:
        database = self._database
        database.acquire()
        try:
            if self._in_transaction:
                database.connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            database.release()
            raise database.write_failure(error) from error
        return database.connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        database = self._database
        try:
            if self._in_transaction:
                _end(database.connection, whole=error is None)
        except sqlite3.Error as failed:
            raise database.write_failure(failed) from failed
        finally:
            database.release()
        if isinstance(error, sqlite3.Error):
            raise database.write_failure(error) from error


def _be_patient(connection: sqlite3.Connection, seconds: float) -> None:
    milliseconds = int(seconds * 1000)
    connection.execute(f"PRAGMA busy_timeout = {milliseconds}")


def _end(connection: sqlite3.Connection, *, whole: bool) -> None:
    """Commits, or takes back what was not whole or could not be committed."""
    try:
        if whole:
            connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; sqlite3's own `executescript` would commit between them."""
    statement = ""
    for piece in script.split(";"):
        statement += piece + ";"
        if sqlite3.complete_statement(statement):  # a semicolon in a text, a comment or a trigger ends nothing
            yield statement
            statement = ""
    yield statement


def _close(connection: sqlite3.Connection, guard: FileLock | None, threads: threading.RLock) -> None:
    """Closing the last connection checkpoints, so it is guarded; while there are others, closing writes nothing."""
    if not threads.acquire(timeout=1.0):
        return  # the program ends while a thread of it is writing: to the file that is as good as a kill
    try:
        if guard is not None:
            guard.acquire(timeout=1.0)
        connection.close()
        if guard is not None:
            guard.close()
    finally:
        threads.release()
