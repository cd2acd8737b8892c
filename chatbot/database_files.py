"""The file of a database as a whole: put aside before it is mended, and replaced by another, whoever has it open."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from chatbot.database import PATIENCE
from chatbot.errors import ChatbotError
from chatbot.locks import FileLock

_PADDING = 1 << 30
"""A header that speaks of a file twice as long as there is, and a gigabyte, is damaged itself."""


@contextmanager
def locked(path: Path, lock_name: str, error: type[ChatbotError]) -> Iterator[None]:
    """While no other program does what a lock beside the database stands for: `-lock` is held by whoever writes."""
    with closing(FileLock(path.with_name(f"{path.name}{lock_name}"))) as lock:
        if lock.supported and not lock.acquire(PATIENCE):
            raise error(f"{path}: another program is writing to it", hint="try again when it has ended")
        yield


def free_name(path: Path, mark: str) -> Path:
    """A name beside a file that no other has: `journal.db.damaged-1`."""
    names = (path.with_name(f"{path.name}.{mark}-{number}") for number in range(1, 1_000_000))
    return next(name for name in names if not name.exists())


def copied_aside(path: Path, mark: str) -> Path:
    """A copy of a database and its log, byte for byte; with zeros where its end is missing. Raises OSError."""
    aside = free_name(path, mark)
    shutil.copyfile(path, aside)
    with suppress(FileNotFoundError):
        copy(path.with_name(f"{path.name}-wal"), aside.with_name(f"{aside.name}-wal"))
    with aside.open("r+b") as file:
        header = file.read(32).ljust(32, b"\0")
        whole = int.from_bytes(header[28:32], "big") * int.from_bytes(header[16:18], "big")
        if aside.stat().st_size < whole <= 2 * aside.stat().st_size + _PADDING:
            file.truncate(whole)  # SQLite reads nothing of a file that is too short
        os.fsync(file.fileno())
    sync_folder(path.parent)  # before anything becomes of what it is a copy of
    return aside


def copy(source: Path, target: Path) -> None:
    """A copy of a file, byte for byte, that lasts once its folder is synced."""
    shutil.copyfile(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def put_in_place(source: Path, path: Path) -> None:
    """Writes a database over another, whoever has that open: in one transaction, if it is a database at all.

    Call it while it is `locked`. Raises OSError and sqlite3.Error.
    """
    with closing(sqlite3.connect(source)) as wanted, closing(sqlite3.connect(path)) as target:
        try:
            wanted.backup(target)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorname not in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
                raise
        else:
            return
    for rest in (f"{path}-wal", f"{path}-shm"):
        Path(rest).unlink(missing_ok=True)
    source.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes a rename in it last through a loss of power; only Unix can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
