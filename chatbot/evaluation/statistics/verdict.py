"""The default verdict on a variant against the baseline: better, worse, equivalent, or undecided."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf, isfinite
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from chatbot.evaluation.statistics.discordance import Table, bonett_price, mcnemar, table_of
from chatbot.evaluation.statistics.interval import LEVEL, Estimate, normal_quantile, two_sided
from chatbot.evaluation.statistics.means import FEW_CLUSTERS, array_of
from chatbot.evaluation.statistics.pairs import Test, differences, paired_difference, paired_test
from chatbot.evaluation.statistics.power import ALPHA, POWER
from chatbot.evaluation.statistics.resampling import bootstrap_of_means, sign_flip
from chatbot.evaluation.statistics.several import holm

Verdict = Literal["better", "worse", "equivalent", "undecided"]

FEW = 30
"""Pairs, below which means are compared by sign flips and not by Student's law."""

_TURNED: Mapping[Verdict, Verdict] = {"better": "worse", "worse": "better"}

EQUIVALENCE = 0.90
"""Level of the interval that must lie inside the margin: two one-sided tests at 5% (Schuirmann 1987)."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A variant against the baseline on the items that both have a score for."""

    difference: Estimate
    """The variant's mean less the baseline's."""
    test: Test
    narrow: Estimate
    """The difference with the interval for equivalence."""
    table: Table | None
    """Where scores are 0 and 1: `only_first` are items that the variant alone has right."""
    deviation: float
    """Standard deviation of the differences."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A comparison with its verdict, which takes into account how many were compared."""

    comparison: Comparison
    p: float
    """Corrected for all variants of the run (Holm)."""
    verdict: Verdict
    more_items: int | None = None
    """Of an undecided one: about how many items more would show a difference as large as that seen, or the margin;
    None where there is nothing to go by."""


def compare(variant: ArrayLike, baseline: ArrayLike, *, clusters: Sequence[Hashable] | None = None) -> Comparison:
    """A variant against the baseline, both in the order of the same items.

    Scores of 0 and 1: Bonett-Price interval and mid-p McNemar. Others: Student's, or for fewer than 30 pairs the
    bootstrap and sign flips. With clusters: their versions, by resampling whole ones where they are fewer than 20.
    Where no score differs, and all lie from 0 to 1, there is no spread to go by: Bonett-Price then, a cluster an item.
    """
    found = differences(variant, baseline)
    binary = bool(np.isin(variant, (0, 1)).all() and np.isin(baseline, (0, 1)).all())
    table = table_of(variant, baseline) if binary else None
    few = len(found) < FEW if clusters is None else len(set(clusters)) < FEW_CLUSTERS
    deviation = float(found.std(ddof=1)) if len(found) > 1 else inf
    if table is not None and clusters is None:
        intervals = [bonett_price(table.only_first, table.only_second, table.n, each) for each in (LEVEL, EQUIVALENCE)]
        test = mcnemar(table.only_first, table.only_second)
    elif few:
        intervals = [bootstrap_of_means(found, clusters=clusters, level=each) for each in (LEVEL, EQUIVALENCE)]
        test = sign_flip(variant, baseline, clusters=clusters)
    else:
        intervals = [
            paired_difference(variant, baseline, clusters=clusters, level=each) for each in (LEVEL, EQUIVALENCE)
        ]
        test = paired_test(variant, baseline, clusters=clusters)
    if not found.any() and all(((array_of(each) >= 0) & (array_of(each) <= 1)).all() for each in (variant, baseline)):
        intervals = [_nothing_differs(len(found), clusters, each) for each in (LEVEL, EQUIVALENCE)]
    return Comparison(intervals[0], test, intervals[1], table, deviation)


def judge(
    comparisons: Sequence[Comparison],
    *,
    margin: float | None = None,
    alpha: float = ALPHA,
    less_is_better: bool = False,
) -> list[Judged]:
    """The verdicts on all variants of a run, in their order.

    margin: a difference that does not matter, fixed before anybody looks; without one nothing is called equivalent.
    less_is_better: of what is spent.
    """
    corrected = holm([comparison.test.p for comparison in comparisons])
    found = [
        _judged(comparison, p, margin, alpha, len(comparisons))
        for comparison, p in zip(comparisons, corrected, strict=True)
    ]
    if less_is_better:
        return [replace(each, verdict=_TURNED.get(each.verdict, each.verdict)) for each in found]
    return found


def not_inferior(comparison: Comparison, margin: float) -> bool | None:
    """For a gate: whether the variant is at most `margin` worse; None where the interval leaves both open."""
    interval = comparison.difference.interval
    if interval.low > -margin:
        return True
    return False if interval.high < -margin else None


def _judged(comparison: Comparison, p: float, margin: float | None, alpha: float, compared: int) -> Judged:
    difference, narrow = comparison.difference.value, comparison.narrow.interval
    if margin is not None and -margin < narrow.low and narrow.high < margin:
        return Judged(comparison, p, "equivalent")
    if p < alpha and difference:
        return Judged(comparison, p, "better" if difference > 0 else "worse")
    return Judged(comparison, p, "undecided", _missing(comparison, margin, alpha / compared))


def _missing(comparison: Comparison, margin: float | None, alpha: float) -> int | None:
    """Items that would show what was seen, if it is more than what does not matter; else that would show the margin.

    From the interval, whose width says what clusters and repeats have made of the items: a difference is shown with 80%
    power where it is z_alpha + z_beta standard errors, and those shrink with the root of the items.
    """
    difference = comparison.difference
    wanted = max(abs(difference.value), margin or 0.0)
    if not wanted or not isfinite(difference.interval.half_width):
        return None
    error = difference.interval.half_width / two_sided(difference.interval.level)
    reach = (normal_quantile(1 - alpha / 2) + normal_quantile(POWER)) * error / wanted
    return max(1, ceil(difference.n * (reach**2 - 1)))


def _nothing_differs(n: int, clusters: Sequence[Hashable] | None, level: float) -> Estimate:
    """No difference, with the interval of so many items, or clusters, of which none differs."""
    return replace(bonett_price(0, 0, n if clusters is None else len(set(clusters)), level), n=n)
