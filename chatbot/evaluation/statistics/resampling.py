"""Bootstrap and sign flips: intervals and tests for whatever has no formula, over items or whole clusters of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chatbot.evaluation.statistics.interval import LEVEL, Estimate, Interval, normal_quantile
from chatbot.evaluation.statistics.means import codes_of
from chatbot.evaluation.statistics.pairs import Test, differences

RESAMPLES = 9_999
"""With fewer the same data give visibly different intervals."""

SEED = 0
"""The same data give the same interval."""

EXACT_FLIPS = 14
"""Up to so many pairs or clusters all flips are looked at: 2 ** 14 of them, no more than are drawn otherwise."""

Statistic = Callable[[NDArray[np.float64]], float]
"""What is estimated, of rows of scores: one row an item, one column a variant (and perhaps a repeat)."""

BLOCK = 2_000_000
"""Numbers that are drawn at once: memory stays flat however many items there are."""


def bootstrap(
    rows: ArrayLike,
    statistic: Statistic,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = LEVEL,
    seed: int = SEED,
    resamples: int = RESAMPLES,
) -> Estimate:
    """The statistic with its bias-corrected and accelerated interval (Efron 1987), items or clusters drawn with return.

    An item's columns stay together, so that variants are compared on the same items. Where the statistic cannot be
    worked out for a resample (it is NaN), that resample is left out. Not for 0/1 differences that are rare: see
    `discordance.bonett_price`.
    """
    table = np.asarray(rows, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    groups = _groups(len(table), clusters)
    value = statistic(table)
    drawn = np.array([statistic(table[rows]) for rows in _draws(groups, seed, resamples)])
    left_out = np.array([statistic(table[np.concatenate(groups[:at] + groups[at + 1 :])]) for at in _spread(groups)])
    interval = _bca(value, drawn[np.isfinite(drawn)], left_out[np.isfinite(left_out)], level)
    return Estimate(value, interval, len(table))


Combine = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""What is estimated, of means: one row a set of means, one column a variant; out comes a value for each row."""


