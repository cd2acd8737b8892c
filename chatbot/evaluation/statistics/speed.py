"""Latency and cost: medians and tails with their intervals, and how many times faster one variant is than another."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chatbot.evaluation.statistics.interval import LEVEL, Estimate
from chatbot.evaluation.statistics.resampling import SEED, bootstrap


def quantile(seconds: ArrayLike, probability: float, *, level: float = LEVEL, seed: int = SEED) -> Estimate:
    """A quantile, such as the median or the 95th percentile, with a bootstrap interval. Leave out cached answers."""
    return bootstrap(seconds, lambda rows: float(np.quantile(rows, probability)), level=level, seed=seed)


def ratio(
    first: ArrayLike,
    second: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = LEVEL,
    seed: int = SEED,
) -> Estimate:
    """How many times larger the first's mean is than the second's, over the same items; NaN where the second's is 0."""

    def statistic(rows: NDArray[np.float64]) -> float:
        below = rows[:, 1].mean()
        return float(rows[:, 0].mean() / below) if below else float("nan")

    return bootstrap(np.column_stack([first, second]), statistic, clusters=clusters, level=level, seed=seed)
