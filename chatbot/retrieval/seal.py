"""The seal of a document in the index: a digest of every row that belongs to it, kept beside them.

SQLite notices a damaged page only where its own structure is hurt; a flipped bit in a text or a vector reads like any
other. In: an open connection and a document's number. Out: the digest, the same for as long as no value has changed.
It reads rows and changes none.
"""

from __future__ import annotations

import hashlib
from sqlite3 import Connection

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
                data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
                digest.update(b"%s %d " % (type(value).__name__.encode(), len(data)))
                digest.update(data)
    return digest.digest()
