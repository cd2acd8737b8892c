"""A damaged journal, mended: all rows that can be read, in a new file, and conversations that open.

What rows lean on that is lost is made up where that loses least: a conversation without its title, a message that
follows the one before it. Results of calls that are lost themselves are let go.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from chatbot.errors import JournalError
from chatbot.journal.rows import stored_message
from chatbot.journal.schema import MIGRATIONS
from chatbot.salvage import Salvaged, salvage

TITLE = "(its title was lost)"

_NEEDED_SESSIONS = """
    SELECT session FROM (SELECT session FROM message UNION SELECT session FROM turn UNION SELECT session FROM evidence)
    WHERE session IS NOT NULL AND session NOT IN (SELECT id FROM session)
"""
_STAND = """
    UPDATE session SET head = (SELECT max(id) FROM message WHERE message.session = session.id)
    WHERE (head IS NULL AND title = ?) OR (
        head IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message WHERE id = head AND session = session.id))
"""

_ORPHANS = {
    "feedback": "message NOT IN (SELECT id FROM message)",
    "result": "effect NOT IN (SELECT id FROM effect)",
    "shown": "effect NOT IN (SELECT id FROM effect)",
    "received": "effect NOT IN (SELECT id FROM effect)",
    "carried": "message NOT IN (SELECT id FROM message) OR hash NOT IN (SELECT hash FROM image)",
    "image": "hash NOT IN (SELECT hash FROM carried)",
    "cell": "run NOT IN (SELECT id FROM run)",
    "reservation": "purse NOT IN (SELECT purse FROM spending)",
}
"""Rows that are of no use without what is lost."""


def salvage_journal(path: Path) -> Salvaged:
    """Mends the journal at `path`; the damaged file is kept aside. Raises JournalError where that cannot be done."""
    return salvage(path, MIGRATIONS, _tidied, JournalError)


def _tidied(connection: sqlite3.Connection) -> list[str]:
    return [*_messages(connection), *_sessions(connection), *_turns(connection), *_orphans(connection)]


def _messages(connection: sqlite3.Connection) -> list[str]:
    """Takes out what is no message, and lets each of the others follow one that is there."""
    lost = []
    said = "SELECT session, id, parent, message, display, state, turn, answer, created FROM message"
    for session, *row in connection.execute(said).fetchall():
        number = row[0]
        try:
            stored_message(row)
        except (JournalError, ValueError, TypeError):
            connection.execute("DELETE FROM message WHERE id = ?", (number,))
            lost.append(f"conversation {session}: message {number} holds what no message can")
    broken = """
        SELECT id, session, parent FROM message AS said WHERE parent IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM message WHERE id = said.parent AND session = said.session) ORDER BY id
    """
    for number, session, parent in connection.execute(broken).fetchall():
        sql = "UPDATE message SET parent = (SELECT max(id) FROM message WHERE session = ? AND id < ?) WHERE id = ?"
        connection.execute(sql, (session, number, number))
        lost.append(f"conversation {session}: message {parent} is lost")
    return lost


def _sessions(connection: sqlite3.Connection) -> list[str]:
    lost = []
    for (session,) in connection.execute(_NEEDED_SESSIONS).fetchall():
        now = time.time()
        sql = "INSERT INTO session (id, title, created, updated) VALUES (?, ?, ?, ?)"
        connection.execute(sql, (session, TITLE, now, now))
        lost.append(f"conversation {session}: its title and dates are lost")
    connection.execute(_STAND, (TITLE,))
    return lost


def _turns(connection: sqlite3.Connection) -> list[str]:
    """Gives effects whose turn is lost one of its name, that has ended."""
    missing = "SELECT turn, min(started) FROM effect WHERE turn NOT IN (SELECT id FROM turn) GROUP BY turn"
    found = connection.execute(missing).fetchall()
    for turn, started in found:
        connection.execute(
            """INSERT INTO turn (id, session, model, prompt, question, process, started, ended, state)
               VALUES (?1, (SELECT session FROM message WHERE turn = ?1), '', '', '""', '', ?2, ?2, 'failed')""",
            (turn, started),
        )
    return [f"{len(found)} turns: their models and prompts are lost"] if found else []


def _orphans(connection: sqlite3.Connection) -> list[str]:
    lost = []
    for table, which in _ORPHANS.items():
        count = connection.execute(f"DELETE FROM {table} WHERE {which}").rowcount  # noqa: S608  our own names
        if count:
            lost.append(f"{table}: {count} rows belonged to what is lost")
    return lost
