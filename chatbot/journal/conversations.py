"""Conversations in the journal: sessions, their trees of messages, their evidence, and what users thought of it."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from chatbot import codec
from chatbot.database import Database
from chatbot.effects import Remember
from chatbot.errors import JournalError, NotFoundError, nearest
from chatbot.journal.records import Feedback, MessageState, SessionInfo, StoredMessage, Verdict
from chatbot.journal.rows import INSERT_MESSAGE, built, insert_message, move_head, stored_message, with_images
from chatbot.messages import Evidence, Passage

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without letters and digits that are taken for one another."""

_BRANCH = """
    WITH RECURSIVE branch (id) AS (
        SELECT ?2 UNION ALL SELECT message.parent FROM message JOIN branch ON message.id = branch.id
    )
    SELECT id, parent, message, display, state, turn, answer, created
    FROM message WHERE session = ?1 AND id IN branch ORDER BY id
"""
"""Root to head: a parent is older than its children, and so has the smaller number."""

_TREE = """
    SELECT id, parent, message, display, state, turn, answer, created
    FROM message WHERE session = ? ORDER BY id
"""

_SESSIONS = """
    SELECT * FROM session_info WHERE messages > 0 OR id IN (SELECT session FROM turn WHERE state IS NULL)
    ORDER BY updated DESC, id DESC
"""

_CARRY = "INSERT INTO carried SELECT ?, hash FROM carried WHERE message = ?"


