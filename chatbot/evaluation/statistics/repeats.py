"""What repeats of the same items are worth: how much of the variance lies between items, how much within them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Variance:
    """Parts of the variance of a score."""

    between: float
    """Of the items' true means: only more items lessen what it does to the mean."""
    within: float
    """Of an item that is asked again: more repeats lessen it too."""

    def of_mean(self, items: int, repeats: int) -> float:
        """Variance of the mean over so many items, each asked so often: (between + within / K) / n."""
        return (self.between + self.within / repeats) / items

    def saved_by(self, repeats: int) -> float:
        """Share of the variance that so many repeats save: two thirds at most where p is uniform."""
        whole = self.between + self.within
        return 1 - (self.between + self.within / repeats) / whole if whole else 0.0


def split(scores: ArrayLike) -> Variance:
    """The parts, by analysis of variance: a row an item, a column a repeat; at least two of each.

    A part that comes out below 0, as noise can make it, is 0.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise ValueError("two items and two repeats are the least that can be split")
    within = float(table.var(axis=1, ddof=1).mean())
    of_means = float(table.mean(axis=1).var(ddof=1))
    return Variance(max(0.0, of_means - within / table.shape[1]), within)
