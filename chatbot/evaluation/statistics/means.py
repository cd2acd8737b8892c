"""Intervals for the mean of scores that are not only 0 and 1, with items that stand alone or in clusters."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chatbot.evaluation.statistics.interval import LEVEL, Estimate, Interval, t_two_sided

FEW_CLUSTERS = 20
"""Below so many a clustered standard error is too small by itself; resample whole clusters instead and say so."""


def mean(scores: ArrayLike, level: float = LEVEL) -> Estimate:
    """The mean with Student's interval: for 100 items and more, or scores without a long tail."""
    values = array_of(scores)
    n = len(values)
    center = float(values.mean())
    reach = t_two_sided(level, n - 1) * standard_error(values) if n > 1 else inf
    return Estimate(center, Interval(center - reach, center + reach, level, "t"), n)


def standard_error(scores: ArrayLike) -> float:
    """Of the mean, items taken as independent; infinite for a single one."""
    values = array_of(scores)
    return float(values.std(ddof=1) / sqrt(len(values))) if len(values) > 1 else inf


def clustered_mean(scores: ArrayLike, clusters: Sequence[Hashable], level: float = LEVEL) -> Estimate:
    """The mean where several items share a document, a conversation or a paraphrase set.

    `clusters` names the cluster of each score. Degrees of freedom are those of the clusters.
    """
    values = array_of(scores)
    center = float(values.mean())
    count = len(set(clusters))
    reach = t_two_sided(level, count - 1) * clustered_error(values, clusters) if count > 1 else inf
    return Estimate(center, Interval(center - reach, center + reach, level, "t, clustered"), len(values))


def clustered_error(scores: ArrayLike, clusters: Sequence[Hashable]) -> float:
    """Standard error of the mean that lets items of a cluster depend on each other (Miller 2024, arXiv 2411.00640).

    (1/n) sqrt(sum over clusters of the squared sum of deviations), times sqrt(C/(C-1)) for C clusters. Ignoring them
    understates the error up to threefold. Infinite for a single cluster.
    """
    values = array_of(scores)
    codes, count = codes_of(clusters, len(values))
    if count < 2:
        return inf
    sums = np.bincount(codes, weights=values - values.mean(), minlength=count)
    return float(sqrt(count / (count - 1)) * sqrt(float(sums @ sums)) / len(values))


def codes_of(clusters: Sequence[Hashable], n: int) -> tuple[NDArray[np.intp], int]:
    """A number from 0 for the cluster of each item, and how many there are. Raises ValueError for another length."""
    if len(clusters) != n:
        raise ValueError(f"{len(clusters)} clusters are named for {n} scores")
    numbers: dict[Hashable, int] = {}
    codes = np.array([numbers.setdefault(each, len(numbers)) for each in clusters], dtype=np.intp)
    return codes, len(numbers)


def array_of(scores: ArrayLike) -> NDArray[np.float64]:
    """Scores as a vector. Raises ValueError where there are none, or one is not finite."""
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError("scores are one row of numbers, and at least one")
    if not np.isfinite(values).all():
        raise ValueError("a score that is not finite is no score: count it apart")
    return values
