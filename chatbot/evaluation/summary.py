"""What a run comes to: of every variant how many cells became what, its mean with an interval, what it cost, how long
it took; and against the baseline the difference, its test and the verdict. All of it for every metric of the suite.

Pure: from cells and scores to figures. An item that was asked several times counts once, with the mean of its scores.
A reply that declines or has no answer counts as 0, and how many there were is told; what failed or could not be judged
counts for nothing, and the mean is told both without it and with it as 0.
Variants are compared on the items that both have a score for, joined by the item; how many were left out is told.
Where fewer than 99 % of a variant's replies are whole there is no headline: the figures are there, and are not given
as the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from chatbot.evaluation.endings import LEAST_WHOLE, Ending
from chatbot.evaluation.metric import Metric
from chatbot.evaluation.records import Status
from chatbot.evaluation.statistics.interval import Estimate, Interval
from chatbot.evaluation.statistics.means import clustered_mean, mean
from chatbot.evaluation.statistics.proportions import wilson
from chatbot.evaluation.statistics.verdict import Comparison, Judged, compare, judge
from chatbot.evaluation.tally import Layout, Marked, Marks, Table, Tally, item_means, tally
from chatbot.messages import Usage


@dataclass(frozen=True, slots=True)
class Measured:
    """What a metric says of a variant."""

    name: str
    """The variant's."""
    statuses: Mapping[Status, int]
    """Cells by what became of them."""
    left_out: int
    """Cells that the metric is not about."""
    estimate: Estimate | None
    """The mean over items, in which a reply without an answer counts as 0; None where none has a score."""
    if_answered: float | None
    """The mean of the replies that have an answer."""
    if_failed_is_wrong: float | None
    """The mean if cells that failed or could not be judged counted as 0 too."""


@dataclass(frozen=True, slots=True)
class Against:
    """A variant against the baseline."""

    name: str
    judged: Judged
    left_out: int
    """Items that one of them has no score for."""
    headline: bool = True
    """Whether enough replies of both are whole for the verdict to be given as the result."""


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """A metric over all variants."""

    name: str
    kind: str
    less_is_better: bool
    measured: tuple[Measured, ...]
    """By variant."""
    against: tuple[Against, ...]
    """Corrected (Holm) for all variants, by this metric alone."""


@dataclass(frozen=True, slots=True)
class VariantSummary:
    """One variant of a run, by the headline metric."""

    measured: Measured
    endings: Mapping[Ending, int]
    """Replies by how they ended."""
    usage: Usage
    """Of all its cells."""
    seconds: Sequence[float]
    """Of each cell whose replies all came in one go: none was recalled."""
    recalled: Usage = Usage()
    """Of the usage, what earlier runs have paid for."""

    @property
    def name(self) -> str:
        """The variant's."""
        return self.measured.name

    @property
    def statuses(self) -> Mapping[Status, int]:
        """Cells by what became of them."""
        return self.measured.statuses

    @property
    def estimate(self) -> Estimate | None:
        """The mean over items, in which a reply without an answer counts as 0; None where none has a score."""
        return self.measured.estimate

    @property
    def if_failed_is_wrong(self) -> float | None:
        """The mean if cells that failed or could not be judged counted as 0 too."""
        return self.measured.if_failed_is_wrong

    @property
    def asked(self) -> int:
        """Cells that came to something."""
        return sum(self.endings.values())

    @property
    def whole(self) -> float | None:
        """Share of the replies that are whole; None where nothing was asked."""
        return self.endings.get("whole", 0) / self.asked if self.asked else None

    @property
    def headline(self) -> bool:
        """Whether enough replies are whole for the mean to be given as the result."""
        return self.whole is not None and self.whole >= LEAST_WHOLE


@dataclass(frozen=True, slots=True)
class Course:
    """How a run went that may stop before everything is asked."""

    against: tuple[Against, ...]
    """By the statistics that such a run allows."""
    left: int
    """Cells that are still to ask; the others were not needed."""
    lines: tuple[str, ...]
    """What is to be told of it."""
    data: Mapping[str, Any]
    """The same for programs."""
    words: Mapping[str, str] = field(default_factory=dict)
    """In place of a verdict, for variants that were not compared."""
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    """The mean of a variant over items that did not decide that it is looked at."""


