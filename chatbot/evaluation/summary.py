"""What a run comes to: of every variant how many cells became what, its mean with an interval, what it cost, how long
it took; and against the baseline the difference, its test and the verdict.

Pure: from cells and scores to figures. An item that was asked several times counts once, with the mean of its scores.
Variants are compared on the items that both have a score for, joined by the item; how many were left out is told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from chatbot.evaluation.records import Score, Status
from chatbot.evaluation.run import Asked
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.statistics.means import clustered_mean, mean
from chatbot.evaluation.statistics.proportions import wilson
from chatbot.evaluation.statistics.verdict import Comparison, Judged, compare, judge
from chatbot.messages import Usage

Scored = tuple[Asked, Score]


@dataclass(frozen=True, slots=True)
class VariantSummary:
    """One variant of a run."""

    name: str
    statuses: Mapping[Status, int]
    """Cells by what became of them."""
    estimate: Estimate | None
    """The mean over items that have a score; None where none has."""
    if_failed_is_wrong: float | None
    """The mean if what has no answer, was refused, failed or could not be judged counted as 0."""
    usage: Usage
    """Of all its cells."""
    seconds: Sequence[float]
    """Of each cell, cached ones left out."""


@dataclass(frozen=True, slots=True)
class Against:
    """A variant against the baseline."""

    name: str
    judged: Judged
    left_out: int
    """Items that one of them has no score for."""


@dataclass(frozen=True, slots=True)
class Summary:
    """All variants of a run."""

    variants: tuple[VariantSummary, ...]
    baseline: str
    against: tuple[Against, ...]
    missing: int
    """Cells that were not asked."""


@dataclass(slots=True)
class _Tally:
    """What is known of a variant so far; a run of a million cells keeps a number for each item, and no reply."""

    statuses: Counter[Status] = field(default_factory=Counter)
    scores: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    usage: Usage = Usage()
    seconds: list[float] = field(default_factory=list)

    def add(self, came: Asked, score: Score) -> None:
        self.statuses[score.status] += 1
        if score.value is not None:
            self.scores[came.cell.item].append(score.value)
        self.usage += came.response.usage
        if not came.response.error:
            self.seconds.append(came.response.seconds)

    @property
    def means(self) -> dict[int, float]:
        """The score of each item that has one."""
        return {item: sum(values) / len(values) for item, values in self.scores.items()}


def summarise(
    scored: Iterable[Scored],
    names: Sequence[str],
    *,
    baseline: str,
    cells: int,
    clusters: Sequence[str] | None = None,
    margin: float | None = None,
) -> Summary:
    """The summary of a run.

    names: of the variants, by their place. cells: how many there are to ask. clusters: of each item, by its place; None
    where items stand alone. margin: a difference that does not matter.
    """
    tallies = [_Tally() for _ in names]
    for came, score in scored:
        tallies[came.cell.variant].add(came, score)
    summaries = [_variant(name, tally, clusters) for name, tally in zip(names, tallies, strict=True)]
    base = tallies[names.index(baseline)].means
    compared: list[tuple[str, Comparison, int]] = []
    for name, tally in zip(names, tallies, strict=True):
        found = _compared(tally.means, base, clusters) if name != baseline else None
        if found is not None:
            compared.append((name, *found))
    verdicts = judge([comparison for _, comparison, _ in compared], margin=margin)
    against = [Against(name, verdict, out) for (name, _, out), verdict in zip(compared, verdicts, strict=True)]
    asked = sum(tally.statuses.total() for tally in tallies)
    return Summary(tuple(summaries), baseline, tuple(against), cells - asked)


def _variant(name: str, tally: _Tally, clusters: Sequence[str] | None) -> VariantSummary:
    means = tally.means
    failed = tally.statuses.total() - tally.statuses["scored"]
    values = [value for scores in tally.scores.values() for value in scores]
    whole = sum(values) / (len(values) + failed) if values or failed else None
    estimate = _estimate(means, clusters) if means else None
    return VariantSummary(name, dict(tally.statuses), estimate, whole, tally.usage, tally.seconds)


def _estimate(means: Mapping[int, float], clusters: Sequence[str] | None) -> Estimate:
    values = np.array(list(means.values()))
    if clusters is not None:
        return clustered_mean(values, [clusters[item] for item in means])
    if np.isin(values, (0, 1)).all():
        right = int(values.sum())
        return Estimate(right / len(values), wilson(right, len(values)), len(values))
    return mean(values)


def _compared(
    means: Mapping[int, float], base: Mapping[int, float], clusters: Sequence[str] | None
) -> tuple[Comparison, int] | None:
    """The comparison on the items that both have, and how many only one has; None where both have none."""
    shared = sorted(means.keys() & base.keys())
    if not shared:
        return None
    groups = [clusters[item] for item in shared] if clusters is not None else None
    comparison = compare([means[item] for item in shared], [base[item] for item in shared], clusters=groups)
    return comparison, len(means.keys() | base.keys()) - len(shared)
