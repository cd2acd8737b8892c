"""Between rows of the journal and values: the one place that knows how a message lies in its row.

The JSON of a message names its pictures by their hashes; their bytes lie in a table of their own, each once.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from chatbot import codec
from chatbot.database import Database
from chatbot.effects import Remember
from chatbot.errors import JournalError
from chatbot.journal.records import MessageState, StoredMessage
from chatbot.messages import Answer, Image, Message

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


def with_images(stored: Sequence[StoredMessage], database: Database) -> list[StoredMessage]:
    """The messages with the bytes of their pictures, of which equal ones share theirs."""
    wanted = {image.hash for each in stored for image in each.message.images}
    kept: dict[str, bytes] = {}
    for key in wanted:
        kept.update(database.read("SELECT hash, data FROM image WHERE hash = ?", (key,)))
    return [replace(each, message=_filled(each.message, kept)) if each.message.images else each for each in stored]


def _filled(message: Message, kept: Mapping[str, bytes]) -> Message:
    images = tuple(replace(image, data=kept.get(image.hash, b"")) for image in message.images)
    return replace(message, images=images)


def _keep_images(connection: sqlite3.Connection, message_id: int, images: Sequence[Image]) -> None:
    """Keeps the pictures of a message that has just been inserted."""
    for image in images:
        if image.data:
            connection.execute("INSERT OR IGNORE INTO image VALUES (?, ?)", (image.hash, image.data))
            connection.execute("INSERT OR IGNORE INTO carried VALUES (?, ?)", (message_id, image.hash))


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
    _keep_images(connection, number, said.message.images)
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
