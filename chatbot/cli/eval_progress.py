"""The progress of a run: on a terminal a bar and how every variant stands; where there is none, a line now and then."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from chatbot.visible import readable

if TYPE_CHECKING:
    from rich.console import Group

    from chatbot.evaluation.metric import Metric
    from chatbot.evaluation.run import Asked, Bench
    from chatbot.evaluation.schedule import Race, Until

FIRST, LONGEST = 5.0, 60.0
"""Seconds until the first line of a log, and the most between two; between them each takes twice as long."""

BEAT = 1.0
"""Seconds between two looks whether there is something to tell."""

SHARE = 0.05
"""Of the time, that scores of cells may take while a run goes on: slow scorers show theirs at the end only."""


class Progress:
    """Told of each cell as it comes. `run_id`: what the journal holds of it counts."""

    def __init__(
        self,
        bench: Bench,
        run_id: str,
        metric: Metric,
        schedule: Until | Race | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        from chatbot.evaluation.board import Board
        from chatbot.evaluation.standing import Standing

        self._metric, self._schedule, self._now = metric, schedule, now
        self._cells, self._failed, self._scoring = len(bench.grid), 0, 0.0
        self._began = now()
        self._standing = Standing(
            bench, schedule.board if schedule else Board(bench.grid), lambda: schedule.stage if schedule else ""
        )
        self._done = 0
        if schedule is None:
            self._take_in(bench, run_id)
        else:
            self._done = schedule.board.count
        self._view: _Bar | _Log = _Bar(self) if _terminal() else _Log(self)

    async def __aenter__(self) -> Progress:
        self._view.start()
        self._pulse = asyncio.ensure_future(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._pulse.cancel()
        self._view.stop()

    def __call__(self, came: Asked) -> None:
        """Counts a cell."""
        self._done += 1
        self._failed += bool(came.response.error)
        self._score(came)
        self._view.draw()

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return self._now() - self._began

    @property
    def counted(self) -> tuple[int, int]:
        """Cells that came, and all."""
        return self._done, self._cells

    @property
    def told(self) -> str:
        """What is to be said beside the counts."""
        most = "at most" if self._schedule else ""
        return ", ".join(filter(None, (most, f"{self._failed} failed" if self._failed else "")))

    def lines(self, width: int) -> list[str]:
        """How each variant stands, and what is waited for."""
        waiting = [line[:width] for line in self.waiting]
        return [readable(line) for line in (*self._standing.lines(width), *waiting)]

    @property
    def waiting(self) -> list[str]:
        """Services that ask to wait, or are down."""
        from chatbot.service.shared_paces import troubles

        return troubles()

    def line(self) -> str:
        """All of it in one."""
        done, cells = self.counted
        parts = (f"{done:,} of {cells:,} cells", self.told, self._standing.line(), *self.waiting)
        return readable("; ".join(filter(None, parts)))

    async def _beat(self) -> None:
        """Lets a log tell also of a run in which nothing comes."""
        while True:
            await asyncio.sleep(BEAT)
            self._view.draw()

    def _take_in(self, bench: Bench, run_id: str) -> None:
        from chatbot.evaluation.run import asked

        for came in asked(bench, run_id):
            if not came.response.error:
                self._done += 1
                self._score(came)

    def _score(self, came: Asked) -> None:
        if self._schedule is not None or self._scoring > 1 + SHARE * self.elapsed:
            return
        began = time.perf_counter()
        score = self._metric.scorers[came.cell.variant](came.item, came.response)
        self._standing.board.add(came.cell, score)
        self._scoring += time.perf_counter() - began


def _terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


class _Log:
    """A line after five seconds, ten, twenty, forty, then every minute, and when something must be waited for."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._due = FIRST
        self._waits = False

    def start(self) -> None:
        """Says nothing yet."""

    def draw(self) -> None:
        """A line, if it is time for one."""
        elapsed = self._progress.elapsed
        waited, self._waits = self._waits, bool(self._progress.waiting)
        if elapsed >= self._due or self._waits > waited:
            self._due = elapsed + min(max(elapsed, FIRST), LONGEST)
            sys.stderr.write(self._progress.line() + "\n")
            sys.stderr.flush()

    def stop(self) -> None:
        """The result says the rest."""


class _Bar:
    """A bar with the variants under it; gone when the run is."""

    def __init__(self, progress: Progress) -> None:
        from rich.live import Live
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        from chatbot.cli.console import Console

        self._progress = progress
        self._console = Console(stderr=True)
        columns = (BarColumn(24), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
        self._bar = Bar(*columns, console=self._console)
        done, cells = progress.counted
        self._task = self._bar.add_task("", total=cells, completed=done)
        self._live = Live(get_renderable=self._drawn, console=self._console, transient=True, refresh_per_second=4)

    def start(self) -> None:
        """Begins to draw, four times a second."""
        self._live.start()

    def draw(self) -> None:
        """Takes in what came."""
        self._bar.update(self._task, completed=self._progress.counted[0], description=self._progress.told)

    def stop(self) -> None:
        """Takes the bar away."""
        self._live.stop()

    def _drawn(self) -> Group:
        from rich.console import Group
        from rich.text import Text

        lines = self._progress.lines(self._console.width - 1)
        return Group(self._bar.get_renderable(), *(Text(line, no_wrap=True, overflow="ellipsis") for line in lines))
