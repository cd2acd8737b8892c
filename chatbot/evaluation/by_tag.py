"""The headline metric by tag: where a variant is strong, where weak, and where it differs from the baseline.

To look around, and no verdict: with ten tags some one differs by chance. Intervals are for each tag by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chatbot.evaluation.estimating import Table, difference_of, estimate_of
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.tally import Layout


@dataclass(frozen=True, slots=True)
class TagSummary:
    """The items of a tag."""

    tag: str
    items: int
    estimates: tuple[Estimate | None, ...]
    """The mean of each variant; None where it has no score."""
    differences: tuple[Estimate | None, ...]
    """Of each variant from the baseline; None for the baseline itself, and where no item has both scores."""


def by_tag(means: Sequence[Table], layout: Layout) -> tuple[TagSummary, ...]:
    """A summary for each tag, in the order in which tags come in the dataset.

    means: of each variant, the score of each item; NaN where there is none.
    """
    places: dict[str, list[int]] = {}
    for place, tags in enumerate(layout.tags):
        for tag in tags:
            places.setdefault(tag, []).append(place)
    return tuple(_summary(tag, items, means, layout) for tag, items in places.items())


def _summary(tag: str, items: Sequence[int], means: Sequence[Table], layout: Layout) -> TagSummary:
    clusters = None if layout.clusters is None else [layout.clusters[item] for item in items]
    chosen = [own[np.asarray(items)] for own in means]
    base = list(layout.variants).index(layout.baseline)
    return TagSummary(
        tag,
        len(items),
        tuple(estimate_of(own, clusters) for own in chosen),
        tuple(
            None if place == base else difference_of(own, chosen[base], clusters) for place, own in enumerate(chosen)
        ),
    )
