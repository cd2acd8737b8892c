"""A test that may be looked at after every item, as often as one likes, and stopped whenever it decides.

It is a bet: somebody who stakes on the differences of two variants gains nothing in the long run if the variants are
equal, whatever is staked. So much wealth that it comes in one of twenty such games at most is evidence against
equality, at whatever moment it is there (Ville 1939; Waudby-Smith and Ramdas 2023, arXiv 2010.09686). The stakes are
spread evenly over all that cannot ruin. For scores of 0 and 1 the wealth is 2^(b+c) B(b+1, c+1), with b and c the items
that one of both has right alone; an ordinary p-value, looked at after every ten items, is below .05 at some time in
21% of runs with equal variants.

Differences lie between -1 and 1, and their units, items or clusters of items, come in random order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from math import ceil, exp, log
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chatbot.evaluation.statistics.interval import LEVEL, Interval
from chatbot.evaluation.statistics.power import ALPHA

METHOD = "always-valid"
"""Name of the test and its intervals."""

STAKES = 512
"""Into which the wealth is divided: fine enough for tens of thousands of differing items; any number is valid."""

CLOSE = 1e-6
"""How near the ends of an interval are to the first mean that is refuted."""

Side = Literal[-1, 0, 1]
"""1: bets that the mean is larger; -1: that it is smaller; 0: on both."""


@dataclass(slots=True)
class Evidence:
    """What the units that have come say against equality, and for a difference within a margin."""

    margin: float | None = None
    """A difference that does not matter; None where every one does."""
    units: list[tuple[float, float]] = field(default_factory=list)
    """Of each its difference and its weight."""
    peak: float = 0.0
    """Logarithm of the largest wealth so far, of the bet against equality."""
    _bets: list[_Bet] = field(default_factory=list)

    def __post_init__(self) -> None:
        inside = [] if self.margin is None else [_Bet(-self.margin, 1), _Bet(self.margin, -1)]
        self._bets = [_Bet(0.0, 0), *inside]

    def see(self, difference: float, weight: float = 1.0) -> None:
        """One more unit.

        weight: what it counts for, 1 at most, as a cluster does that is smaller than the largest; the difference is
        then as much smaller. Raises ValueError for a difference beyond its weight.
        """
        if not abs(difference) <= weight <= 1:
            raise ValueError(f"a difference of {difference:g} is none of scores between 0 and 1")
        self.units.append((difference, weight))
        for bet in self._bets:
            bet.see(difference, weight)
        self.peak = max(self.peak, self._bets[0].log_wealth)

    @property
    def p(self) -> float:
        """A p-value that holds whenever it is looked at: 1 over the largest wealth so far."""
        return min(1.0, exp(-self.peak))

    def equivalent(self, alpha: float = ALPHA) -> bool:
        """Whether the difference is shown to lie inside the margin, by one-sided bets against either end."""
        return self.margin is not None and all(bet.log_wealth >= -log(alpha) for bet in self._bets[1:])

    def interval(self, level: float = LEVEL) -> Interval:
        """Every mean difference that the bets against it do not refute now; it holds whenever one stops."""
        return self._not_refuted(log(1 / (1 - level)), (0, 0), level)

    def narrow(self, alpha: float = ALPHA) -> Interval:
        """The same, each end by a one-sided bet: what must lie inside the margin to call variants equivalent."""
        return self._not_refuted(log(1 / alpha), (1, -1), 1 - 2 * alpha)

    def more_items(self, wanted: float, alpha: float = ALPHA) -> int | None:
        """About how many more units a difference of `wanted` would take, at the spread seen; None where there is none.

        As if the units so far came again and again: their wealth grows with their number.
        """
        spread = sum(total**2 for total, _ in self.units) / len(self.units) if self.units else 0.0
        if not wanted or not spread:
            return None
        # of a value v with mean d and mean square s, a stake x gains x d - x^2 s / 2 a unit: at best d^2 / 2 s
        gain = wanted**2 / (2 * spread)
        needed = (log(1 / alpha) + 1) / gain
        for _ in range(20):  # what spreading the stakes costs grows with the logarithm of the number
            needed = (log(1 / alpha) + 0.5 * log(max(1.0, 2 * needed * spread / np.pi))) / gain
        return max(1, ceil(needed) - len(self.units))

    def _not_refuted(self, bound: float, sides: tuple[Side, Side], level: float) -> Interval:
        if not self.units:
            return Interval(-1.0, 1.0, level, METHOD)
        totals, weights, counts = self._counted()
        center = float((counts * totals).sum() / (counts * weights).sum())

        def end(outside: float, side: Side) -> float:
            inside = center
            while abs(outside - inside) > CLOSE:
                middle = (outside + inside) / 2
                if _log_wealth(totals, weights, counts, middle, side) < bound:
                    inside = middle
                else:
                    outside = middle
            return inside

        return Interval(end(-1.0, sides[0]), end(1.0, sides[1]), level, METHOD)

    def _counted(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Differences, weights, and how often each pair of them came."""
        rows, counts = np.unique(np.array(self.units).reshape(-1, 2), axis=0, return_counts=True)
        return rows[:, 0], rows[:, 1], counts.astype(np.float64)


@cache
def _shares() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places between -1 and 1, and the logarithm of the wealth that is staked there.

    The first rule of Fejer (1933): its sums are those of an even spread for polynomials below the number of places.
    """
    angles = (np.arange(STAKES) + 0.5) * np.pi / STAKES
    orders = np.arange(1, STAKES // 2)
    weights = (1 - 2 * (np.cos(2 * np.outer(angles, orders)) / (4 * orders**2 - 1)).sum(axis=1)) / STAKES
    return np.cos(angles), np.log(weights / weights.sum())


def _at_first() -> NDArray[np.float64]:
    return _shares()[1].copy()


@dataclass(slots=True)
class _Bet:
    """The wealth of bets against one mean."""

    mean: float
    side: Side
    log_wealth: float = 0.0
    _each: NDArray[np.float64] = field(default_factory=_at_first)

    def see(self, difference: float, weight: float) -> None:
        gain = difference - self.mean * weight
        if gain:
            self._each += np.log1p(_stakes(self.mean, self.side) * gain)
            self.log_wealth = _log_sum(self._each)


def _log_wealth(
    totals: NDArray[np.float64], weights: NDArray[np.float64], counts: NDArray[np.float64], mean: float, side: Side
) -> float:
    gains = totals - mean * weights
    return _log_sum(_shares()[1] + counts @ np.log1p(np.outer(gains, _stakes(mean, side))))


def _stakes(mean: float, side: Side) -> NDArray[np.float64]:
    """Stakes against a mean that no difference between -1 and 1 ruins."""
    low = 0.0 if side > 0 else -1 / (1 - mean)
    high = 0.0 if side < 0 else 1 / (1 + mean)
    stakes: NDArray[np.float64] = (low + high) / 2 + (high - low) / 2 * _shares()[0]
    return stakes


def _log_sum(logarithms: NDArray[np.float64]) -> float:
    most = float(logarithms.max())
    return most + log(float(np.exp(logarithms - most).sum()))
