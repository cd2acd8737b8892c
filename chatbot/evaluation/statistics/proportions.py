"""Intervals for an accuracy: a number of successes among a number of items."""

from __future__ import annotations

from math import sqrt

from chatbot.evaluation.statistics.interval import LEVEL, Interval, two_sided


def wilson(successes: int, n: int, level: float = LEVEL) -> Interval:
    """Wilson's score interval (Wilson 1927): near its level for every n, where the usual ± is far off for small ones.

    With n = 20 and a true accuracy of .95 the usual interval holds it in 64% of cases, this one in 92.5%. No items
    leave everything possible. Raises ValueError for counts that cannot be.
    """
    _check(successes, n)
    if n == 0:
        return Interval(0.0, 1.0, level, "Wilson")
    z = two_sided(level)
    share, spread = successes / n, z * z / n
    middle = share + spread / 2
    reach = z * sqrt(share * (1 - share) / n + spread / (4 * n))
    low = 0.0 if successes == 0 else (middle - reach) / (1 + spread)
    high = 1.0 if successes == n else (middle + reach) / (1 + spread)
    return Interval(low, high, level, "Wilson")


def exact(successes: int, n: int, level: float = LEVEL) -> Interval:
    """The interval of Clopper and Pearson (1934): never below its level, and wider for it."""
    from scipy.stats import beta

    _check(successes, n)
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, successes, n - successes + 1)) if successes else 0.0
    high = float(beta.ppf(1 - tail, successes + 1, n - successes)) if successes < n else 1.0
    return Interval(low, high, level, "exact")


def credible(successes: int, n: int, level: float = LEVEL) -> Interval:
    """The central interval of the posterior from a uniform prior: for fewer than 50 items (arXiv 2503.01747)."""
    from scipy.stats import beta

    _check(successes, n)
    law = beta(successes + 1, n - successes + 1)
    tail = (1 - level) / 2
    return Interval(float(law.ppf(tail)), float(law.ppf(1 - tail)), level, "Beta posterior")


def _check(successes: int, n: int) -> None:
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} cannot be right")
