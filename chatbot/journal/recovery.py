"""What a program that died in the middle of a turn left behind is brought into its conversation.

The question, and whatever of an answer was on the screen, are in the journal; here they become messages. Nothing is
asked of a model again.
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

_OPEN = """
    SELECT process, id, session, model, question, parent FROM turn
    WHERE session = ? AND state IS NULL ORDER BY started
"""

_LAST_MESSAGE = "SELECT id, answer IS NOT NULL FROM message WHERE session = ? AND turn = ? ORDER BY id DESC LIMIT 1"

_UNSAID = """
    SELECT effect.id, result.result
    FROM effect LEFT JOIN result ON result.effect = effect.id AND NOT failed
    WHERE turn = ?1 AND kind = 'generate' AND json_extract(request, '$.purpose') = 'answer'
        AND effect.id > (SELECT coalesce(max(after_effect), 0) FROM message WHERE turn = ?1)
    ORDER BY effect.id DESC LIMIT 1
"""
"""The last answer of the model that no message was made of."""


_DIED = """
    SELECT turn.model FROM turn JOIN effect ON effect.turn = turn.id LEFT JOIN result ON result.effect = effect.id
    WHERE turn.id = (SELECT id FROM turn WHERE session = ? ORDER BY started DESC, id DESC LIMIT 1)
        AND turn.state IS NOT NULL AND kind = 'generate' AND result.effect IS NULL
"""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn whose program is gone."""

    trace_id: str
    session_id: str
    model: str
    question: str
    """As JSON."""
    parent: int | None


def recover(database: Database, presence: Presence, session_id: str) -> StoredMessage | None:
    """Closes the session's turns whose program is gone; returns the last message that was made of what they left."""
    if not database.read(_OPEN, (session_id,)):
        return None
    recovered = None
    with database.transaction() as connection:
        for process, *columns in connection.execute(_OPEN, (session_id,)).fetchall():
            if not presence.is_alive(process):
                turn = _Turn(*columns)
                stored, state = _finish(connection, turn)
                connection.execute(CLOSE_TURN, (state, time.time(), turn.trace_id))
                recovered = stored or recovered
    return recovered


def died_calls(database: Database, session_id: str) -> list[str]:
    """The model of each call of a session's last turn that was under way when its program died."""
    return [model for (model,) in database.read(_DIED, (session_id,))]


def _finish(connection: sqlite3.Connection, turn: _Turn) -> tuple[StoredMessage | None, MessageState]:
    """Appends what the turn left; the message, if it left any, and the state that the turn ends in."""
    last = connection.execute(_LAST_MESSAGE, (turn.session_id, turn.trace_id)).fetchone()
    if last is None:
        question = codec.decode(turn.question)
        asked = Remember(message("user", question, "user"), display=question)
        return (_append(connection, turn, asked, turn.parent, "failed") if question else None), "failed"
    parent, answered = last
    text, finish = unsaid(connection, turn.trace_id)
    if not text:
        return None, "complete" if answered else "failed"
    state: MessageState = "complete" if finish == "complete" else "interrupted"
    answer = Answer(text, finish=finish, model=turn.model, trace_id=turn.trace_id)
    said = Remember(message("assistant", text, "model"), answer=answer)
    return _append(connection, turn, said, parent, state), state


def unsaid(connection: sqlite3.Connection, trace_id: str) -> tuple[str, Finish]:
    """What the model said that no message holds: all of it, where it had ended, or as much as was on the screen."""
    last = connection.execute(_UNSAID, (trace_id,)).fetchone()
    if last is None:
        return "", "interrupted"
    effect_id, result = last
    if result:
        reply = built(Reply, result)
        return reply.text, "interrupted" if reply.tool_calls else reply.finish
    pieces = connection.execute("SELECT text FROM shown WHERE effect = ? ORDER BY piece", (effect_id,))
    return "".join(codec.decode(text) for (text,) in pieces), "interrupted"


def _append(
    connection: sqlite3.Connection, turn: _Turn, said: Remember, parent: int | None, state: MessageState
) -> StoredMessage:
    """Appends a message, and moves the session's head along where it still stands on the parent."""
    stored = insert_message(connection, turn.session_id, said, parent=parent, trace_id=turn.trace_id, state=state)
    sql = "UPDATE session SET head = ? WHERE id = ? AND head IS ?"
    connection.execute(sql, (stored.id, turn.session_id, parent))
    return stored