class Conversations:
    """Sessions and their messages. Part of `Journal`."""

    _database: Database

    # --- sessions -----------------------------------------------------------------------------------------------------

    def create_session(self, title: str = "") -> str:
        """Id of a new session."""
        with self._database.transaction() as connection:
            return _create_session(connection, title)

    def session(self, id_or_beginning: str) -> SessionInfo:
        """The session with this id, or the only one whose id begins so. Raises NotFoundError."""
        sql = "SELECT * FROM session_info WHERE substr(id, 1, ?) = ? ORDER BY id DESC"
        found = [SessionInfo(*row) for row in self._database.read(sql, (len(id_or_beginning), _clean(id_or_beginning)))]
        if id_or_beginning and len(found) == 1:  # ids are of one length: none is the beginning of another
            return found[0]
        if id_or_beginning and found:
            several = ", ".join(info.id for info in found[:4])
            raise NotFoundError(f"{len(found)} sessions begin with {id_or_beginning!r}", hint=f"such as {several}")
        known = [row[0] for row in self._database.read("SELECT id FROM session")]
        raise NotFoundError(f"there is no session {id_or_beginning!r}", hint=nearest(id_or_beginning, known))

    def sessions(self, limit: int = 50, containing: str = "") -> list[SessionInfo]:
        """Sessions that hold messages, or a question to `recover`, the last active first, at most `limit` of them.

        containing: only those with this text in their title, in a question or in an answer, in whatever case.
        """
        rows = self._database.read(_SESSIONS)
        wanted = containing.casefold()
        found: list[SessionInfo] = []
        for info in (SessionInfo(*row) for row in rows):
            if len(found) == limit:
                break
            if not wanted or wanted in info.title.casefold() or any(wanted in said for said in self._said(info.id)):
                found.append(info)
        return found

    def latest_session(self) -> SessionInfo | None:
        """The session last active."""
        return next(iter(self.sessions(limit=1)), None)

    def rename_session(self, session_id: str, title: str) -> None:
        """Gives a session another title."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE session SET title = ? WHERE id = ?", (_clean(title), session_id))

    def delete_session(self, session_id: str) -> bool:
        """Deletes a session with everything it holds; whether nothing of it stays in the journal's files.

        Something does while another program reads an older state; see `Database.checkpoint`.
        """
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM session WHERE id = ?", (session_id,))
        return self._database.checkpoint()

    def fork_session(self, session_id: str, at: int | None) -> str:
        """A new session with a copy of the branch that ends in message `at`, and of the whole evidence ledger."""
        with self._database.transaction() as connection:
            titles = connection.execute("SELECT title FROM session WHERE id = ?", (session_id,)).fetchall()
            copy = _create_session(connection, *titles[0])
            parent: int | None = None
            for original, _, *rest in connection.execute(_BRANCH, (session_id, at)).fetchall():
                parent = connection.execute(INSERT_MESSAGE, (copy, parent, *rest)).lastrowid
                connection.execute(_CARRY, (parent, original))
            connection.execute(
                "INSERT INTO evidence SELECT ?, number, passage FROM evidence WHERE session = ?", (copy, session_id)
            )
            move_head(connection, copy, parent)
        return copy

    # --- messages -----------------------------------------------------------------------------------------------------

    def append(
        self,
        session_id: str,
        said: Remember,
        *,
        parent: int | None,
        trace_id: str = "",
        state: MessageState = "complete",
    ) -> StoredMessage:
        """Appends a message after `parent`, with the evidence that comes with it, and moves the session's head to it.

        Raises JournalError where another program has meanwhile given the numbers of the evidence to other passages.
        """
        with self._database.transaction() as connection:
            self._add_evidence(connection, session_id, said.evidence)
            stored = insert_message(connection, session_id, said, parent=parent, trace_id=trace_id, state=state)
            sql = "UPDATE session SET head = ?, updated = ? WHERE id = ?"
            connection.execute(sql, (stored.id, stored.created, session_id))
        return stored

    def head(self, session_id: str) -> int | None:
        """The message that the session stands on; None before its first."""
        rows = self._database.read("SELECT head FROM session WHERE id = ?", (session_id,))
        head: int | None = rows[0][0] if rows else None
        return head

    def move_head(self, session_id: str, message_id: int | None) -> None:
        """Lets the session stand on another of its messages; None: before the first. Raises NotFoundError."""
        with self._database.transaction() as connection:
            own = "SELECT 1 FROM message WHERE session = ? AND id = ?"
            if message_id is not None and not connection.execute(own, (session_id, message_id)).fetchone():
                raise NotFoundError(f"there is no message {message_id} in this conversation")
            move_head(connection, session_id, message_id)

    def path(self, session_id: str, head: int | None = None) -> list[StoredMessage]:
        """The branch that ends in message `head`, oldest message first. None: in the message the session stands on."""
        last = self.head(session_id) if head is None else head
        found = [stored_message(row) for row in self._database.read(_BRANCH, (session_id, last))]
        return with_images(found, self._database)

    def tree(self, session_id: str) -> list[StoredMessage]:
        """Every message of every branch, in the order in which they were written, without the bytes of pictures."""
        return [stored_message(row) for row in self._database.read(_TREE, (session_id,))]

    # --- evidence and feedback ----------------------------------------------------------------------------------------

    def evidence(self, session_id: str) -> tuple[Evidence, ...]:
        """The session's ledger of passages, by number."""
        sql = "SELECT number, passage FROM evidence WHERE session = ? ORDER BY number"
        return tuple(Evidence(number, built(Passage, text)) for number, text in self._database.read(sql, (session_id,)))

    def feedback(self, message_id: int, verdict: Verdict, note: str = "") -> None:
        """Keeps what a user thought of a message."""
        row = (message_id, verdict, codec.encode(note), time.time())
        with self._database.transaction() as connection:
            connection.execute("INSERT INTO feedback (message, verdict, note, created) VALUES (?, ?, ?, ?)", row)

    def feedbacks(self, session_id: str) -> list[Feedback]:
        """All feedback on a session's messages, oldest first."""
        sql = """
            SELECT feedback.message, verdict, note, feedback.created
            FROM feedback JOIN message ON message.id = feedback.message WHERE session = ? ORDER BY feedback.id
        """
        rows = self._database.read(sql, (session_id,))
        return [Feedback(number, verdict, codec.decode(note), created) for number, verdict, note, created in rows]

    # --- inside a transaction -----------------------------------------------------------------------------------------

    def _said(self, session_id: str) -> Iterator[str]:
        """What people read of a session, in lower case, the last message first."""
        for stored in reversed(self.tree(session_id)):
            if stored.message.role in ("user", "assistant"):
                yield (stored.display or stored.message.text).casefold()

    @staticmethod
    def _add_evidence(connection: sqlite3.Connection, session_id: str, evidence: Sequence[Evidence]) -> None:
        for item in evidence:
            row: tuple[Any, ...] = (session_id, item.number, codec.encode(item.passage))
            if connection.execute("INSERT OR IGNORE INTO evidence VALUES (?, ?, ?)", row).rowcount:
                continue
            sql = "SELECT passage FROM evidence WHERE session = ? AND number = ?"
            (text,) = connection.execute(sql, row[:2]).fetchone()
            if built(Passage, text).span != item.passage.span:
                raise JournalError(
                    f"source [{item.number}] of conversation {session_id} is another passage by now",
                    hint="another program went on with this conversation: load it again",
                )


def _create_session(connection: sqlite3.Connection, title: str) -> str:
    now = time.time()
    sql = "INSERT OR IGNORE INTO session (id, title, created, updated) VALUES (?, ?, ?, ?)"
    while True:
        tail = "".join(secrets.choice(_ALPHABET) for _ in range(4))
        session_id = f"{datetime.fromtimestamp(now, UTC):%y%m%d-%H%M%S}-{tail}"
        if connection.execute(sql, (session_id, _clean(title), now, now)).rowcount:
            return session_id


def _clean(text: str) -> str:
    """Text that SQLite takes as it is: without NUL, and with a question mark for what is no character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
