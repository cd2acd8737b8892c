"""The scores of a run so far: a few numbers for each item with each variant, and no reply."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chatbot.evaluation.cells import Cell, Grid
from chatbot.evaluation.records import Score


class Board:
    """Takes in scores, and tells the mean of an item over its repeats."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.came = bytearray(len(grid))
        """Of each cell whether it came to something."""
        self.count = 0
        """Cells that came."""
        shape = (grid.variants, grid.items)
        self._repeats = np.zeros(shape, np.int32)
        self._scores = np.zeros(shape, np.int32)
        self._sums = np.zeros(shape)

    def add(self, cell: Cell, score: Score) -> None:
        """One more; a cell that has come already is ignored."""
        if self.came[cell.number]:
            return
        self.came[cell.number] = True
        self.count += 1
        at = (cell.variant, cell.item)
        self._repeats[at] += 1
        if score.counted is not None:
            self._scores[at] += 1
            self._sums[at] += score.counted

    def whole(self, variant: int, item: int) -> bool:
        """Whether all repeats of an item came to something."""
        return bool(self._repeats[variant, item] == self.grid.repeats)

    def value(self, variant: int, item: int) -> float | None:
        """The mean of an item's scores; None where none was scored."""
        scores = int(self._scores[variant, item])
        return float(self._sums[variant, item]) / scores if scores else None

    def means(self, variant: int) -> NDArray[np.float64]:
        """Of every item its `value`; not a number where it has none."""
        scores = self._scores[variant]
        found: NDArray[np.float64] = np.full(len(scores), np.nan)
        np.divide(self._sums[variant], scores, out=found, where=scores > 0)
        return found

    def mean(self, variant: int, items: Sequence[int]) -> float:
        """The mean over items, in which whatever has no score counts as 0."""
        return sum(self.value(variant, item) or 0.0 for item in items) / len(items)
