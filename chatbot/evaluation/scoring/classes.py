"""Classes over many items: the confusion matrix that label scores hold, and what is computed from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from chatbot.evaluation.records import Score

Confusion = Mapping[tuple[str, str | None], int]
"""Items by expected and answered label; None where no label was answered."""


def confusion(scores: Iterable[Score]) -> Confusion:
    """How often each label was answered where each was expected. Scores that hold no expected label do not count."""
    return Counter(
        (expected, answer if isinstance(answer := score.details.get("answer"), str) else None)
        for score in scores
        if score.status in ("scored", "no_answer") and isinstance(expected := score.details.get("expected"), str)
    )


def macro_f1(scores: Iterable[Score]) -> float | None:
    """The mean over labels of F1 = 2 TP / (2 TP + FP + FN), of those that were expected or answered at all.

    An item without an answer is missed by its label and counts against no other. None where there are no items.
    """
    table = confusion(scores)
    labels = sorted({expected for expected, _ in table} | {answer for _, answer in table if answer is not None})
    return sum(_f1(table, label) for label in labels) / len(labels) if labels else None


def _f1(table: Confusion, label: str) -> float:
    right = table.get((label, label), 0)
    expected = sum(count for (gold, _), count in table.items() if gold == label)
    answered = sum(count for (_, answer), count in table.items() if answer == label)
    return 2 * right / (expected + answered)
