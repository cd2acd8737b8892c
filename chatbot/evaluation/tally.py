"""What is counted of a run as its cells stream by: a few numbers a cell, and no reply, so that a run of a million fits.

Every variant and metric has a table of numbers, a row an item, a column a repeat; NaN where there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from chatbot.evaluation.endings import Ending, ending_of
from chatbot.evaluation.estimating import Table
from chatbot.evaluation.labelled import KINDS, Labels
from chatbot.evaluation.metric import Metric
from chatbot.evaluation.records import Score, Scorer, Status
from chatbot.evaluation.repeated import Codes
from chatbot.evaluation.run import Asked
from chatbot.evaluation.voting import Ballots
from chatbot.messages import Usage

Marked = tuple[Asked, tuple[Score, ...]]
"""A cell, with what each metric says of it."""


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
    labels: Labels | None = None
    """Of a metric whose answers are classes."""

    def add(self, item: int, repeat: int, score: Score) -> None:
        """Counts a cell."""
        if score.details.get("left_out"):
            self.left_out += 1
            return
        self.statuses[score.status] += 1
        if score.counted is not None:
            self.values[item, repeat] = score.counted
        if self.labels is not None:
            self.labels.add(item, repeat, score)


@dataclass(slots=True)
class Tally:
    """What is known of a variant so far."""

    marks: list[Marks]
    """By metric."""
    seconds: Table
    tokens: Table
    cost: Table
    ballots: Ballots
    scorer: Scorer | None = None
    """The headline's, which says which of the answers of a vote are right."""
    answers: Codes | None = None
    """Of items that are asked several times: a number for each answer, 0 for none."""
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
        if self.scorer is not None:
            self.ballots.add(item, came.item, response, self.scorer)
        if self.answers is not None and response.answer is not None:
            self.answers[item, repeat] = hash(response.answer) or 1
        if not response.error:
            usage = response.usage
            self.seconds[item, repeat] = response.seconds if response.timed else np.nan
            self.tokens[item, repeat] = usage.input_tokens + usage.output_tokens
            self.cost[item, repeat] = np.nan if usage.cost is None else usage.cost


def tally(marked: Iterable[Marked], layout: Layout) -> list[Tally]:
    """The counts of every variant."""
    found = [_tally(place, layout) for place in range(len(layout.variants))]
    for came, scores in marked:
        found[came.cell.variant].add(came, scores)
    return found


def _tally(place: int, layout: Layout) -> Tally:
    shape = (layout.items, layout.repeats)
    marks = [
        Marks(np.full(shape, np.nan), labels=Labels(np.full(shape, -1, np.int32)) if metric.kind in KINDS else None)
        for metric in layout.metrics
    ]
    scorers = layout.metrics[0].scorers
    return Tally(
        marks,
        seconds=np.full(shape, np.nan),
        tokens=np.full(shape, np.nan),
        cost=np.full(shape, np.nan),
        ballots=Ballots(layout.items),
        scorer=scorers[place] if scorers else None,
        answers=np.zeros(shape, np.int64) if layout.repeats > 1 else None,
    )
