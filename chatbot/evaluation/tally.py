"""What is counted of a run as its cells stream by: a few numbers a cell, and no reply, so that a run of a million fits.

Every variant and metric has a table of numbers, a row an item, a column a repeat; NaN where there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chatbot.evaluation.endings import Ending, ending_of
from chatbot.evaluation.metric import Metric
from chatbot.evaluation.records import Score, Status
from chatbot.evaluation.run import Asked
from chatbot.messages import Usage

Marked = tuple[Asked, tuple[Score, ...]]
"""A cell, with what each metric says of it."""

Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a run was laid out, as far as its summary needs to know."""

    variants: Sequence[str]
    metrics: Sequence[Metric]
    """The first is the headline's."""
    baseline: str
    items: int
    repeats: int = 1
    clusters: Sequence[str] | None = None
    """Of each item, by its place; None where items stand alone."""
    tags: Sequence[Sequence[str]] = ()
    """Of each item, by its place; empty where no item has any."""
    margin: float | None = None
    """A difference of the headline metric that does not matter."""

    @property
    def cells(self) -> int:
        """How many there are to ask."""
        return len(self.variants) * self.items * self.repeats


@dataclass(slots=True)
class Marks:
    """What a metric says of a variant."""

    values: Table
    statuses: Counter[Status] = field(default_factory=Counter)
    left_out: int = 0
    """Cells that the metric is not about, by its `when`."""

    def add(self, item: int, repeat: int, score: Score) -> None:
        """Counts a cell."""
        if score.details.get("left_out"):
            self.left_out += 1
            return
        self.statuses[score.status] += 1
        if score.counted is not None:
            self.values[item, repeat] = score.counted


@dataclass(slots=True)
class Tally:
    """What is known of a variant so far."""

    marks: list[Marks]
    """By metric."""
    seconds: Table
    tokens: Table
    cost: Table
    endings: Counter[Ending] = field(default_factory=Counter)
    usage: Usage = Usage()
    recalled: Usage = Usage()
    """Of it, what earlier runs have paid for."""

    def add(self, came: Asked, scores: Sequence[Score]) -> None:
        """Counts a cell."""
        item, repeat, response = came.cell.item, came.cell.repeat, came.response
        self.endings[ending_of(response)] += 1
        self.usage += response.usage
        self.recalled += response.recalled
        for marks, score in zip(self.marks, scores, strict=True):
            marks.add(item, repeat, score)
        if not response.error:
            usage = response.usage
            self.seconds[item, repeat] = response.seconds if response.timed else np.nan
            self.tokens[item, repeat] = usage.input_tokens + usage.output_tokens
            self.cost[item, repeat] = np.nan if usage.cost is None else usage.cost


def tally(marked: Iterable[Marked], layout: Layout) -> list[Tally]:
    """The counts of every variant."""
    found = [Tally([Marks(_empty(layout)) for _ in layout.metrics], *_tables(layout)) for _ in layout.variants]
    for came, scores in marked:
        found[came.cell.variant].add(came, scores)
    return found


def item_means(table: Table) -> Table:
    """The mean of each item over its repeats; NaN for an item without any number."""
    known = np.isfinite(table)
    counts = known.sum(axis=1)
    sums = np.where(known, table, 0.0).sum(axis=1)
    means: Table = np.divide(sums, counts, out=np.full(len(table), np.nan), where=counts > 0)
    return means


def _tables(layout: Layout) -> tuple[Table, Table, Table]:
    return _empty(layout), _empty(layout), _empty(layout)


def _empty(layout: Layout) -> Table:
    return np.full((layout.items, layout.repeats), np.nan)