def bootstrap_of_means(
    rows: ArrayLike,
    combine: Combine = lambda means: means[:, 0],
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = LEVEL,
    seed: int = SEED,
    resamples: int = RESAMPLES,
) -> Estimate:
    """The same for whatever is worked out from the columns' means, such as a difference of costs.

    A hundred times faster: all resamples are worked out at once, block by block, so that memory stays flat.
    """
    table = np.asarray(rows, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    codes, count = codes_of(list(range(len(table))) if clusters is None else clusters, len(table))
    sums = np.stack([np.bincount(codes, weights=column, minlength=count) for column in table.T], axis=1)
    sizes = np.bincount(codes, minlength=count).astype(np.float64)
    value = float(combine(table.mean(axis=0)[None])[0])
    random = np.random.default_rng(seed)
    drawn: list[NDArray[np.float64]] = []
    left = resamples
    while left:
        rounds = min(left, max(1, BLOCK // count))
        picked = random.integers(0, count, (rounds, count), dtype=np.int32)
        drawn.append(combine(sums[picked].sum(axis=1) / sizes[picked].sum(axis=1)[:, None]))
        left -= rounds
    others = (sums.sum(axis=0) - sums) / np.maximum(sizes.sum() - sizes, 1)[:, None]
    left_out = combine(others) if count > 1 else np.zeros(0)
    values = np.concatenate(drawn)
    interval = _bca(value, values[np.isfinite(values)], left_out[np.isfinite(left_out)], level)
    return Estimate(value, interval, len(table))


def bootstrap_of_sums(
    rows: ArrayLike,
    times: Sequence[int] | NDArray[np.intp],
    combine: Combine,
    *,
    level: float = LEVEL,
    seed: int = SEED,
    resamples: int = RESAMPLES,
) -> Estimate:
    """The same for whatever is worked out from sums over items, such as F1 of counts of a confusion.

    rows: what an item adds to each sum, a row a kind of item. times: how many items are of that kind. How often each
    kind is drawn is one draw of a multinomial law, however many items there are.
    """
    table, counts = np.asarray(rows, dtype=np.float64), np.asarray(times)
    n = int(counts.sum())
    whole = counts @ table
    value = float(combine(whole[None])[0])
    random = np.random.default_rng(seed)
    drawn: list[NDArray[np.float64]] = []
    left = resamples
    while left:
        rounds = min(left, max(1, BLOCK // len(counts)))
        drawn.append(combine(random.multinomial(n, counts / n, rounds) @ table))
        left -= rounds
    # an item that is left out takes what it adds with it, and there are as many such as of its kind
    left_out = combine(whole - table).repeat(counts) if n > 1 else np.zeros(0)
    values = np.concatenate(drawn)
    interval = _bca(value, values[np.isfinite(values)], left_out[np.isfinite(left_out)], level)
    return Estimate(value, interval, n)


def sign_flip(
    first: ArrayLike,
    second: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    seed: int = SEED,
    resamples: int = RESAMPLES,
) -> Test:
    """Whether the mean difference is larger than chance makes it, where which variant is which is left to a coin.

    All flips of few pairs, else so many at random, what was seen among them. Clusters are flipped as a whole.
    """
    found = differences(first, second)
    sums = found if clusters is None else _sums(found, clusters)
    seen = abs(sums.sum())
    slack = 1e-9 * max(1.0, float(np.abs(sums).sum()))
    if len(sums) <= EXACT_FLIPS:
        flips = np.array(list(product((-1.0, 1.0), repeat=len(sums))))
        return Test(float((np.abs(flips @ sums) >= seen - slack).mean()), "sign flip, exact")
    random = np.random.default_rng(seed)
    beyond, left = 0, resamples
    while left:
        count = min(left, max(1, BLOCK // len(sums)))
        flips = random.integers(0, 2, (count, len(sums)), dtype=np.int8) * 2.0 - 1.0
        beyond += int((np.abs(flips @ sums) >= seen - slack).sum())
        left -= count
    return Test((beyond + 1) / (resamples + 1), "sign flip")


def _sums(found: NDArray[np.float64], clusters: Sequence[Hashable]) -> NDArray[np.float64]:
    codes, count = codes_of(clusters, len(found))
    return np.bincount(codes, weights=found, minlength=count).astype(np.float64)


def _groups(n: int, clusters: Sequence[Hashable] | None) -> list[NDArray[np.intp]]:
    """The rows that are drawn together."""
    if clusters is None:
        return [np.array([at], dtype=np.intp) for at in range(n)]
    codes, count = codes_of(clusters, n)
    return [np.flatnonzero(codes == code) for code in range(count)]


def _draws(groups: list[NDArray[np.intp]], seed: int, resamples: int) -> list[NDArray[np.intp]]:
    random = np.random.default_rng(seed)
    picked = random.integers(0, len(groups), (resamples, len(groups)))
    if all(len(group) == 1 for group in groups):
        return list(np.concatenate(groups)[picked])
    return [np.concatenate([groups[at] for at in row]) for row in picked]


JACKKNIFE = 2_000
"""Groups that are left out in turn for the acceleration, evenly spread, where there are more."""


def _spread(groups: list[NDArray[np.intp]]) -> list[int]:
    count = len(groups)
    if count < 2:
        return []
    return sorted({round(at) for at in np.linspace(0, count - 1, min(count, JACKKNIFE))})


def _bca(value: float, drawn: NDArray[np.float64], left_out: NDArray[np.float64], level: float) -> Interval:
    """The interval between two quantiles of the draws, which bias and skewness have shifted."""
    tail = (1 - level) / 2
    if not len(drawn) or drawn.min() == drawn.max():
        return Interval(value, value, level, "bootstrap")
    # ties count by half, or else data with few values are shifted for nothing
    below = (float((drawn < value).mean()) + float((drawn <= value).mean())) / 2
    bias = normal_quantile(min(max(below, 1 / len(drawn)), 1 - 1 / len(drawn)))
    skew = left_out.mean() - left_out if len(left_out) else np.zeros(1)
    scale = 6 * float((skew**2).sum()) ** 1.5
    acceleration = float((skew**3).sum()) / scale if scale > 0 else 0.0
    shifted = [_shifted(bias, acceleration, normal_quantile(each)) for each in (tail, 1 - tail)]
    low, high = np.quantile(drawn, shifted)
    return Interval(float(low), float(high), level, "bootstrap, BCa")


def _shifted(bias: float, acceleration: float, z: float) -> float:
    from statistics import NormalDist

    return NormalDist().cdf(bias + (bias + z) / (1 - acceleration * (bias + z)))
