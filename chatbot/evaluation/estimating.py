"""From the scores of items to figures with intervals: of one variant, and of two on the items that both have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chatbot.evaluation.statistics.interval import Estimate, Interval
from chatbot.evaluation.statistics.means import clustered_mean, mean
from chatbot.evaluation.statistics.proportions import wilson
from chatbot.evaluation.statistics.verdict import Comparison, compare

Table = NDArray[np.float64]
"""Scores or amounts: a row an item, a column a repeat, or no columns; NaN where there is none."""


def item_means(table: Table) -> Table:
    """The mean of each item over its repeats; NaN for an item without any number."""
    known = np.isfinite(table)
    counts = known.sum(axis=1)
    sums = np.where(known, table, 0.0).sum(axis=1)
    means: Table = np.divide(sums, counts, out=np.full(len(table), np.nan), where=counts > 0)
    return means


def estimate_of(means: Table, clusters: Sequence[str] | None = None) -> Estimate | None:
    """The mean over the items that have a score, with the interval that fits them; None where none has.

    means: a score an item, NaN where there is none. clusters: of each item; None where items stand alone.
    """
    known = np.flatnonzero(np.isfinite(means))
    if not len(known):
        return None
    values = means[known]
    binary = bool(np.isin(values, (0, 1)).all())
    if clusters is not None:
        found = clustered_mean(values, [clusters[item] for item in known.tolist()])
        return replace(found, interval=_share(found.interval)) if binary else found
    if binary:
        right = int(values.sum())
        return Estimate(right / len(values), wilson(right, len(values)), len(values))
    return mean(values)


def _share(interval: Interval) -> Interval:
    """Cut where a share ends."""
    return replace(interval, low=max(0.0, interval.low), high=min(1.0, interval.high))


def comparison_of(own: Table, base: Table, clusters: Sequence[str] | None = None) -> Comparison | None:
    """Two variants on the items that both have a score for; None where there are none."""
    shared = np.flatnonzero(np.isfinite(own) & np.isfinite(base))
    if not len(shared):
        return None
    groups = [clusters[item] for item in shared.tolist()] if clusters is not None else None
    return compare(own[shared], base[shared], clusters=groups)


def difference_of(own: Table, base: Table, clusters: Sequence[str] | None = None) -> Estimate | None:
    """How much better the first is than the second; None where they share no item."""
    comparison = comparison_of(own, base, clusters)
    return comparison.difference if comparison else None
