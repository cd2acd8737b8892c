"""Mending an index: what is sound stays as it is, what is not is taken out, so that it can be indexed again.

In: the index file. Out: `Repaired`, which says what was wrong and what could not be saved. Files are read again by the
next `refresh`; records have no file, and are indexed again from their text where that is sound. A damaged database is
copied first and the copy is kept; sound documents are taken over into a new one, row by row and compared with their
seals, which then replaces the pages of the old in one transaction. It never reads the files that were indexed.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from chatbot.database_files import copied_aside, locked, put_in_place
from chatbot.errors import KnowledgeError
from chatbot.retrieval.building import Incoming, put_all
from chatbot.retrieval.check import Checked, check_index
from chatbot.retrieval.embed import Embedder
from chatbot.retrieval.load import Document
from chatbot.retrieval.seal import seal_of
from chatbot.retrieval.store import Origin, Store

_AT_ONCE = 200
"""Documents taken over in one transaction."""

_OF_THE_OLD = ("generation", "embedder", "complete", "vectors", "faiss")
"""Settings that say something about rows or derived files, and not what somebody chose."""

_Lost = tuple[tuple[str, ...], int]
"""As in `Repaired`."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair came to."""

    found: Checked
    """The faults there were."""
    copy: Path | None = None
    """The damaged database as it was, where it had to be replaced."""
    lost: tuple[str, ...] = ()
    """Records whose text is damaged: they have to be added again."""
    unreadable: int = 0
    """Documents of which not even the name can be read."""


def repair_index(path: Path, embedder: Embedder) -> Repaired:
    """Mends the index in the file `path`; `Knowledge.refresh` then reads again what was taken out.

    Raises KnowledgeError where there is none, where it cannot be opened or written to, and EmbedderMismatch.
    """
    found = check_index(path, embedder)
    if any(fault.part == "database" for fault in found.faults):
        copy, lost = _replace(path, embedder)
        return Repaired(found, copy, *lost)
    store = Store(path, embedder.name)
    try:
        with store.indexing():
            lost = _take_out(store, embedder, [each.document for each in found.faults if each.document is not None])
            derived = [each.kind for each in found.faults if each.part == "file"]
            if any(each.part == "search" for each in found.faults):
                derived = list(store.files.kinds())
            for kind in derived:
                store.files.forget(kind)
            store.seals.add_missing()
            store.compact()
    finally:
        store.close()
    return Repaired(found, None, *lost)


def _take_out(store: Store, embedder: Embedder, numbers: Sequence[int]) -> _Lost:
    """Removes documents, and indexes records among them again whose text is sound."""
    if not numbers:
        return (), 0
    with store.transaction() as connection:
        rows = [_record(connection, number) for number in numbers]
    store.discard(numbers)
    return _put_again(rows, store, embedder)


def _put_again(rows: Sequence[Document | str | None], store: Store, embedder: Embedder) -> _Lost:
    sound = [Incoming(each, Origin(size=len(each.text))) for each in rows if isinstance(each, Document)]
    put_all(sound, sum(each.origin.size for each in sound), store, embedder)
    names = [each for each in rows if isinstance(each, str)]
    return tuple(name for name in names if name), names.count("")


def _record(connection: sqlite3.Connection, number: int) -> Document | str | None:
    """A record with a sound text; its name, where the text is not, "" where that cannot be read; None for a file."""
    columns = "source, text, title, metadata, hash, is_file"
    name = ""
    try:
        for row in connection.execute(f"SELECT {columns} FROM documents WHERE id = ?", (number,)):  # noqa: S608
            if row[5] == 1:
                return None
            name = str(row[0])
            document = Document(name, str(row[1]), str(row[2]), is_file=False, metadata=json.loads(row[3]))
            return document if document.hash == row[4] else name
        return "" if connection.execute("SELECT 1 FROM seals WHERE document = ?", (number,)).fetchone() else None
    except (sqlite3.Error, ValueError, TypeError):  # whatever a damaged row may hold
        return name


