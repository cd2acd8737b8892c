"""How a run stands while it goes on: of every variant the mean so far, with its interval, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Callable

from chatbot.evaluation.board import Board
from chatbot.evaluation.estimating import estimate_of
from chatbot.evaluation.run import Bench
from chatbot.evaluation.statistics.interval import Estimate

SHOWN = 12
"""Variants that are shown; of the rest, how many there are."""


class Standing:
    """Reads a board. Figures are worked out anew when a hundredth more has come: so a million cells cost no more."""

    def __init__(self, bench: Bench, board: Board, stage: Callable[[], str] = lambda: "") -> None:
        self.board = board
        self._names = [each.name for each in bench.contenders]
        self._baseline = self._names.index(bench.suite.baseline)
        items = bench.dataset.items
        self._clusters = [item.cluster for item in items] if bench.suite.dataset.cluster else None
        self._stage = stage
        self._known: list[Estimate | None] = [None] * len(self._names)
        self._at = -1

    def lines(self, width: int) -> list[str]:
        """A line a variant that has a score, none longer than `width`; the best first, but the baseline before all."""
        self._look()
        scored = [(place, known) for place, known in enumerate(self._known) if known is not None]
        scored.sort(key=lambda each: (each[0] != self._baseline, -each[1].value))
        lines = [self._line(place, known, width) for place, known in scored[:SHOWN]]
        if len(scored) > SHOWN:
            lines.append(f"and {len(scored) - SHOWN} more variants")
        return [*lines, *([self._stage()[:width]] if self._stage() else [])]

    def line(self) -> str:
        """All of it in one, for a log."""
        self._look()
        told = [
            f"{name} {known.value:.3f} [{known.interval.low:.2f}, {known.interval.high:.2f}]"
            for name, known in zip(self._names, self._known, strict=True)
            if known is not None
        ]
        more = [f"and {len(told) - SHOWN} more"] if len(told) > SHOWN else []
        return "; ".join([*told[:SHOWN], *more, *([self._stage()] if self._stage() else [])])

    def _look(self) -> None:
        came = self.board.count
        if came == self._at or came < self._at * 1.01:
            return
        self._at = came
        self._known = [estimate_of(self.board.means(place), self._clusters) for place in range(len(self._names))]

    def _line(self, place: int, known: Estimate, width: int) -> str:
        low, high = known.interval.low, known.interval.high
        figures = f"{known.value:8.3f}  {_bounded(low):.2f}–{_bounded(high):.2f}  {known.n:>9,} items"
        role = " (baseline)" if place == self._baseline and len(self._names) > 1 else ""
        room = max(1, min(width - len(figures), 48) - len(role))
        name = self._names[place]
        shown = name if len(name) <= room else name[: room - 1] + "…"
        return f"{shown + role:<{room + len(role)}}{figures}"


def _bounded(end: float) -> float:
    """An end of an interval, where two clusters leave anything possible."""
    return max(-99.0, min(99.0, end))
