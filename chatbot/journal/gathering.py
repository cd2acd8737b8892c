"""Many turns at once: what they write in about the same moment goes to the disk in one commit.

An eval has hundreds of turns in flight, and commits of their own would take longer than their calls. Nothing is given
up for it: a call leaves only when its intent is on the disk (`committed`), and nobody is told of a cell before it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from chatbot import codec
from chatbot.database import Database
from chatbot.errors import JournalError
from chatbot.journal.evals import KEEP_CELL, KEEP_JUDGEMENT, cell_row
from chatbot.journal.presence import Presence
from chatbot.journal.records import CellRecord, MessageState, Recalled
from chatbot.journal.responses import keep, packed
from chatbot.journal.turns import BEGIN_TURN, CLOSE_TURN, INTENT, RESULT
from chatbot.raw_reply import RawReply

if TYPE_CHECKING:
    from chatbot.journal.journal import Journal

LONGEST = 0.05
"""Seconds that a call waits at most for others to share its commit."""

Write = Callable[[sqlite3.Connection], None]


class Gathering:
    """A `Ledger` over a journal, for one event loop; made by `Journal.gathering`."""

    def __init__(self, journal: Journal, database: Database, presence: Presence) -> None:
        self._journal, self._database, self._presence = journal, database, presence
        self._waiting: list[Write] = []
        self._ids: dict[int, int] = {}
        """Of effects that have no result yet, by the number that `intend` gave."""
        self._numbers = count(-1, -1)
        self._commit: asyncio.Future[None] | None = None
        self._then: list[Callable[[], None]] = []
        self._failure: JournalError | None = None
        self._took = 0.0
        """Seconds of the last commit: as long is waited for more to write, so commits take half the time at most."""

    def begin_turn(self, trace_id: str, *, model: str, prompt: str) -> None:
        """Opens a turn that is part of no conversation."""
        row = (trace_id, None, model, prompt, codec.encode(""), self._presence.token, time.time())
        self._later(lambda connection: _run(connection, BEGIN_TURN, row))

    def end_turn(self, trace_id: str, state: MessageState) -> None:
        """Closes a turn."""
        row = (state, time.time(), trace_id)
        self._later(lambda connection: _run(connection, CLOSE_TURN, row))

    def intend(self, trace_id: str, kind: str, request: object, *, key: str | None = None) -> int:
        """A number for the effect, which `settle` knows. Tools show theirs to the model, so they get the journal's."""
        if kind == "tool":
            self.flush()
            return self._journal.intend(trace_id, kind, request, key=key)
        row, number = (trace_id, kind, codec.encode(request), time.time(), key), next(self._numbers)

        def write(connection: sqlite3.Connection) -> None:
            made = connection.execute(INTENT, row).lastrowid
            assert made is not None
            self._ids[number] = made

        self._later(write)
        return number

    def settle(
        self, effect_id: int, result: object, *, failed: bool = False, received: Sequence[RawReply] = ()
    ) -> None:
        """Keeps the result of an effect, and the responses that it was made of."""
        rest, rows = (codec.encode(result), failed, time.time()), packed(received)

        def write(connection: sqlite3.Connection) -> None:
            made = self._ids.pop(effect_id, effect_id)
            keep(connection, made, rows)
            connection.execute(RESULT, (made, *rest))

        self._later(write)

    def record(self, trace_id: str, kind: str, request: object, result: object) -> None:
        """Keeps an effect with its result."""
        self.settle(self.intend(trace_id, kind, request), result)

    def keep_cell(self, run_id: str, cell: CellRecord, then: Callable[[], None]) -> None:
        """Keeps what came of a cell; `then` is called when it is on the disk."""
        row = cell_row(run_id, cell)
        self._later(lambda connection: _run(connection, KEEP_CELL, row))
        self._then.append(then)

    def keep_judgement(self, key: str, trace_id: str, judgement: object, then: Callable[[], None]) -> None:
        """Keeps what a judge said; `then` is called when it is on the disk."""
        row = (key, trace_id, codec.encode(judgement))
        self._later(lambda connection: _run(connection, KEEP_JUDGEMENT, row))
        self._then.append(then)

    def show(self, effect_id: int, text: str) -> None:
        """Keeps a piece of text that a tool shows; nobody watches the words of a model in an eval."""
        self.flush()
        self._journal.show(self._ids.get(effect_id, effect_id), text)

    def recall(self, key: str, *, since: float = 0.0) -> Recalled | None:
        """The latest result that was kept under `key` and had not failed, as far as it is on the disk."""
        return self._journal.recall(key, since=since)

    def tool_result(self, trace_id: str, effect_id: int) -> Mapping[str, Any] | None:
        """What a tool returned in this turn."""
        self.flush()
        return self._journal.tool_result(trace_id, effect_id)

    async def committed(self) -> None:
        """Returns when all that was written is on the disk. Raises JournalError where it could not be."""
        if self._failure is not None:
            raise self._failure
        if self._commit is not None:
            await asyncio.shield(self._commit)

    def flush(self) -> None:
        """Commits all that was written, at once. Raises JournalError: nothing can be written from then on."""
        waiting, self._waiting = self._waiting, []
        then, self._then = self._then, []
        commit, self._commit = self._commit, None
        if self._failure is not None:
            raise self._failure
        if commit is None:
            return
        started = time.perf_counter()
        try:
            with self._database.transaction() as connection:
                self._presence.announce()
                for write in waiting:
                    write(connection)
        except JournalError as error:
            self._failure = error
            commit.set_exception(error)
            commit.exception()  # perhaps nobody waits for it, of which asyncio would complain
            raise
        self._took = time.perf_counter() - started
        commit.set_result(None)
        for each in then:
            each()

    def _later(self, write: Write) -> None:
        if self._failure is not None:
            raise self._failure
        if self._commit is None:
            loop = asyncio.get_running_loop()
            self._commit = loop.create_future()
            loop.call_later(min(self._took, LONGEST), self._flush_soon)
        self._waiting.append(write)

    def _flush_soon(self) -> None:
        with contextlib.suppress(JournalError):  # whoever waits for the commit, or writes next, is told
            self.flush()


def _run(connection: sqlite3.Connection, sql: str, row: tuple[object, ...]) -> None:
    connection.execute(sql, row)
