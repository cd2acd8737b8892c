"""Files derived from the database, beside it: caches that are either exactly what was written, or not looked at.

A file is written aside, synced, renamed to a name that its content gives it, and recorded in the table `files` with its
length, its SHA-256 and the generation of the documents it was made of. It is never changed in place, so whoever has an
older one open keeps reading what it read; what no entry names is swept after the commit. Without its entry, or with
another content, a file is nothing: `current` gives None, and the owner of that kind makes it again from SQLite.

It knows no kind and no format, and makes nothing again by itself.
"""

from __future__ import annotations

import glob
import hashlib
import mmap
import os
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from chatbot.database import Database
from chatbot.database_files import sync_folder
from chatbot.errors import KnowledgeError
from chatbot.locks import FileLock

_BLOCK = 1 << 20


class Sink(Protocol):
    """Where the bytes of a file go."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Takes all of the data; its length."""


@dataclass(frozen=True, slots=True)
class IndexFile:
    """A file that is what was written, open."""

    path: Path
    generation: int
    """Of the documents it was made of."""
    data: mmap.mmap
    """Its bytes, mapped into memory, read-only; `numpy.frombuffer` makes arrays of them without reading them."""


class IndexFiles:
    """The derived files of one database, one of each kind. `database_file` is None for one in memory: it has none."""

    def __init__(self, database: Database, database_file: Path | None) -> None:
        self._database, self._beside = database, database_file

    def current(self, kind: str) -> IndexFile | None:
        """The file of this kind, verified from its first byte to its last; None where there is none, or it is damaged.

        It may be of an older generation than the documents.
        """
        found = self._verified(kind)
        return found if isinstance(found, IndexFile) else None

    def generation(self, kind: str) -> int:
        """The generation that the recorded file of this kind is of; -1 where none is recorded. Looks at no file."""
        rows = self._database.read("SELECT generation FROM files WHERE kind = ?", (kind,))
        return int(rows[0][0]) if rows else -1

    def kinds(self) -> tuple[str, ...]:
        """The kinds that a file is recorded of."""
        return tuple(kind for (kind,) in self._database.read("SELECT kind FROM files ORDER BY kind"))

    def fault(self, kind: str) -> str | None:
        """What is wrong with the recorded file of this kind, in a few words; None where nothing is."""
        found = self._verified(kind)
        return found if isinstance(found, str) else None

    def put(self, kind: str, generation: int, write: Callable[[Sink], None]) -> bool:
        """Writes the file of this kind, of the documents at `generation`, in the place of the one there is.

        write: gives the bytes. Call it outside of transactions and snapshots. False, and nothing is changed, where the
        database is in memory, where another program is writing this kind, or has written it of newer documents. Raises
        KnowledgeError where it cannot be written; the file that was there before is untouched then.
        """
        if self._beside is None:
            return False
        with self._alone(kind) as alone:
            if not alone:
                return False
            aside = self._beside.with_name(f"{self._beside.name}.{kind}-{uuid.uuid4().hex}.tmp")
            try:
                digest, length = _write(aside, write)
                written = self._record(kind, generation, aside, digest, length)
            except OSError as error:
                raise KnowledgeError(
                    f"{aside} cannot be written: {error.strerror}", hint="is the disk full?"
                ) from error
            finally:
                aside.unlink(missing_ok=True)
            self.sweep()
        return written

    def forget(self, kind: str) -> None:
        """Removes the file of this kind and its entry, as where what it was made of must leave no trace."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM files WHERE kind = ?", (kind,))
        self.sweep()

    def sweep(self) -> None:
        """Removes files of ours that no entry names: older ones, and what a killed program left."""
        if self._beside is None:
            return
        ours = _names_beside(self._beside)
        with self._database.transaction() as connection:  # nobody is between the renaming and the entry of a file
            named = {name for (name,) in connection.execute("SELECT name FROM files")}
            for path in self._beside.parent.iterdir():
                if path.name not in named and ours.fullmatch(path.name):
                    with suppress(OSError):  # another program may have it open, where that forbids removing it
                        path.unlink()

    def _verified(self, kind: str) -> IndexFile | str | None:
        """The file, what is wrong with it, or None where no file is recorded."""
        rows = self._database.read("SELECT name, generation, length, sha256 FROM files WHERE kind = ?", (kind,))
        if self._beside is None or not rows:
            return None
        name, generation, length, digest = rows[0]
        if not _names_beside(self._beside).fullmatch(name):
            return f"its entry names {name!r}, which is no file of this index"
        path = self._beside.with_name(name)
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_size != length or _digest(file) != digest:
                    return f"{path} is not what was written: it was damaged or changed"
                return IndexFile(path, generation, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except OSError as error:
            return f"{path} cannot be read: {error.strerror}"

    def _record(self, kind: str, generation: int, aside: Path, digest: str, length: int) -> bool:
        assert self._beside is not None
        name = f"{self._beside.name}.{kind}-{digest[:16]}"
        with self._database.transaction() as connection:
            newer = "SELECT 1 FROM files WHERE kind = ? AND generation > ?"
            if connection.execute(newer, (kind, generation)).fetchone():
                return False
            aside.replace(self._beside.with_name(name))
            sync_folder(self._beside.parent)
            entry = (kind, name, generation, length, digest)
            connection.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", entry)
        return True

    @contextmanager
    def _alone(self, kind: str) -> Iterator[bool]:
        """Whether no other program writes this kind; then what lies aside is a killed one's, and goes."""
        assert self._beside is not None
        try:
            lock = FileLock(self._beside.with_name(f"{self._beside.name}-{kind}"))
        except OSError as error:
            what = f"{self._beside.parent} cannot be written to: {error.strerror}"
            raise KnowledgeError(what, hint="check its permissions") from error
        try:
            if not lock.supported:
                yield True
            elif lock.acquire():
                for left in self._beside.parent.glob(f"{glob.escape(self._beside.name)}.{kind}-*.tmp"):
                    left.unlink(missing_ok=True)
                yield True
            else:
                yield False
        finally:
            lock.close()


def _names_beside(database_file: Path) -> re.Pattern[str]:
    """The names of our files."""
    return re.compile(rf"{re.escape(database_file.name)}\.[a-z]+-[0-9a-f]{{16}}")


class _Hashing:
    """Writes to a file, and knows the digest and the length of what it wrote."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.digest, self.length = file, hashlib.sha256(), 0

    def write(self, data: bytes | memoryview, /) -> int:
        self.digest.update(data)
        self.length += memoryview(data).nbytes
        return self._file.write(data)


def _write(path: Path, write: Callable[[Sink], None]) -> tuple[str, int]:
    with path.open("xb") as file:
        sink = _Hashing(file)
        write(sink)
        file.flush()
        os.fsync(file.fileno())
    return sink.digest.hexdigest(), sink.length


def _digest(file: BinaryIO) -> str:
    """Read and not mapped, so that pages nobody asks for later do not count as this program's memory."""
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()
