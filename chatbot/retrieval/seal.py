"""The seal of a document in the index: a digest of every row that belongs to it, kept beside them.

SQLite notices a damaged page only where its own structure is hurt; a flipped bit in a text or a vector reads like any
other. In: a document's number. Out: its seal, the same for as long as no value has changed. It mends nothing.
"""

from __future__ import annotations

import hashlib
from sqlite3 import Connection, Error

from chatbot.database import Database

_PARTS = (
    """SELECT source, is_file, title, hash, metadata, text, has_lines, language, format
       FROM documents WHERE id = ?""",
    "SELECT key, value FROM labels WHERE document = ? ORDER BY key, value",
    """SELECT c.id, c.start, c.stop, c.line, c.heading, c.content, c.anchors, v.vector, t.packed
       FROM chunks c LEFT JOIN vectors v ON v.chunk = c.id LEFT JOIN terms t ON t.chunk = c.id
       WHERE c.document = ? ORDER BY c.id""",
)
"""What is sealed; a stamp is not, since it changes without the document. Columns by name: a later schema may add some,
and the seals that there are must hold."""


def seal_of(connection: Connection, document: int) -> bytes:
    """The digest of a document, 32 bytes. Raises sqlite3.Error where a row cannot be read."""
    digest = hashlib.sha256()
    for part in _PARTS:
        for row in connection.execute(part, (document,)):
            for value in row:
                data = value if isinstance(value, bytes) else str(value).encode()
                digest.update(b"%s %d " % (type(value).__name__.encode(), len(data)))
                digest.update(data)
    return digest.digest()


class Seals:
    """The seals in an index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def numbers(self) -> list[int]:
        """The number of each document, ascending."""
        return [int(number) for (number,) in self._database.read("SELECT id FROM documents ORDER BY id")]

    def source(self, number: int) -> str:
        """The source of a document; "" where it is gone."""
        found = self._database.read("SELECT source FROM documents WHERE id = ?", (number,))
        return str(found[0][0]) if found else ""

    def holds(self, number: int) -> bool | None:
        """Whether a document is what was put; None where it is gone, or was put before there were seals.

        Raises KnowledgeError where a row of it cannot be read.
        """
        with self._database.snapshot():
            seals = self._database.read("SELECT seal FROM seals WHERE document = ?", (number,))
            try:
                return bool(seal_of(self._database.connection, number) == seals[0][0]) if seals else None
            except Error as error:
                raise self._database.failure(error) from error

    def add_missing(self) -> None:
        """Seals, as they are, documents that were put before there were seals."""
        unsealed = "SELECT id FROM documents WHERE id NOT IN (SELECT document FROM seals)"
        with self._database.transaction() as connection:
            for (number,) in connection.execute(unsealed).fetchall():
                connection.execute("INSERT INTO seals VALUES (?, ?)", (number, seal_of(connection, number)))