@dataclass(frozen=True, slots=True)
class Summary:
    """All variants of a run."""

    variants: tuple[VariantSummary, ...]
    baseline: str
    metrics: tuple[MetricSummary, ...]
    """All that were looked at; the first is the headline's."""
    missing: int
    """Cells that were not asked, and are to be."""
    course: Course | None = None
    """None for a run that asks everything."""

    @property
    def against(self) -> tuple[Against, ...]:
        """The variants against the baseline, by the headline metric."""
        return self.metrics[0].against


def summarise(marked: Iterable[Marked], layout: Layout) -> Summary:
    """The summary of a run."""
    tallies = tally(marked, layout)
    whole = [_is_whole(each.endings) for each in tallies]
    metrics = tuple(_metric(place, metric, tallies, whole, layout) for place, metric in enumerate(layout.metrics))
    variants = tuple(
        VariantSummary(
            measured, dict(each.endings), each.usage, each.seconds[np.isfinite(each.seconds)].tolist(), each.recalled
        )
        for measured, each in zip(metrics[0].measured, tallies, strict=True)
    )
    asked = sum(each.endings.total() for each in tallies)
    return Summary(variants, layout.baseline, metrics, layout.cells - asked)


def _is_whole(endings: Mapping[Ending, int]) -> bool:
    return endings.get("whole", 0) >= LEAST_WHOLE * sum(endings.values())


def _metric(
    place: int, metric: Metric, tallies: Sequence[Tally], whole: Sequence[bool], layout: Layout
) -> MetricSummary:
    marks = [each.marks[place] for each in tallies]
    means = [item_means(each.values) for each in marks]
    measured = [
        _measured(name, each, own, layout.clusters)
        for name, each, own in zip(layout.variants, marks, means, strict=True)
    ]
    against = compared(means, whole, layout, margin=None if place else layout.margin)
    return MetricSummary(metric.name, metric.kind, metric.less_is_better, tuple(measured), against)


def _measured(name: str, marks: Marks, means: Table, clusters: Sequence[str] | None) -> Measured:
    values = marks.values[np.isfinite(marks.values)]
    total, cells, answered = float(values.sum()), marks.statuses.total(), marks.statuses["scored"]
    return Measured(
        name,
        dict(marks.statuses),
        marks.left_out,
        estimate_of(means, clusters),
        total / answered if answered else None,
        total / cells if cells else None,
    )


def estimate_of(means: Table, clusters: Sequence[str] | None = None) -> Estimate | None:
    """The mean over the items that have a score, with the interval that fits them; None where none has."""
    known = np.flatnonzero(np.isfinite(means))
    if not len(known):
        return None
    values = means[known]
    binary = bool(np.isin(values, (0, 1)).all())
    if clusters is not None:
        found = clustered_mean(values, [clusters[item] for item in known.tolist()])
        return replace(found, interval=_share(found.interval)) if binary else found
    if binary:
        right = int(values.sum())
        return Estimate(right / len(values), wilson(right, len(values)), len(values))
    return mean(values)


def _share(interval: Interval) -> Interval:
    """Cut where a share ends."""
    return replace(interval, low=max(0.0, interval.low), high=min(1.0, interval.high))


def compared(
    means: Sequence[Table], whole: Sequence[bool], layout: Layout, *, margin: float | None
) -> tuple[Against, ...]:
    """All variants against the baseline on the items that both have; one that shares none with it is left out."""
    base = list(layout.variants).index(layout.baseline)
    found: list[tuple[int, Comparison, int]] = []
    for place, own in enumerate(means):
        pair = _pair(own, means[base], layout.clusters) if place != base else None
        if pair is not None:
            found.append((place, *pair))
    verdicts = judge([comparison for _, comparison, _ in found], margin=margin)
    return tuple(
        Against(layout.variants[place], verdict, out, whole[place] and whole[base])
        for (place, _, out), verdict in zip(found, verdicts, strict=True)
    )


def _pair(own: Table, base: Table, clusters: Sequence[str] | None) -> tuple[Comparison, int] | None:
    """The comparison on the items that both have, and how many only one has; None where both have none."""
    both = np.isfinite(own) & np.isfinite(base)
    shared = np.flatnonzero(both)
    if not len(shared):
        return None
    groups = [clusters[item] for item in shared.tolist()] if clusters is not None else None
    only_one = int((np.isfinite(own) ^ np.isfinite(base)).sum())
    return compare(own[shared], base[shared], clusters=groups), only_one
