"""The difference of two figures that rest on different items, such as one of our own and one that a paper gives.

Never for two variants on the same items: there the items are paired, and this throws most of the power away.
"""

from __future__ import annotations

from math import hypot

from chatbot.evaluation.statistics.interval import Estimate, Interval


def difference_of(first: Estimate, second: Estimate) -> Estimate:
    """The first less the second, with an interval from those of both (MOVER: Zou and Donner 2008).

    With Wilson's intervals of two accuracies it is Newcombe's tenth method (1998). Raises ValueError for intervals of
    different levels.
    """
    one, two = first.interval, second.interval
    if one.level != two.level:
        raise ValueError(f"an interval of {one.level:.0%} and one of {two.level:.0%} have no difference")
    difference = first.value - second.value
    low = difference - hypot(first.value - one.low, two.high - second.value)
    high = difference + hypot(one.high - first.value, second.value - two.low)
    return Estimate(difference, Interval(low, high, one.level, "MOVER"), min(first.n, second.n))
