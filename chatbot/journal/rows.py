"""Between rows of the journal and values: the one place that knows how a message lies in its row."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from typing import Any, TypeVar

from chatbot import codec
from chatbot.effects import Remember
from chatbot.errors import JournalError
from chatbot.journal.records import MessageState, StoredMessage
from chatbot.messages import Answer, Message

T = TypeVar("T")

INSERT_MESSAGE = """
    INSERT INTO message (session, parent, message, display, state, turn, answer, created, after_effect)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT max(id) FROM effect WHERE turn = ?6))
"""


def stored_message(row: Sequence[Any]) -> StoredMessage:
    """The message of a row: id, parent, message, display, state, turn, answer, created."""
    number, parent, message, display, state, trace_id, answer, created = row
    return StoredMessage(
        number,
        parent,
        built(Message, message),
        codec.decode(display),
        state,
        trace_id,
        built(Answer, answer) if answer else None,
        created,
    )


def insert_message(
    connection: sqlite3.Connection,
    session_id: str,
    said: Remember,
    *,
    parent: int | None,
    trace_id: str,
    state: MessageState,
) -> StoredMessage:
    """Appends the message of `said`; its evidence and the session's head are the caller's."""
    now = time.time()
    message, display = codec.encode(said.message), codec.encode(said.display)
    answer = codec.encode(said.answer) if said.answer else None
    row = (session_id, parent, message, display, state, trace_id, answer, now)
    number = connection.execute(INSERT_MESSAGE, row).lastrowid
    assert number is not None
    return StoredMessage(number, parent, said.message, said.display, state, trace_id, said.answer, now)


def move_head(connection: sqlite3.Connection, session_id: str, message_id: int | None) -> None:
    """Lets the session stand on this message."""
    connection.execute("UPDATE session SET head = ? WHERE id = ?", (message_id, session_id))


def built(kind: type[T], text: str) -> T:
    """The value whose JSON a row holds. Raises JournalError for a row that this program cannot have written."""
    try:
        return codec.build(kind, codec.decode(text))
    except ValueError as error:
        raise JournalError(f"a row of the journal cannot be read: {error}", hint="the file may be damaged") from error
