"""Which difference so many items can show, from how far variants were apart on the items of a pilot."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf

import numpy as np

from chatbot.evaluation.statistics.means import clustered_error, standard_error
from chatbot.evaluation.statistics.power import ALPHA, items_for, smallest_difference, smallest_difference_of_means

DISCORDANCE = 0.2
"""Share of items on which two variants are assumed to differ where no pilot says."""

ENOUGH = 10
"""Items that a pilot must have of both variants to say anything."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a comparison with the baseline can show, in four of five runs; of several the widest apart decides."""

    difference: float
    """The smallest; infinite where it shows none."""
    discordance: float | None
    """Share of the items on which the two differ; None for scores that are not only 0 and 1."""
    pilot: int
    """Items that say so; 0 where it is assumed."""
    comparisons: int
    """With the baseline: the test of each is the stricter for the others."""
    items_for_margin: int | None = None
    """Items that it takes to show a difference as large as the margin; None where there is none, or no share known."""


def reach(
    pilot: Mapping[int, Mapping[int, float]],
    baseline: int,
    items: int,
    *,
    variants: int,
    clusters: Sequence[Hashable] | None = None,
    margin: float | None = None,
) -> Reach:
    """What a run over so many items can show.

    pilot: scores by variant and item. clusters: of each item, by its place; None where items stand alone.
    """
    comparisons = max(1, variants - 1)
    alpha = ALPHA / comparisons
    found = [
        each
        for variant, scores in pilot.items()
        if variant != baseline and (each := _apart(scores, pilot.get(baseline, {}), clusters))
    ]
    if not found:
        found = [_Apart(0, DISCORDANCE, None, 1.0)]
    reaches = [(_difference(each, items, alpha), each) for each in found]
    difference, widest = max(reaches, key=lambda pair: pair[0])
    needed = _needed(margin, widest, alpha) if margin else None
    return Reach(difference, widest.discordance, widest.items, comparisons, needed)


@dataclass(frozen=True, slots=True)
class _Apart:
    """How far two variants are apart in a pilot."""

    items: int
    discordance: float | None
    """None for scores that are not only 0 and 1."""
    deviation: float | None
    """Of the differences; None where the discordance says all."""
    design: float
    """How many items count as one, since those of a cluster are alike."""


def _apart(one: Mapping[int, float], two: Mapping[int, float], clusters: Sequence[Hashable] | None) -> _Apart | None:
    shared = sorted(one.keys() & two.keys())
    if len(shared) < ENOUGH:
        return None
    first, second = (np.array([scores[item] for item in shared]) for scores in (one, two))
    differences = first - second
    plain = standard_error(differences)
    clustered = clustered_error(differences, [clusters[item] for item in shared]) if clusters is not None else plain
    design = max(1.0, (clustered / plain) ** 2) if plain and clustered < inf else 1.0
    if np.isin((first, second), (0, 1)).all():
        return _Apart(len(shared), float((first != second).mean()), None, design)
    return _Apart(len(shared), None, float(differences.std(ddof=1)), design)


def _difference(apart: _Apart, items: int, alpha: float) -> float:
    alone = int(items / apart.design)
    if apart.deviation is not None:
        return smallest_difference_of_means(alone, apart.deviation, alpha=alpha)
    return smallest_difference(alone, apart.discordance, alpha=alpha) if apart.discordance else inf


def _needed(margin: float, apart: _Apart, alpha: float) -> int | None:
    if apart.deviation is not None:
        at_1_000 = smallest_difference_of_means(1_000, apart.deviation, alpha=alpha)
        return ceil(apart.design * 1_000 * (at_1_000 / margin) ** 2)
    if not apart.discordance or margin > apart.discordance:
        return None
    return ceil(apart.design * items_for(margin, apart.discordance, alpha=alpha))
