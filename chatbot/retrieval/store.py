"""The truth about the knowledge: one SQLite file of documents, chunks, vectors and the lexical index.

A document is committed whole or not at all; ids are never used again; every change counts up the generation.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

import numpy as np
from numpy.typing import NDArray

from chatbot.database import open_database
from chatbot.errors import EmbedderMismatch, KnowledgeError
from chatbot.messages import Passage
from chatbot.retrieval.load import Document
from chatbot.retrieval.split import Chunk

MIGRATIONS = (
    """
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, is_file INTEGER NOT NULL, title TEXT NOT NULL,
        hash TEXT NOT NULL, text TEXT NOT NULL, metadata TEXT NOT NULL, stamp TEXT NOT NULL
    );
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        start INTEGER NOT NULL, stop INTEGER NOT NULL, line INTEGER NOT NULL, heading TEXT NOT NULL,
        vector BLOB NOT NULL
    );
    CREATE INDEX chunks_document ON chunks (document);
    CREATE VIRTUAL TABLE lexical USING fts5 (text, tokenize = 'porter unicode61');
    INSERT INTO settings VALUES ('generation', '0');
    """,
)

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stored:
    """A document in the index, without its text."""

    id: int
    source: str
    hash: str
    stamp: str


class Store:
    """An open index. `embedder` names who makes its vectors: EmbedderMismatch where another one made those in it."""

    def __init__(self, path: Path | None, embedder: str, *, rebuild: bool = False) -> None:
        self.path = path
        self._database = open_database(path, MIGRATIONS, error=KnowledgeError)
        made_by = self.setting("embedder")
        if made_by not in (None, embedder) and not rebuild:
            raise EmbedderMismatch(
                f"{path} was built by the embedder {made_by}, not {embedder}", hint="run: chatbot index --rebuild"
            )
        if rebuild:
            self.remove([stored.source for stored in self.documents()])
        if made_by != embedder:
            self.set_setting("embedder", embedder)

    def setting(self, key: str) -> str | None:
        """A setting of the index."""
        found = self._database.read("SELECT value FROM settings WHERE key = ?", (key,))
        return str(found[0][0]) if found else None

    def set_setting(self, key: str, value: str) -> None:
        """Sets a setting."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))

    @property
    def generation(self) -> int:
        """Counts up with every change."""
        return int(self.setting("generation") or 0)

    def documents(self) -> list[Stored]:
        """Every document."""
        return [
            Stored(*row) for row in self._database.read("SELECT id, path, hash, stamp FROM documents ORDER BY path")
        ]

    def count(self) -> tuple[int, int]:
        """Documents and chunks."""
        counted = self._database.read("SELECT (SELECT COUNT(*) FROM documents), (SELECT COUNT(*) FROM chunks)")
        return int(counted[0][0]), int(counted[0][1])

    def text(self, source: str) -> str | None:
        """A document's text."""
        found = self._database.read("SELECT text FROM documents WHERE path = ?", (source,))
        return str(found[0][0]) if found else None

    def put(self, document: Document, chunks: Sequence[Chunk], vectors: Vectors, stamp: str) -> None:
        """Commits a document in the place of the one with its source, if there is one."""
        with self._database.transaction() as connection:
            self._delete(connection, document.source)
            row = (document.source, document.is_file, document.title, document.hash, document.text)
            added = connection.execute(
                "INSERT INTO documents (path, is_file, title, hash, text, metadata, stamp)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*row, json.dumps(dict(document.metadata)), stamp),
            )
            for chunk, vector in zip(chunks, vectors, strict=True):
                place = (added.lastrowid, chunk.start, chunk.end, chunk.line, json.dumps(chunk.heading))
                made = connection.execute(
                    "INSERT INTO chunks (document, start, stop, line, heading, vector) VALUES (?, ?, ?, ?, ?, ?)",
                    (*place, vector.astype(np.float32).tobytes()),
                )
                connection.execute(
                    "INSERT INTO lexical (rowid, text) VALUES (?, ?)", (made.lastrowid, for_search(document, chunk))
                )
            self._count_up(connection)

    def touch(self, source: str, stamp: str) -> None:
        """Records that a file with a new stamp has the same text."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE documents SET stamp = ? WHERE path = ?", (stamp, source))

    def remove(self, sources: Sequence[str]) -> None:
        """Removes documents, with all that belongs to them."""
        with self._database.transaction() as connection:
            for source in sources:
                self._delete(connection, source)
            if sources:
                self._count_up(connection)

    def vectors(self) -> tuple[NDArray[np.int64], Vectors, int]:
        """Ids and vectors of all chunks, and the generation they belong to."""
        sql = "SELECT id, vector, (SELECT value FROM settings WHERE key = 'generation') FROM chunks ORDER BY id"
        rows = self._database.read(sql)  # one statement, so that all is of one generation
        generation = int(rows[0][2]) if rows else self.generation
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        return ids, np.frombuffer(b"".join(row[1] for row in rows), dtype=np.float32).reshape(len(rows), -1), generation

    def lexical(self, query: str, limit: int) -> list[tuple[int, float]]:
        """Chunk ids and BM25 scores, best first. `query` is FTS5 syntax."""
        sql = "SELECT rowid, -bm25(lexical) FROM lexical WHERE lexical MATCH ? ORDER BY bm25(lexical) LIMIT ?"
        return [(int(row[0]), float(row[1])) for row in self._database.read(sql, (query, limit))]

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """The passages of these chunks; ids that are gone are left out."""
        marks = ",".join("?" * len(ids))
        sql = f"""SELECT c.id, c.start, c.stop, c.line, c.heading, d.path, d.is_file, d.title, d.hash, d.metadata,
                         substr(d.text, c.start + 1, c.stop - c.start)
                  FROM chunks c JOIN documents d ON d.id = c.document WHERE c.id IN ({marks})"""  # noqa: S608  only marks
        return {int(row[0]): _passage(*row[1:]) for row in self._database.read(sql, tuple(ids))}

    def openings(self, limit: int) -> list[int]:
        """The first chunk with text of each document, by path."""
        sql = """SELECT MIN(c.id) FROM chunks c JOIN documents d ON d.id = c.document
                 WHERE c.stop - c.start > 80 GROUP BY d.id ORDER BY d.path LIMIT ?"""
        return [int(row[0]) for row in self._database.read(sql, (limit,))]

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def _delete(self, connection: Connection, source: str) -> None:
        old = connection.execute(
            "SELECT c.id FROM chunks c JOIN documents d ON d.id = c.document WHERE d.path = ?", (source,)
        )
        connection.executemany("DELETE FROM lexical WHERE rowid = ?", old.fetchall())
        connection.execute("DELETE FROM documents WHERE path = ?", (source,))

    def _count_up(self, connection: Connection) -> None:
        connection.execute("UPDATE settings SET value = CAST(value AS INTEGER) + 1 WHERE key = 'generation'")


def for_search(document: Document, chunk: Chunk) -> str:
    """What is embedded and indexed of a chunk: its title and headings, then its text."""
    above = [document.title, *chunk.heading]
    unique = [part for number, part in enumerate(above) if part and part not in above[:number]]
    return "\n".join([" > ".join(unique), document.text[chunk.start : chunk.end]]).strip()


def _passage(
    start: int,
    stop: int,
    line: int,
    heading: str,
    source: str,
    is_file: int,
    title: str,
    hash_: str,
    metadata: str,
    text: str,
) -> Passage:
    return Passage(
        text=text,
        start=start,
        end=stop,
        line=line,
        path=source if is_file else None,
        record_id=None if is_file else source,
        title=title,
        heading=tuple(json.loads(heading)),
        document_hash=hash_,
        metadata=json.loads(metadata),
    )
