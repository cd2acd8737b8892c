"""Labels that were answered where others were expected: the confusion of each variant, and macro-F1 with its interval.

Macro-F1 is no mean of items, so its interval, and that of a difference, comes from resamples of items, in which a
variant and the baseline keep the answers that they gave to the same item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chatbot.evaluation.records import Score
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.statistics.resampling import bootstrap_of_sums

KINDS = ("label", "choice")
"""Kinds of scorers whose answers are classes."""

Pair = tuple[str, str | None]
"""An expected label and the one that was answered; None where none was."""

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class LabelSummary:
    """The labels of a variant."""

    name: str
    confusion: Mapping[Pair, int]
    """Answers, by what was expected and what was answered."""
    macro_f1: Estimate | None
    """The mean over labels of F1; None where no answer has a label."""
    difference: Estimate | None
    """Of it, from the baseline's; None for the baseline itself."""


@dataclass(slots=True)
class Labels:
    """The labels of a variant as its cells stream by: a number a cell."""

    codes: Codes
    """Places in `pairs`; -1 where there is none. A row an item, a column a repeat."""
    pairs: dict[Pair, int] = field(default_factory=dict)

    def add(self, item: int, repeat: int, score: Score) -> None:
        """Counts a cell, if its score holds an expected label."""
        expected, answer = score.details.get("expected"), score.details.get("answer")
        if score.status in ("scored", "no_answer") and isinstance(expected, str):
            pair = (expected, answer if isinstance(answer, str) else None)
            self.codes[item, repeat] = self.pairs.setdefault(pair, len(self.pairs))

    @property
    def confusion(self) -> Mapping[Pair, int]:
        """All answers, counted."""
        counts = Counter(self.codes[self.codes >= 0].tolist())
        return {pair: counts[code] for pair, code in self.pairs.items() if counts[code]}


def labelled(name: str, own: Labels, baseline: Labels | None, clusters: Sequence[str] | None) -> LabelSummary:
    """The summary of a variant. baseline: None for the baseline itself."""
    f1 = _estimate([own], clusters)
    return LabelSummary(name, own.confusion, f1, _estimate([own, baseline], clusters) if baseline else None)


def _estimate(sides: Sequence[Labels], clusters: Sequence[str] | None) -> Estimate | None:
    """Macro-F1 of one side, or the first's less the second's over the items that both have labels for."""
    known = np.flatnonzero(np.all([(side.codes >= 0).any(axis=1) for side in sides], axis=0))
    if not len(known):
        return None
    rows = np.hstack([_counts(side.codes[known], len(side.pairs)) for side in sides])
    if clusters is not None:
        _, own = np.unique([clusters[item] for item in known.tolist()], return_inverse=True)
        grouped = np.zeros((int(own.max()) + 1, rows.shape[1]))
        np.add.at(grouped, own, rows)
        rows = grouped
    kinds, times = np.unique(rows, axis=0, return_counts=True)
    widths = np.cumsum([len(side.pairs) for side in sides])[:-1]
    pairs = [list(side.pairs) for side in sides]

    def statistic(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        values = [_macro_f1(part, own) for part, own in zip(np.split(sums, widths, axis=1), pairs, strict=True)]
        return values[0] if len(values) == 1 else values[0] - values[1]

    return bootstrap_of_sums(kinds, times, statistic)


def _counts(codes: Codes, pairs: int) -> NDArray[np.float64]:
    """How often an item has each pair: a row an item."""
    found = np.zeros((len(codes), pairs))
    for column in codes.T:
        given = np.flatnonzero(column >= 0)
        found[given, column[given]] += 1
    return found


def _macro_f1(sums: NDArray[np.float64], pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """For each row of counts by pair, the mean over labels of 2 TP / (expected + answered), as `classes.macro_f1`."""
    labels = sorted({label for pair in pairs for label in pair if label is not None})
    marks = np.array([[(e == each, a == each) for each in labels] for e, a in pairs], dtype=np.float64)
    expected, answered = marks[:, :, 0], marks[:, :, 1]
    right, either = sums @ (expected * answered), sums @ (expected + answered)
    f1 = np.divide(2 * right, either, out=np.zeros_like(right), where=either > 0)
    found: NDArray[np.float64] = f1.sum(axis=1) / np.maximum((either > 0).sum(axis=1), 1)
    return found
