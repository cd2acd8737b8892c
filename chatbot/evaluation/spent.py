"""What a variant takes for an answer, and how much more than the baseline: dollars, tokens, seconds, with intervals.

Always of the same items, joined by the item. Times of answers that were recalled, or that failed, are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chatbot.evaluation.estimating import Table, item_means
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.statistics.speed import average, quantile, ratio, saving
from chatbot.evaluation.tally import Tally

SLOW = 0.95
"""The quantile of the times that stands for the slow ones."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Of a variant, for an item once asked; None where nothing is known."""

    cost: Estimate | None
    """US dollars."""
    tokens: Estimate | None
    """Of requests and replies."""
    median: Estimate | None
    """Seconds."""
    slow: Estimate | None
    """Seconds within which 95 % of the answers came."""


@dataclass(frozen=True, slots=True)
class More:
    """Of a variant against the baseline, for the same item."""

    name: str
    cost: Estimate | None
    """US dollars more."""
    tokens: Estimate | None
    """Tokens more."""
    times_as_long: Estimate | None
    """Seconds of the variant over those of the baseline."""


def spent_of(tally: Tally, clusters: Sequence[str] | None) -> Spent:
    """What a variant takes."""
    seconds = tally.seconds[np.isfinite(tally.seconds)]
    return Spent(
        _average(tally.cost, clusters),
        _average(tally.tokens, clusters),
        quantile(seconds, 0.5) if len(seconds) else None,
        quantile(seconds, SLOW) if len(seconds) else None,
    )


def more_of(name: str, tally: Tally, baseline: Tally, clusters: Sequence[str] | None) -> More:
    """How much more a variant takes than the baseline."""
    cost, tokens = (
        saving(*pair[:2], clusters=pair[2]) if (pair := _pairs(own, base, clusters)) else None
        for own, base in ((tally.cost, baseline.cost), (tally.tokens, baseline.tokens))
    )
    times = _pairs(_above_0(tally.seconds), _above_0(baseline.seconds), clusters)
    return More(name, cost, tokens, ratio(*times[:2], clusters=times[2]) if times else None)


def _average(table: Table, clusters: Sequence[str] | None) -> Estimate | None:
    means = item_means(table)
    known = np.flatnonzero(np.isfinite(means))
    return average(means[known], clusters=_chosen(clusters, known.tolist())) if len(known) else None


def _pairs(own: Table, base: Table, clusters: Sequence[str] | None) -> tuple[Table, Table, list[str] | None] | None:
    """The amounts of the items that both have, with their clusters; None where there are none."""
    one, two = item_means(own), item_means(base)
    shared = np.flatnonzero(np.isfinite(one) & np.isfinite(two))
    return (one[shared], two[shared], _chosen(clusters, shared.tolist())) if len(shared) else None


def _chosen(clusters: Sequence[str] | None, items: Sequence[int]) -> list[str] | None:
    return None if clusters is None else [clusters[item] for item in items]


def _above_0(seconds: Table) -> Table:
    return np.where(seconds > 0, seconds, np.nan)
