"""Two variants that are right or wrong on the same items: all that tells them apart are the items on which they differ.

`only_first` items are right with the first variant alone, `only_second` with the second alone, among n.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, exp, lgamma, log, sqrt

import numpy as np
from numpy.typing import ArrayLike

from chatbot.evaluation.statistics.interval import LEVEL, Estimate, Interval, two_sided
from chatbot.evaluation.statistics.laws import incomplete_beta
from chatbot.evaluation.statistics.means import array_of
from chatbot.evaluation.statistics.pairs import Test


@dataclass(frozen=True, slots=True)
class Table:
    """The 2x2 table of two variants on the same items."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def n(self) -> int:
        """Items."""
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def discordance(self) -> float:
        """Share of the items on which they differ."""
        return (self.only_first + self.only_second) / self.n if self.n else 0.0


def table_of(first: ArrayLike, second: ArrayLike) -> Table:
    """The table of two rows of scores of 0 and 1. Raises ValueError for other scores, or rows of other lengths."""
    one, two = array_of(first), array_of(second)
    if len(one) != len(two):
        raise ValueError(f"{len(one)} and {len(two)} scores are no pairs")
    if not np.isin(one, (0, 1)).all() or not np.isin(two, (0, 1)).all():
        raise ValueError("a table counts scores of 0 and 1 only")
    right, other = one == 1, two == 1
    counts = (right & other, right & ~other, ~right & other, ~right & ~other)
    return Table(*(int(each.sum()) for each in counts))


COUNTED = 1_000
"""Items on which two variants differ, up to which ways are counted in whole numbers, whose digits grow with them."""


def mcnemar(only_first: int, only_second: int, *, mid_p: bool = True) -> Test:
    """McNemar's test (1947): whether the items on which two variants differ fall to both alike.

    Exact and two-sided. `mid_p` counts what was seen by half, which keeps the size at 4.3% where the exact test has
    2.6% and misses differences for it (Fagerland et al. 2013).
    """
    n, fewer = only_first + only_second, min(only_first, only_second)
    if n == 0:
        return Test(1.0, "McNemar")
    method = "McNemar, mid-p" if mid_p else "McNemar, exact"
    if n > COUNTED:
        seen = exp(lgamma(n + 1) - lgamma(fewer + 1) - lgamma(n - fewer + 1) - n * log(2)) if mid_p else 0.0
        return Test(min(1.0, 2 * incomplete_beta(n - fewer, fewer + 1, 0.5) - seen), method)
    below = sum(comb(n, k) for k in range(fewer + 1))
    # whole numbers as long as they go: 2 ** n is past every float from some thousand items on
    twice = 2 * below - comb(n, fewer) if mid_p else 2 * below
    return Test(min(1.0, twice / (1 << n)), method)


def bonett_price(only_first: int, only_second: int, n: int, level: float = LEVEL) -> Estimate:
    """The difference of two accuracies on the same n items, with the interval of Bonett and Price (2012).

    It holds its level also where few items differ: with 50 items and 5% of them discordant the usual interval has 87%.
    Raises ValueError for counts that cannot be.
    """
    if min(only_first, only_second) < 0 or only_first + only_second > n or n == 0:
        raise ValueError(f"{only_first} and {only_second} of {n} items cannot differ")
    one, two = (only_first + 1) / (n + 2), (only_second + 1) / (n + 2)
    reach = two_sided(level) * sqrt((one + two - (one - two) ** 2) / (n + 2))
    low, high = max(-1.0, one - two - reach), min(1.0, one - two + reach)
    return Estimate((only_first - only_second) / n, Interval(low, high, level, "Bonett-Price"), n)
