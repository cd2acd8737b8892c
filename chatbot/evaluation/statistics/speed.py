"""Latency and cost: medians, tails and means, and how much more one variant takes than another, with intervals."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import inf

import numpy as np
from numpy.typing import ArrayLike

from chatbot.evaluation.statistics.interval import LEVEL, Estimate, Interval
from chatbot.evaluation.statistics.laws import incomplete_beta
from chatbot.evaluation.statistics.means import array_of, clustered_mean, mean
from chatbot.evaluation.statistics.pairs import differences
from chatbot.evaluation.statistics.resampling import SEED, bootstrap_of_means

MANY = 1_000
"""Items from which on the mean of costs is as normal as a bootstrap would find it, and Student's interval is taken."""


def quantile(seconds: ArrayLike, probability: float, *, level: float = LEVEL) -> Estimate:
    """A quantile, such as the median or the 95th percentile, with its interval. Leave out cached answers.

    The interval lies between two of the values, in which the true quantile lies with this chance whatever the law is
    (David and Nagaraja 2003, 7.1); resampling holds the 95th percentile of 300 answers in 90% of cases only. Without a
    bound where there are too few values for one: 72 are the least for the upper bound of the 95th percentile.
    """
    values = np.sort(array_of(seconds))
    tail = (1 - level) / 2
    low = _most_below(len(values), probability, tail)
    high = len(values) + 1 - _most_below(len(values), 1 - probability, tail)
    bounds = (-inf if low < 1 else float(values[low - 1]), inf if high > len(values) else float(values[high - 1]))
    return Estimate(float(np.quantile(values, probability)), Interval(*bounds, level, "order statistics"), len(values))


def _most_below(n: int, probability: float, tail: float) -> int:
    """The largest k for which fewer than k of n values lie below the quantile with a chance of `tail` at most."""
    low, high = 0, n
    while low < high:
        middle = (low + high + 1) // 2
        chance = incomplete_beta(n - middle + 1, middle, 1 - probability)
        low, high = (middle, high) if chance <= tail else (low, middle - 1)
    return low


def average(
    amounts: ArrayLike, *, clusters: Sequence[Hashable] | None = None, level: float = LEVEL, seed: int = SEED
) -> Estimate:
    """The mean of what items cost, whose law has a long tail: with a bootstrap interval, for many items Student's."""
    values = array_of(amounts)
    if len(values) < MANY:
        return bootstrap_of_means(values, clusters=clusters, level=level, seed=seed)
    return mean(values, level) if clusters is None else clustered_mean(values, clusters, level)


def saving(
    first: ArrayLike,
    second: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = LEVEL,
    seed: int = SEED,
) -> Estimate:
    """How much more the first takes than the second for the same item, in the mean over items."""
    return average(differences(first, second), clusters=clusters, level=level, seed=seed)


def ratio(
    first: ArrayLike,
    second: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = LEVEL,
    seed: int = SEED,
) -> Estimate:
    """How many times as long the first takes as the second for the same item: the geometric mean over items.

    On the scale of logarithms one slow answer weighs no more than one that is as much too quick. Raises ValueError for
    times that are not above 0.
    """
    one, two = array_of(first), array_of(second)
    if (one <= 0).any() or (two <= 0).any():
        raise ValueError("a ratio needs times above 0")
    found = saving(np.log(one), np.log(two), clusters=clusters, level=level, seed=seed)
    interval = found.interval
    low, high = float(np.exp(interval.low)), float(np.exp(interval.high))
    return Estimate(
        float(np.exp(found.value)), Interval(low, high, level, f"{interval.method}, of logarithms"), found.n
    )
