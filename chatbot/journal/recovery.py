"""What a program that died in the middle of a turn left behind is brought into its conversation.

Whatever of an answer was on the screen is in the journal; here it becomes a message. Nothing is asked of a model again.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from chatbot import codec
from chatbot.database import Database
from chatbot.effects import Remember
from chatbot.journal.presence import Presence
from chatbot.journal.records import MessageState, StoredMessage
from chatbot.journal.rows import built, insert_message
from chatbot.journal.turns import CLOSE_TURN
from chatbot.messages import Answer, Finish, Reply, message

_OPEN = "SELECT id, model, process FROM turn WHERE session = ? AND state IS NULL ORDER BY started"

_LAST_MESSAGE = "SELECT max(id) FROM message WHERE session = ? AND turn = ?"

_UNSAID = """
    SELECT effect.id, result.result
    FROM effect LEFT JOIN result ON result.effect = effect.id AND NOT failed
    WHERE turn = ?1 AND kind = 'generate' AND json_extract(request, '$.purpose') = 'answer'
        AND effect.id > (SELECT coalesce(max(after_effect), 0) FROM message WHERE turn = ?1)
    ORDER BY effect.id DESC LIMIT 1
"""
"""The last answer of the model that no message was made of."""


@dataclass(frozen=True, slots=True)
class _Left:
    """What was left of an answer."""

    text: str = ""
    finish: Finish = "interrupted"

    @property
    def state(self) -> MessageState:
        if not self.text:
            return "failed"
        return "complete" if self.finish == "complete" else "interrupted"


def recover(database: Database, presence: Presence, session_id: str) -> StoredMessage | None:
    """Closes the session's turns whose program is gone; returns the message that was made of the last of them."""
    if not database.read(_OPEN, (session_id,)):
        return None
    recovered = None
    with database.transaction() as connection:
        for trace_id, model, process in connection.execute(_OPEN, (session_id,)).fetchall():
            if presence.is_alive(process):
                continue
            left = _left(connection, trace_id)
            recovered = _append(connection, session_id, left, trace_id=trace_id, model=model) or recovered
            connection.execute(CLOSE_TURN, (left.state, time.time(), trace_id))
    return recovered


def _left(connection: sqlite3.Connection, trace_id: str) -> _Left:
    row = connection.execute(_UNSAID, (trace_id,)).fetchone()
    if row is None:
        return _Left()
    effect_id, result = row
    if result:
        reply = built(Reply, result)
        return _Left(reply.text, "interrupted" if reply.tool_calls else reply.finish)
    pieces = connection.execute("SELECT text FROM shown WHERE effect = ? ORDER BY piece", (effect_id,))
    return _Left("".join(codec.decode(text) for (text,) in pieces))


def _append(
    connection: sqlite3.Connection, session_id: str, left: _Left, *, trace_id: str, model: str
) -> StoredMessage | None:
    """Appends what is left after the turn's last message, and moves the head along where it stands there."""
    (parent,) = connection.execute(_LAST_MESSAGE, (session_id, trace_id)).fetchone()
    if parent is None or not left.text:
        return None
    answer = Answer(left.text, finish=left.finish, model=model, trace_id=trace_id)
    said = Remember(message("assistant", left.text, "model"), answer=answer)
    stored = insert_message(connection, session_id, said, parent=parent, trace_id=trace_id, state=left.state)
    connection.execute("UPDATE session SET head = ? WHERE id = ? AND head = ?", (stored.id, session_id, parent))
    return stored
