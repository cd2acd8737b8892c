"""`Journal`: conversations, turns and runs of evals in one database, and the way back from a crash."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from chatbot.database import open_database
from chatbot.errors import JournalError
from chatbot.journal.conversations import Conversations
from chatbot.journal.evals import Evals
from chatbot.journal.gathering import Gathering
from chatbot.journal.presence import Presence
from chatbot.journal.purses import Purses
from chatbot.journal.records import StoredMessage
from chatbot.journal.recovery import died_calls, recover, unsaid
from chatbot.journal.responses import Responses
from chatbot.journal.schema import MIGRATIONS
from chatbot.journal.turns import Turns

DAY = 86_400.0
"""Seconds."""


class Journal(Conversations, Turns, Evals, Responses, Purses):
    """The journal in the file `path`, created when missing; None: in memory, for as long as the program runs.

    Several threads may use one journal, and several programs one file. What a method wrote is on the disk when it
    returns. Raises JournalError: what is wrong with the file, and what to do about it.

    received_days: how long responses of services are kept byte for byte; None for ever. What was made of them, and all
        that was said, always stays.
    """

    def __init__(self, path: Path | None, *, received_days: int | None = None) -> None:
        self._database = open_database(path, MIGRATIONS, error=JournalError)
        self._presence = Presence(path.with_name(f"{path.name}-running") if path else None)
        if received_days is not None:
            with suppress(JournalError):  # what cannot be written to can still be read; the next message tells why
                self.forget_received(time.time() - received_days * DAY)

    def recover(self, session_id: str) -> StoredMessage | None:
        """Closes the turns of a session whose program died; call it when the session is opened.

        What of an answer was on the screen becomes a message with the state `interrupted`, and is returned. A turn that
        had shown nothing leaves the user's message as it is.
        """
        return recover(self._database, self._presence, session_id)

    def died_calls(self, session_id: str) -> list[str]:
        """The model of each call of a session's last turn that was under way when its program died.

        Nobody knows what came of them; a service may have charged for them.
        """
        return died_calls(self._database, session_id)

    def unsaid(self, trace_id: str) -> str:
        """What the model said in a turn, of an answer, that is in no message of it."""
        with self._database.snapshot():
            return unsaid(self._database.connection, trace_id)[0]

    def left_open(self) -> list[str]:
        """The sessions with a turn whose program died; `recover` closes it."""
        sql = "SELECT DISTINCT session, process FROM turn WHERE state IS NULL AND session IS NOT NULL"
        with self._database.transaction():
            rows = self._database.read(sql)
            return sorted({session for session, process in rows if not self._presence.is_alive(process)})

    def sweep(self) -> int:
        """Removes files that programs left which died; how many."""
        with self._database.transaction():
            return self._presence.sweep()

    def gathering(self) -> Gathering:
        """This journal for many turns at once, on one event loop."""
        return Gathering(self, self._database, self._presence)

    def check(self) -> str:
        """Reads the whole file and says in a line how it is. Raises JournalError where it is damaged."""
        return self._database.check()

    def close(self) -> None:
        """Closes the file. A program that ends does so by itself."""
        self._presence.leave()
        self._database.close()
