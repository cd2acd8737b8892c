"""Two variants on the same items: the difference of their means, and how much pairing helps.

Scores stand in the order of the items, the same in both; whoever calls has joined them by item and repeat.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chatbot.evaluation.statistics.interval import LEVEL, Estimate, Interval, t_two_sided
from chatbot.evaluation.statistics.laws import student_tails
from chatbot.evaluation.statistics.means import array_of, clustered_error, standard_error


@dataclass(frozen=True, slots=True)
class Test:
    """What a test found."""

    p: float
    """Chance of data at least as far from equality, if the variants were equal."""
    method: str


def differences(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """First less second, item by item. Raises ValueError where the lengths differ."""
    one, two = array_of(first), array_of(second)
    if len(one) != len(two):
        raise ValueError(f"{len(one)} and {len(two)} scores are no pairs")
    return one - two


def paired_difference(
    first: ArrayLike, second: ArrayLike, *, clusters: Sequence[Hashable] | None = None, level: float = LEVEL
) -> Estimate:
    """The mean difference, first less second, with Student's interval over the items, or the clusters of items."""
    found = differences(first, second)
    center = float(found.mean())
    error, degrees = _error(found, clusters)
    reach = t_two_sided(level, degrees) * error if degrees > 0 else inf
    method = "paired t" if clusters is None else "paired t, clustered"
    return Estimate(center, Interval(center - reach, center + reach, level, method), len(found))


def paired_test(first: ArrayLike, second: ArrayLike, *, clusters: Sequence[Hashable] | None = None) -> Test:
    """Student's test of the same; for 30 items or clusters and more. Without any difference at all p is 1."""
    found = differences(first, second)
    error, degrees = _error(found, clusters)
    method = "paired t" if clusters is None else "paired t, clustered"
    if degrees < 1 or not found.any():
        return Test(1.0, method)
    if error == 0:
        return Test(0.0, method)
    return Test(student_tails(abs(float(found.mean())) / error, degrees), method)


def correlation(first: ArrayLike, second: ArrayLike) -> float:
    """Of the scores of both variants over the items: what pairing gains. 0 where one of them never varies."""
    one, two = array_of(first), array_of(second)
    if one.std() == 0 or two.std() == 0:
        return 0.0
    return float(np.corrcoef(one, two)[0, 1])


def _error(found: NDArray[np.float64], clusters: Sequence[Hashable] | None) -> tuple[float, int]:
    """Standard error of the mean difference, and its degrees of freedom."""
    if clusters is None:
        return standard_error(found), len(found) - 1
    return clustered_error(found, clusters), len(set(clusters)) - 1
