"""Runs of evals in the journal: what was planned, and what came of each cell as soon as it came."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from chatbot import codec
from chatbot.database import Database
from chatbot.effects import Generate
from chatbot.errors import UsageError
from chatbot.journal.presence import Presence
from chatbot.journal.records import CellRecord, RunRecord
from chatbot.messages import Reply, Usage

PAGE = 1_000
"""Cells that are read at once: a run of a million is never held in memory."""

KEEP_CELL = "INSERT OR REPLACE INTO cell VALUES (?, ?, ?, ?, ?)"
KEEP_JUDGEMENT = "INSERT OR REPLACE INTO judgement VALUES (?, ?, ?)"

_REPORTED = """
    SELECT turn.model,
        sum(json_extract(result, '$.usage.input_tokens')), sum(json_extract(result, '$.usage.output_tokens')),
        sum(json_extract(result, '$.usage.cached_tokens')), sum(json_extract(result, '$.usage.cost'))
    FROM turn JOIN effect ON effect.turn = turn.id LEFT JOIN result ON result.effect = effect.id
    WHERE turn.id >= ? AND turn.id < ? AND kind = 'generate'
        AND json_extract(result, '$.usage.input_tokens') + json_extract(result, '$.usage.output_tokens') > 0
    GROUP BY turn.model
"""
_UNREPORTED = """
    SELECT turn.model, request, result
    FROM turn JOIN effect ON effect.turn = turn.id LEFT JOIN result ON result.effect = effect.id
    WHERE turn.id >= ? AND turn.id < ? AND kind = 'generate'
        AND coalesce(
            json_extract(result, '$.usage.input_tokens') + json_extract(result, '$.usage.output_tokens'), 0
        ) = 0
        AND (result IS NULL OR NOT failed OR json_extract(result, '$.billed'))
"""

_ANSWERED = """
    SELECT number, json_extract(response, '$.error') = '' FROM cell
    WHERE run = ? AND number > ? ORDER BY number LIMIT ?
"""

_RUN = "SELECT id, name, key, plan, started, ended FROM run"


def new_trace(run_id: str) -> str:
    """Key of a turn that belongs to a run: what is asked under it counts as the run's spending."""
    return f"{run_id}.{uuid.uuid4().hex}"


class Evals:
    """Runs and their cells. Part of `Journal`."""

    _database: Database
    _presence: Presence

    def begin_run(self, run: RunRecord) -> None:
        """Keeps a run that is about to start."""
        row = (run.id, codec.encode(run.name), run.key, codec.encode(run.plan), run.started)
        with self._database.transaction() as connection:
            connection.execute("INSERT INTO run (id, name, key, plan, started) VALUES (?, ?, ?, ?, ?)", row)

    @contextmanager
    def asking(self, run_id: str) -> Iterator[None]:
        """Keeps others out of a run while it asks: two programs would both pay for every cell.

        Raises UsageError where another one, or this one, is at it.
        """
        with self._database.transaction():
            release = self._presence.hold("run" + "".join(filter(str.isalnum, run_id)))
        if release is None:
            raise UsageError(f"run {run_id} is going on already", hint="wait for it, or begin another one with --fresh")
        try:
            yield
        finally:
            with self._database.transaction():
                release()

    def end_run(self, run_id: str) -> None:
        """Marks a run as whole."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE run SET ended = ? WHERE id = ?", (time.time(), run_id))

    def latest_run(self, key: str) -> RunRecord | None:
        """The latest run of the same plan, whole or not."""
        rows = self._database.read(f"{_RUN} WHERE key = ? ORDER BY started DESC LIMIT 1", (key,))
        return _run(rows[0]) if rows else None

    def runs(self) -> list[RunRecord]:
        """All runs, the latest first."""
        return [_run(row) for row in self._database.read(f"{_RUN} ORDER BY started DESC")]

    def keep_cells(self, run_id: str, cells: Sequence[CellRecord]) -> None:
        """Keeps what came of cells, in one commit; a cell that is asked again takes the place of what it was."""
        rows = [cell_row(run_id, each) for each in cells]
        with self._database.transaction() as connection:
            connection.executemany(KEEP_CELL, rows)

    def count_cells(self, run_id: str) -> int:
        """Cells of a run that came to something."""
        count: int = self._database.read("SELECT count(*) FROM cell WHERE run = ?", (run_id,))[0][0]
        return count

    def cells(self, run_id: str) -> Iterator[CellRecord]:
        """The cells of a run, by their number."""
        last = -1
        sql = "SELECT number, item, turn, response FROM cell WHERE run = ? AND number > ? ORDER BY number LIMIT ?"
        while rows := self._database.read(sql, (run_id, last, PAGE)):
            for number, item, trace_id, response in rows:
                yield CellRecord(number, item, trace_id, codec.decode(response))
            last = rows[-1][0]

    def answered(self, run_id: str) -> Iterator[tuple[int, bool]]:
        """The number of each cell, and whether a reply came; its reply is not read, so that a run goes on at once."""
        last = -1
        while rows := self._database.read(_ANSWERED, (run_id, last, PAGE)):
            for number, replied in rows:
                yield number, bool(replied)
            last = rows[-1][0]

    def spending(self, run_id: str) -> dict[str, Usage]:
        """What services reported of all calls of a run, by model: also of cells that were cut or asked again."""
        rows = self._database.read(_REPORTED, _turns(run_id))
        return {row[0]: Usage(*row[1:]) for row in rows}

    def unreported(self, run_id: str) -> Iterator[tuple[str, Generate, Reply | None]]:
        """Calls that may have been charged for and of which no service said how much: model, request, whole reply."""
        for model, request, result in self._database.read(_UNREPORTED, _turns(run_id)):
            known = codec.decode(result) if result else {}
            reply = codec.build(Reply, known) if known.get("finish") == "complete" else None
            yield model, codec.build(Generate, codec.decode(request)), reply

    def cell(self, run_id: str, number: int) -> CellRecord | None:
        """One cell of a run; None for one that came to nothing yet."""
        rows = self._database.read(
            "SELECT item, turn, response FROM cell WHERE run = ? AND number = ?", (run_id, number)
        )
        return CellRecord(number, rows[0][0], rows[0][1], codec.decode(rows[0][2])) if rows else None

    def note(self, run_id: str, name: str, value: object) -> None:
        """Adds to the plan of a run what its key does not depend on, such as who judged it."""
        with self._database.transaction() as connection:
            (plan,) = connection.execute("SELECT plan FROM run WHERE id = ?", (run_id,)).fetchone()
            noted = codec.encode({**codec.decode(plan), name: value})
            connection.execute("UPDATE run SET plan = ? WHERE id = ?", (noted, run_id))

    def judgement(self, key: str) -> Any:
        """What a judge said to what this key stands for, as the harness wrote it; None where it was not asked."""
        rows = self._database.read("SELECT judgement FROM judgement WHERE key = ?", (key,))
        return codec.decode(rows[0][0]) if rows else None


def _turns(run_id: str) -> tuple[str, str]:
    """Between which keys those of a run's turns lie (see `new_trace`)."""
    return f"{run_id}.", f"{run_id}/"


def cell_row(run_id: str, cell: CellRecord) -> tuple[object, ...]:
    """The row of a cell, for KEEP_CELL."""
    return run_id, cell.number, cell.item, cell.trace_id, codec.encode(cell.response)


def _run(row: Sequence[Any]) -> RunRecord:
    run_id, name, key, plan, started, ended = row
    return RunRecord(run_id, codec.decode(name), key, codec.decode(plan), started, ended)
