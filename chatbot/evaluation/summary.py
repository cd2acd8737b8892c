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
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chatbot.evaluation.by_tag import TagSummary, by_tag
from chatbot.evaluation.endings import LEAST_WHOLE, Ending
from chatbot.evaluation.estimating import Table, comparison_of, estimate_of, item_means
from chatbot.evaluation.labelled import LabelSummary, labelled
from chatbot.evaluation.metric import Metric
from chatbot.evaluation.records import Status
from chatbot.evaluation.repeated import Repeated, repeated
from chatbot.evaluation.spent import More, Spent, more_of, spent_of
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.statistics.verdict import Judged, judge
from chatbot.evaluation.tally import Layout, Marked, Marks, Tally, tally
from chatbot.evaluation.voting import Votes
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
    labels: tuple[LabelSummary, ...] = ()
    """By variant, of a metric whose answers are classes."""


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
    spent: Spent
    """For an item once asked, with intervals."""
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
    more: tuple[More, ...] = ()
    """What the variants take, against the baseline."""
    tags: tuple[TagSummary, ...] = ()
    """The headline metric by tag."""
    repeats: tuple[Repeated, ...] = ()
    """By variant, where items are asked several times."""
    votes: tuple[Votes, ...] = ()
    """Of the variants that vote."""

    @property
    def against(self) -> tuple[Against, ...]:
        """The variants against the baseline, by the headline metric."""
        return self.metrics[0].against


def summarise(marked: Iterable[Marked], layout: Layout) -> Summary:
    """The summary of a run."""
    tallies = tally(marked, layout)
    base = tallies[list(layout.variants).index(layout.baseline)]
    whole = [_is_whole(each.endings) for each in tallies]
    metrics = tuple(_metric(place, metric, tallies, whole, layout) for place, metric in enumerate(layout.metrics))
    named = list(zip(layout.variants, tallies, strict=True))
    return Summary(
        tuple(_variant(each, own, layout) for each, own in zip(metrics[0].measured, tallies, strict=True)),
        layout.baseline,
        metrics,
        layout.cells - sum(each.endings.total() for each in tallies),
        more=tuple(more_of(name, each, base, layout.clusters) for name, each in named if each is not base),
        tags=by_tag([item_means(each.marks[0].values) for each in tallies], layout),
        repeats=tuple(
            repeated(name, each.marks[0].values, each.answers, each.tokens, layout.clusters)
            for name, each in named
            if each.answers is not None
        ),
        votes=tuple(votes for name, each in named if (votes := each.ballots.votes(name, layout.clusters))),
    )


def _variant(measured: Measured, own: Tally, layout: Layout) -> VariantSummary:
    seconds = own.seconds[np.isfinite(own.seconds)].tolist()
    spent = spent_of(own, layout.clusters)
    return VariantSummary(measured, dict(own.endings), own.usage, seconds, spent, own.recalled)


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
    margin = None if place else layout.margin
    against = compared(means, whole, layout, margin=margin, less_is_better=metric.less_is_better)
    return MetricSummary(
        metric.name, metric.kind, metric.less_is_better, tuple(measured), against, _labels(marks, layout)
    )


def _labels(marks: Sequence[Marks], layout: Layout) -> tuple[LabelSummary, ...]:
    base = marks[list(layout.variants).index(layout.baseline)]
    return tuple(
        labelled(name, own.labels, None if own is base else base.labels, layout.clusters)
        for name, own in zip(layout.variants, marks, strict=True)
        if own.labels is not None and own.labels.pairs
    )


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


def compared(
    means: Sequence[Table], whole: Sequence[bool], layout: Layout, *, margin: float | None, less_is_better: bool = False
) -> tuple[Against, ...]:
    """All variants against the baseline on the items that both have; one that shares none with it is left out."""
    base = list(layout.variants).index(layout.baseline)
    found = [
        (place, comparison, int((np.isfinite(own) ^ np.isfinite(means[base])).sum()))
        for place, own in enumerate(means)
        if place != base and (comparison := comparison_of(own, means[base], layout.clusters)) is not None
    ]
    verdicts = judge([comparison for _, comparison, _ in found], margin=margin, less_is_better=less_is_better)
    return tuple(
        Against(layout.variants[place], verdict, out, whole[place] and whole[base])
        for (place, _, out), verdict in zip(found, verdicts, strict=True)
    )
