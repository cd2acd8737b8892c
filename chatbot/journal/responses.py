"""Responses of services in the journal, byte for byte: what is made of them can be wrong, they cannot.

In: `RawReply`, as the client filled it. Out: which there are, of a conversation or of a run, and the bytes of each.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Sequence

from chatbot import codec
from chatbot.database import Database
from chatbot.errors import NotFoundError
from chatbot.journal.records import Received
from chatbot.raw_reply import RawReply

_LEVEL = 1
"""Of zlib: a stream of events becomes a tenth as long, at some hundred megabytes a second."""

_KEEP = "INSERT INTO received (effect, status, request_id, length, body) VALUES (?, ?, ?, ?, ?)"

_LIST = """
    SELECT received.id, turn.id, turn.model, status, request_id, length, effect.started, result.result
    FROM turn JOIN effect ON effect.turn = turn.id JOIN received ON received.effect = effect.id
        LEFT JOIN result ON result.effect = effect.id
    WHERE turn.session = ?1 OR turn.id = ?1 OR (turn.id >= ?1 || '.' AND turn.id < ?1 || '/')
    ORDER BY received.id
"""
"""Of a conversation, of one turn, or of a run, whose turns' keys begin with its own (see `evals.new_trace`)."""

_OLDEST = """
    SELECT id FROM (
        SELECT received.id, started FROM received JOIN effect ON effect.id = received.effect
        ORDER BY received.id LIMIT ?
    ) WHERE started < ?
"""

MOST_FORGOTTEN = 1_000
"""Responses at a time: some megabytes, which take a tenth of a second to overwrite."""

Row = tuple[int, str, int, bytes]


class Responses:
    """What services answered. Part of `Journal`."""

    _database: Database

    def received(self, of: str) -> list[Received]:
        """The responses of a conversation, a turn or a run, by its id, in the order in which their calls ended."""
        rows = self._database.read(_LIST, (of,))
        return [
            Received(number, turn, model, status, codec.decode(name), length, started, codec.decode(result or "null"))
            for number, turn, model, status, name, length, started, result in rows
        ]

    def forget_received(self, before: float) -> int:
        """Deletes responses of calls that were begun before that time, the oldest first; how many.

        At most `MOST_FORGOTTEN` of them. What was made of them stays.
        """
        oldest = self._database.read(_OLDEST, (MOST_FORGOTTEN, before))
        if oldest:
            with self._database.transaction() as connection:
                connection.executemany("DELETE FROM received WHERE id = ?", oldest)
        return len(oldest)

    def body(self, number: int) -> bytes:
        """The body of a response, as it came. Raises NotFoundError."""
        rows = self._database.read("SELECT body FROM received WHERE id = ?", (number,))
        if not rows:
            raise NotFoundError(f"there is no response {number}")
        return zlib.decompress(rows[0][0])


def packed(replies: Sequence[RawReply]) -> list[Row]:
    """Replies as `keep` takes them: as they came, but for the key, where a service has repeated it."""
    return [
        (each.status, codec.encode(each.request_id), len(each.body), zlib.compress(_without_key(each), _LEVEL))
        for each in replies
    ]


def _without_key(reply: RawReply) -> bytes | bytearray:
    """The body with asterisks for the key, so that its length stays."""
    key = reply.key.encode("utf-8", "surrogatepass")
    return reply.body.replace(key, b"*" * len(key)) if key else reply.body


def keep(connection: sqlite3.Connection, effect_id: int, rows: Iterable[Row]) -> None:
    """Keeps the responses of an effect, in the transaction that is open."""
    connection.executemany(_KEEP, [(effect_id, *row) for row in rows])
