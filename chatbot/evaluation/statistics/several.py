"""Many variants, or many metrics, at once: corrections for having looked at all of them, and tests of all together.

Of eight equal variants some one looks better than the baseline in 24% of runs without a correction. Whatever was tried
counts, also what was thrown away.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from chatbot.evaluation.statistics.interval import LEVEL, Interval
from chatbot.evaluation.statistics.means import codes_of
from chatbot.evaluation.statistics.pairs import Test
from chatbot.evaluation.statistics.resampling import RESAMPLES, SEED


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values, corrected (Holm 1979), in their order: any of them below .05 is wrong in 5% of runs at most."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        corrected[at] = highest
    return corrected


def false_discovery(p_values: Sequence[float]) -> list[float]:
    """The p-values, corrected for the share of false finds (Benjamini and Hochberg 1995): for looking around only."""
    from scipy.stats import false_discovery_control

    return [float(p) for p in false_discovery_control(p_values)] if p_values else []


def max_t(
    differences: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = LEVEL,
    seed: int = SEED,
    resamples: int = RESAMPLES,
) -> tuple[list[Interval], list[float]]:
    """Intervals that hold all at once, and corrected p-values, for variants that were run on the same items.

    `differences`: a row an item, a column a variant's score less the baseline's. The largest |t| over the variants in
    paired resamples of items, or of clusters, sets the bound (Romano and Wolf 2005, single step); since scores of
    variants go together it is narrower than Holm's. A variant that never differs has an interval of 0 and p = 1.
    """
    table = np.asarray(differences, dtype=np.float64)
    n = len(table)
    codes, count = codes_of(list(range(n)) if clusters is None else clusters, n)
    sums = np.stack([np.bincount(codes, weights=column, minlength=count) for column in table.T], axis=1)
    sizes = np.bincount(codes, minlength=count).astype(np.float64)
    center = table.mean(axis=0)
    error = _errors(sums, sizes, center)
    random = np.random.default_rng(seed)
    highest = np.empty(resamples)
    for at in range(resamples):
        picked = random.integers(0, count, count)
        drawn, weights = sums[picked], sizes[picked]
        mean = drawn.sum(axis=0) / weights.sum()
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.abs(mean - center) / _errors(drawn, weights, mean)
        highest[at] = np.nan_to_num(ratio, nan=0.0, posinf=0.0).max(initial=0.0)
    bound = float(np.quantile(highest, level))
    seen = np.divide(np.abs(center), error, out=np.zeros_like(center), where=error > 0)
    intervals = [
        Interval(float(middle - bound * each), float(middle + bound * each), level, "max-T")
        for middle, each in zip(center, error, strict=True)
    ]
    return intervals, [float(((highest >= each).sum() + 1) / (resamples + 1)) if each else 1.0 for each in seen]


def _errors(sums: np.ndarray, sizes: np.ndarray, center: np.ndarray) -> np.ndarray:
    """Clustered standard errors of the columns' means."""
    count, n = len(sums), sizes.sum()
    spread = sums - np.outer(sizes, center)
    errors: np.ndarray = np.sqrt(count / max(count - 1, 1) * (spread**2).sum(axis=0)) / n
    return errors


def cochran_q(table: ArrayLike) -> Test:
    """Whether variants that are right or wrong on the same items are all equally good (Cochran 1950).

    `table`: a row an item, a column a variant. Items on which all agree carry nothing; without any other p is 1.
    """
    from scipy.stats import chi2

    scores = np.asarray(table, dtype=np.float64)
    variants = scores.shape[1]
    rows, columns = scores.sum(axis=1), scores.sum(axis=0)
    spread = float((rows * (variants - rows)).sum())
    if spread == 0:
        return Test(1.0, "Cochran Q")
    statistic = (variants - 1) * variants * float(((columns - columns.mean()) ** 2).sum()) / spread
    return Test(float(chi2.sf(statistic, variants - 1)), "Cochran Q")


def friedman(table: ArrayLike) -> Test:
    """The same for scores of any kind, by their ranks (Friedman 1937); three variants and more."""
    from scipy.stats import friedmanchisquare

    scores = np.asarray(table, dtype=np.float64)
    if (scores == scores[:, :1]).all():
        return Test(1.0, "Friedman")
    return Test(float(friedmanchisquare(*scores.T).pvalue), "Friedman")
