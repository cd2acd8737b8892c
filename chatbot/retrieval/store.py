"""The truth about the knowledge: one SQLite file of documents, chunks, and the vector and the terms of each chunk.

A document is committed whole or not at all, with all that belongs to it; ids are never used again; every change counts
up the generation. It neither reads files nor embeds, and ranks nothing.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

import numpy as np
from numpy.typing import NDArray

from chatbot.anchors import Anchor, anchors_within
from chatbot.database import open_database
from chatbot.errors import EmbedderMismatch, KnowledgeError
from chatbot.locks import FileLock
from chatbot.messages import Metadata, Passage
from chatbot.retrieval.expand import Surroundings
from chatbot.retrieval.index_files import IndexFiles
from chatbot.retrieval.lexical_terms import packed_terms
from chatbot.retrieval.load import Document
from chatbot.retrieval.schema import MIGRATIONS
from chatbot.retrieval.seal import Seals, seal_of
from chatbot.retrieval.split import Chunk
from chatbot.retrieval.where import condition, labels_of

MENDING = "run: chatbot index --repair"

Ids = NDArray[np.int64]
Vectors = NDArray[np.float32]

_MOST_PARAMETERS = 900
"""Values in one statement; SQLite before 3.32 takes 999."""
_TERMS_AT_ONCE = 10_000
"""Chunks whose terms are read at a time, 10 MB."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A document in the index, without its text."""

    source: str
    is_file: bool
    hash: str
    stamp: str
    """See `load.stamp`; "" for records, and where the file must be read to tell whether it has changed."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of where a document was read."""

    stamp: str = ""
    """As in `Stored`."""
    size: int = 0
    """Bytes of the file, or characters of a record."""
    seconds: float = 0.0
    """What reading and splitting it took."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A document in the index, by its measures."""

    source: str
    title: str
    is_file: bool
    format: str
    size: int
    """As in `Origin`; of an index that older versions built, characters."""
    seconds: float
    chunks: int


