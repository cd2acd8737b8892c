"""A bar on standard error that shows how far a long work is; nothing where nobody looks at a terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from rich.progress import Progress


RATE_OVER = 60.0
"""Seconds over which the rate is taken: batches come every second or two, and files differ."""


class ProgressBar:
    """Drawn from the first `show` on: where there is nothing to wait for, nothing is imported or drawn.

    It shows the share that is done, the rate where the unit has one, and the time that is left.
    """

    def __init__(self, work: str, *, unit: Literal["bytes", ""] = "") -> None:
        self._work, self._unit = work, unit
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def show(self, done: int, total: int) -> None:
        """How much is done of how much."""
        if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            return
        if self._progress is None:
            self._progress = self._start(done, total)
        else:
            self._progress.update(self._progress.task_ids[0], completed=done, total=total)

    def _start(self, done: int, total: int) -> Progress:
        from rich import progress as parts

        from chatbot.cli.console import Console

        rate = (parts.DownloadColumn(), parts.TransferSpeedColumn()) if self._unit == "bytes" else ()
        progress = parts.Progress(
            parts.TextColumn("{task.description}"),
            parts.BarColumn(),
            parts.TaskProgressColumn(),
            *rate,
            parts.TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            speed_estimate_period=RATE_OVER,
        )
        progress.add_task(self._work, completed=done, total=total)
        progress.start()
        return progress