def _replace(path: Path, embedder: Embedder) -> tuple[Path, _Lost]:
    """Puts what can be read of a damaged database in its place."""
    aside = path.with_name(f".{path.name}-repair")
    try:
        with locked(path, "-indexing", KnowledgeError):
            with locked(path, "-lock", KnowledgeError):
                copy = copied_aside(path, "damaged")
            shutil.rmtree(aside, ignore_errors=True)  # of a repair that was killed
            mended = Store(aside / "index.db", embedder.name)
            with closing(sqlite3.connect(copy, isolation_level=None)) as old:
                lost = _take_over(old, mended, embedder)
            mended.compact()
            mended.close()
            with locked(path, "-lock", KnowledgeError):
                put_in_place(aside / "index.db", path)
            shutil.rmtree(aside)
    except (OSError, sqlite3.Error) as error:
        raise KnowledgeError(f"{path} cannot be mended: {error}", hint="is the disk full?") from error
    store = Store(path, embedder.name)
    store.files.sweep()
    store.close()
    return copy, lost


def _take_over(old: sqlite3.Connection, mended: Store, embedder: Embedder) -> _Lost:
    """Copies sound documents, and indexes records among the others again whose text is sound."""
    generation = _read(old, "SELECT CAST(value AS INTEGER) + 1 FROM settings WHERE key = 'generation'")
    used = _read(old, "SELECT name, seq FROM sqlite_sequence")
    chosen = [row for row in _read(old, "SELECT key, value FROM settings") if row[0] not in _OF_THE_OLD]
    with mended.transaction() as connection:
        another = generation or [(int(time.time()),)]  # so that whoever has it open looks again
        connection.executemany("UPDATE settings SET value = ? WHERE key = 'generation'", another)
        connection.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", chosen)
        connection.executemany("INSERT INTO sqlite_sequence VALUES (?, ?)", used)  # no number is used again
    numbers = list(_numbers(old))
    unsound: list[int] = []
    for start in range(0, len(numbers), _AT_ONCE):
        with mended.transaction() as connection:
            unsound += [each for each in numbers[start : start + _AT_ONCE] if not _copy_document(old, connection, each)]
    return _put_again([_record(old, number) for number in unsound], mended, embedder)


def _numbers(old: sqlite3.Connection) -> Iterator[int]:
    """Numbers that documents may have."""
    for sql in ("SELECT seq FROM sqlite_sequence WHERE name = 'documents'", "SELECT MAX(id) FROM documents"):
        for (last,) in _read(old, sql):
            yield from range(1, int(str(last or 0)) + 1)
            return


def _read(old: sqlite3.Connection, sql: str) -> list[tuple[object, ...]]:
    """The rows of a query, as far as they can be read."""
    rows: list[tuple[object, ...]] = []
    with suppress(sqlite3.Error):
        rows.extend(old.execute(sql))
    return rows


_TABLES = {
    "documents": "id = ?",
    "labels": "document = ?",
    "chunks": "document = ?",
    "vectors": "chunk IN (SELECT id FROM chunks WHERE document = ?)",
    "terms": "chunk IN (SELECT id FROM chunks WHERE document = ?)",
    "seals": "document = ?",
}
"""Where the rows of a document are."""


def _copy_document(old: sqlite3.Connection, new: sqlite3.Connection, number: int) -> bool:
    """Copies all rows of a document, and says whether it is there and sound."""
    new.execute("SAVEPOINT document")
    try:
        for table, which in _TABLES.items():
            columns = ", ".join(_columns(new, table))
            rows = old.execute(f"SELECT {columns} FROM {table} WHERE {which}", (number,)).fetchall()  # noqa: S608
            marks = ", ".join("?" * len(_columns(new, table)))
            new.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608  our own names
        seals = new.execute("SELECT seal FROM seals WHERE document = ?", (number,)).fetchone()
        sound = seals is not None and seals[0] == seal_of(new, number)
    except sqlite3.Error:
        sound = False
    if not sound:
        new.execute("ROLLBACK TO document")
    new.execute("RELEASE document")
    return sound


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