class Store:
    """An open index. `embedder` names who makes its vectors: EmbedderMismatch where another one made those in it."""

    def __init__(self, path: Path | None, embedder: str, *, rebuild: bool = False) -> None:
        self.path = path
        functions = {"packed_terms": packed_terms}
        self._database = open_database(path, MIGRATIONS, error=KnowledgeError, mending=MENDING, functions=functions)
        self.files = IndexFiles(self._database, path)
        self.seals = Seals(self._database)
        self._indexing = threading.Lock()
        made_by = self.setting("embedder")
        if made_by not in (None, embedder) and not rebuild:
            raise EmbedderMismatch(
                f"{path} was built by the embedder {made_by}, not {embedder}", hint="run: chatbot index --rebuild"
            )
        if rebuild:
            self._empty()
        if made_by != embedder:
            self.set_setting("embedder", embedder)

    # --- settings -----------------------------------------------------------------------------------------------------

    def setting(self, key: str) -> str | None:
        """A setting of the index."""
        found = self._database.read("SELECT value FROM settings WHERE key = ?", (key,))
        return str(found[0][0]) if found else None

    def set_setting(self, key: str, value: str) -> None:
        """Sets a setting."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))

    @property
    def generation(self) -> int:
        """Counts up with every change."""
        return int(self.setting("generation") or 0)

    # --- one state ----------------------------------------------------------------------------------------------------

    def transaction(self) -> AbstractContextManager[Connection]:
        """A write transaction; see `Database.transaction`."""
        return self._database.transaction()

    def snapshot(self) -> AbstractContextManager[None]:
        """All reads in the block see one state, whatever is committed meanwhile; see `Database.snapshot`."""
        return self._database.snapshot()

    @contextmanager
    def indexing(self) -> Iterator[None]:
        """One at a time, of all threads and programs: whoever comes second would only do the same work again."""
        with self._indexing:
            lock = _indexing_lock(self.path) if self.path else None
            try:
                while lock is not None and not lock.acquire():
                    time.sleep(0.05)
                yield
            finally:
                if lock is not None:
                    lock.close()

    # --- documents ----------------------------------------------------------------------------------------------------

    def documents(self) -> list[Stored]:
        """Every document, by source."""
        rows = self._database.read("SELECT source, is_file, hash, stamp FROM documents ORDER BY source")
        return [Stored(source, bool(is_file), hash_, stamp) for source, is_file, hash_, stamp in rows]

    def labelled(self, key: str) -> list[tuple[str, str]]:
        """The documents with metadata of this name, by source, each with its value as text."""
        with_label = "SELECT source, value FROM labels JOIN documents ON documents.id = document WHERE key = ?"
        rows = self._database.read(f"{with_label} ORDER BY source", (key,))
        return [(source, str(json.loads(value))) for source, value in rows]

    def find(self, source: str) -> Stored | None:
        """A document."""
        rows = self._database.read("SELECT is_file, hash, stamp FROM documents WHERE source = ?", (source,))
        return Stored(source, bool(rows[0][0]), *rows[0][1:]) if rows else None

    def text(self, source: str) -> str | None:
        """A document's text."""
        found = self._database.read("SELECT text FROM documents WHERE source = ?", (source,))
        return str(found[0][0]) if found else None

    def count(self) -> tuple[int, int]:
        """Documents and chunks."""
        counted = self._database.read("SELECT (SELECT COUNT(*) FROM documents), (SELECT COUNT(*) FROM chunks)")
        return int(counted[0][0]), int(counted[0][1])

    def profiles(self) -> list[Profile]:
        """Every document's measures, by source."""
        sql = """SELECT d.source, d.title, d.is_file, d.format, COALESCE(NULLIF(d.size, 0), LENGTH(d.text)), d.seconds,
                        (SELECT COUNT(*) FROM chunks c WHERE c.document = d.id)
                 FROM documents d ORDER BY d.source"""
        return [
            Profile(source, title, bool(is_file), form, size, seconds, chunks)
            for source, title, is_file, form, size, seconds, chunks in self._database.read(sql)
        ]

    def put(
        self, document: Document, chunks: Sequence[Chunk], vectors: Iterable[Vectors], origin: Origin = Origin()
    ) -> None:
        """Commits a document in the place of the one with its source, if there is one."""
        with self.transaction() as connection:
            _delete(connection, document.source)
            added = connection.execute(
                "INSERT INTO documents (source, is_file, title, hash, stamp, metadata, text, has_lines,"
                " language, format, size, seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                _row(document, origin),
            ).lastrowid
            assert added is not None, "an INSERT gives its row a number"
            labels = labels_of(document.source, document.metadata, is_file=document.is_file)
            connection.executemany("INSERT INTO labels VALUES (?, ?, ?)", [(*label, added) for label in labels])
            for chunk, vector in zip(chunks, vectors, strict=True):
                searched = chunk.searched(document.text)
                line = chunk.line if document.has_lines else 0
                anchors = _written(anchors_within(document.anchors, chunk.start, chunk.end))
                made = connection.execute(
                    "INSERT INTO chunks (document, start, stop, line, heading, content, anchors)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (added, chunk.start, chunk.end, line, json.dumps(chunk.heading), content_of(searched), anchors),
                ).lastrowid
                connection.execute("INSERT INTO vectors VALUES (?, ?)", (made, vector.astype("<f4").tobytes()))
                connection.execute("INSERT INTO terms VALUES (?, ?)", (made, packed_terms(searched)))
            connection.execute("INSERT INTO seals VALUES (?, ?)", (added, seal_of(connection, added)))
            _count_up(connection)

    def set_stamps(self, stamps: Mapping[str, str]) -> None:
        """Records, by source, that files with a new stamp have the same text."""
        if stamps:
            with self.transaction() as connection:
                connection.executemany(
                    "UPDATE documents SET stamp = ? WHERE source = ?", [(stamps[source], source) for source in stamps]
                )

    def remove(self, sources: Sequence[str]) -> None:
        """Removes documents, with all that belongs to them; those that are not there are passed over."""
        if sources:
            with self.transaction() as connection:
                for source in sources:
                    _delete(connection, source)
                _count_up(connection)

    # --- vectors ------------------------------------------------------------------------------------------------------

    def chunk_ids(self, where: Metadata | None = None) -> Ids:
        """Ids of all chunks, or of those of documents with these labels, ascending."""
        wanted, values = condition(where or {}, self._database.read)
        rows = self._database.read(f"SELECT id FROM chunks{wanted} ORDER BY id", values)  # noqa: S608  marks only
        return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))

    def chunk_ids_above(self, highest: int) -> Ids:
        """Ids of the chunks that came after the one with this id, ascending."""
        rows = self._database.read("SELECT id FROM chunks WHERE id > ? ORDER BY id", (highest,))
        return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))

    def vectors(self, ids: Ids) -> Vectors:
        """Vectors of chunks that are there, in the order of their ascending ids."""
        return self.vectors_there(ids)[1]

    def vectors_there(self, ids: Ids) -> tuple[Ids, Vectors]:
        """Those of these chunks that are there, ascending, and their vectors."""
        there, rows = np.empty(len(ids), dtype=np.int64), np.empty((0, 0), dtype=np.float32)
        count = 0
        for part in _parts(ids.tolist()):
            sql = f"SELECT chunk, vector FROM vectors WHERE chunk IN ({_marks(part)}) ORDER BY chunk"  # noqa: S608  marks
            if not (found := self._database.read(sql, part)):
                continue
            if not count:
                rows = np.empty((len(ids), len(found[0][1]) // 4), dtype=np.float32)
            end = count + len(found)
            there[count:end] = [row[0] for row in found]
            rows[count:end] = np.frombuffer(b"".join(row[1] for row in found), dtype="<f4").reshape(len(found), -1)
            count = end
        return there[:count], rows[:count]

    def known_vectors(self, contents: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Vectors of texts that have been embedded before, by content."""
        known: dict[bytes, Vectors] = {}
        for part in _parts(list(contents)):
            sql = f"""SELECT c.content, v.vector FROM chunks c JOIN vectors v ON v.chunk = c.id
                      WHERE c.content IN ({_marks(part)})"""  # noqa: S608  marks only
            rows = self._database.read(sql, part)
            known.update((bytes(row[0]), np.frombuffer(row[1], dtype="<f4")) for row in rows)
        return known

    # --- search -------------------------------------------------------------------------------------------------------

    def label_keys(self) -> list[str]:
        """What documents can be filtered by."""
        return [str(row[0]) for row in self._database.read("SELECT DISTINCT key FROM labels ORDER BY key")]

    def terms_after(self, newest: int) -> Iterator[tuple[list[int], list[bytes]]]:
        """Ids and packed terms of the chunks that came after this one, by ascending id, some at a time."""
        sql = "SELECT chunk, packed FROM terms WHERE chunk > ? ORDER BY chunk LIMIT ?"
        while rows := self._database.read(sql, (newest, _TERMS_AT_ONCE)):
            newest = rows[-1][0]
            yield [row[0] for row in rows], [row[1] for row in rows]

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """The passages of these chunks; ids that are gone are left out."""
        found: dict[int, Passage] = {}
        for part in _parts(list(ids)):
            sql = f"""SELECT c.id, c.start, c.stop, c.line, c.heading, d.source, d.is_file, d.title, d.hash, d.metadata,
                             c.anchors, substr(d.text, c.start + 1, c.stop - c.start)
                      FROM chunks c JOIN documents d ON d.id = c.document
                      WHERE c.id IN ({_marks(part)})"""  # noqa: S608  marks only
            found.update((int(row[0]), _passage(row[1:])) for row in self._database.read(sql, part))
        return found

    def around(self, chunk: int, reach: int) -> Surroundings | None:
        """A chunk with as many as `reach` of its document's on each side; None where it is gone."""
        of_document = "SELECT id FROM chunks WHERE document = (SELECT document FROM chunks WHERE id = ?) AND id"
        values = (chunk, chunk, reach + 1)
        before = self._database.read(f"{of_document} < ? ORDER BY id DESC LIMIT ?", values)
        after = self._database.read(f"{of_document} >= ? ORDER BY id LIMIT ?", (*values[:2], reach + 2))
        if not after:
            return None
        ids = [int(row[0]) for row in (*reversed(before[:reach]), *after[: reach + 1])]
        found = self.passages(ids)
        chunks = [found[key] for key in ids]
        sql = "SELECT substr(d.text, ? + 1, ?) FROM documents d JOIN chunks c ON c.document = d.id WHERE c.id = ?"
        start, end = chunks[0].start, chunks[-1].end
        text = str(self._database.read(sql, (start, end - start, chunk))[0][0])
        return Surroundings(ids, chunks, text, whole=len(before) <= reach and len(after) <= reach + 1)

    def openings(self, limit: int) -> list[int]:
        """The first chunk of some length of each document, else its first, by source."""
        sql = """SELECT COALESCE(MIN(CASE WHEN c.stop - c.start > 80 THEN c.id END), MIN(c.id))
                 FROM chunks c JOIN documents d ON d.id = c.document GROUP BY d.id ORDER BY d.source LIMIT ?"""
        return [int(row[0]) for row in self._database.read(sql, (limit,))]

    # --- soundness ----------------------------------------------------------------------------------------------------

    def check(self) -> str:
        """Reads every page and says in a line how the database is. Raises KnowledgeError where it is damaged."""
        return self._database.check()

    def discard(self, numbers: Sequence[int]) -> None:
        """Removes documents by number, as where their names cannot be relied on."""
        with self.transaction() as connection:
            for number in numbers:
                _delete(connection, number)
            _count_up(connection)

    def compact(self) -> None:
        """Rewrites the file so that it takes no more room than it needs and holds nothing of what was removed.

        Derived files, which may hold words and vectors of it, are removed too, to be made again when they are needed.
        """
        for kind in self.files.kinds():
            self.files.forget(kind)
        if self.path:
            self.path.with_suffix(".faiss").unlink(missing_ok=True)  # where version 1 kept its vectors
        self._database.compact()

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def _empty(self) -> None:
        with self.transaction() as connection:
            connection.execute("DELETE FROM documents")
            connection.execute("DELETE FROM settings WHERE key NOT IN ('generation', 'embedder')")
            connection.execute("DELETE FROM files")
            connection.execute("DELETE FROM failures")
            _count_up(connection)
        self.files.sweep()


def _indexing_lock(path: Path) -> FileLock | None:
    """The lock of those who index; None where the file system cannot lock."""
    path = path.with_name(f"{path.name}-indexing")
    try:
        lock = FileLock(path)
        if lock.supported:
            return lock
        lock.close()
    except OSError as error:
        what = f"{path} cannot be opened: {error.strerror}"
        raise KnowledgeError(what, hint="check the disk, and that you may write to its folder") from error
    return None


def content_of(searched: str) -> bytes:
    """Stands for a text that is embedded: equal for equal texts."""
    return hashlib.sha256(searched.encode("utf-8", "surrogatepass")).digest()[:16]


def _written(anchors: Iterable[Anchor]) -> str:
    return json.dumps([[each.start, each.kind, each.name, each.group] for each in anchors])


def _row(document: Document, origin: Origin) -> tuple[object, ...]:
    """The columns of a document, in the order of the statement that inserts it."""
    return (
        *(document.source, document.is_file, document.title, document.hash, origin.stamp),
        *(json.dumps(dict(document.metadata)), document.text),
        *(document.has_lines, document.language, document.format, origin.size, origin.seconds),
    )


def _delete(connection: Connection, document: str | int) -> None:
    """Removes a document, by source or by number."""
    which = "source = ?" if isinstance(document, str) else "id = ?"
    connection.execute(f"DELETE FROM documents WHERE {which}", (document,))  # noqa: S608  constants


def _count_up(connection: Connection) -> None:
    connection.execute("UPDATE settings SET value = CAST(value AS INTEGER) + 1 WHERE key = 'generation'")


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _parts(values: list[object] | list[int] | list[bytes]) -> Iterator[list[object]]:
    for start in range(0, len(values), _MOST_PARAMETERS):
        yield list(values[start : start + _MOST_PARAMETERS])


def _passage(row: Sequence[object]) -> Passage:
    start, stop, line, heading, source, is_file, title, hash_, metadata, anchors, text = row
    begin, end = int(str(start)), int(str(stop))
    return Passage(
        text=str(text),
        start=begin,
        end=end,
        line=int(str(line)),
        path=str(source) if is_file else None,
        record_id=None if is_file else str(source),
        title=str(title),
        heading=tuple(json.loads(str(heading))),
        document_hash=str(hash_),
        metadata=_metadata(str(metadata)),
        anchors=tuple(Anchor(*each) for each in json.loads(str(anchors))),
    )


def _metadata(written: str) -> Metadata:
    """Metadata as it was before JSON, which has no tuples."""
    values = json.loads(written).items()
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values}
