"""Labels that were answered where others were expected: confusion, and macro-F1 with its interval."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.evaluation.labelled import Labels, labelled
from chatbot.evaluation.records import Score
from chatbot.evaluation.scoring import macro_f1

RANDOM = np.random.default_rng(5)
KINDS = ("red", "green", "blue")


def said(expected: str, answer: str | None) -> Score:
    details = {"expected": expected, "answer": answer}
    return (
        Score("no_answer", details=details)
        if answer is None
        else Score("scored", float(expected == answer), "", details)
    )


def labels(scores: list[Score]) -> Labels:
    found = Labels(np.full((len(scores), 1), -1, np.int32))
    for item, score in enumerate(scores):
        found.add(item, 0, score)
    return found


def answers(n: int, right: float) -> list[Score]:
    """Of `n` items of three kinds, answers that are right with this chance."""
    expected = [KINDS[item % 3] for item in range(n)]
    return [said(each, each if RANDOM.random() < right else KINDS[RANDOM.integers(3)]) for each in expected]


def test_answers_are_counted_by_what_was_expected() -> None:
    found = labelled(
        "a", labels([said("red", "red"), said("red", "blue"), said("red", None), said("blue", "blue")]), None, None
    )
    assert found.confusion == {("red", "red"): 1, ("red", "blue"): 1, ("red", None): 1, ("blue", "blue"): 1}
    assert found.difference is None


def test_macro_f1_is_that_of_the_scores_and_lies_in_its_interval() -> None:
    scores = answers(120, 0.6)
    f1 = labelled("a", labels(scores), None, None).macro_f1
    assert f1 is not None and f1.value == pytest.approx(macro_f1(scores))
    assert f1.interval.low < f1.value < f1.interval.high and f1.n == 120
    assert 0.05 < f1.interval.half_width < 0.15


def test_a_difference_keeps_the_answers_to_an_item_together() -> None:
    scores = answers(120, 0.6)
    other = [score if item % 20 else said(KINDS[item % 3], None) for item, score in enumerate(scores)]
    found = labelled("b", labels(other), labels(scores), None)
    assert found.difference is not None and found.macro_f1 is not None
    expected = macro_f1(other), macro_f1(scores)
    assert expected[0] is not None and expected[1] is not None
    assert found.difference.value == pytest.approx(expected[0] - expected[1])
    assert found.difference.interval.half_width < found.macro_f1.interval.half_width / 2


def test_clusters_are_drawn_whole() -> None:
    kinds = [KINDS[RANDOM.integers(3)] if RANDOM.random() < 0.5 else KINDS[place % 3] for place in range(30)]
    scores = [said(KINDS[item // 4 % 3], kinds[item // 4]) for item in range(120)]
    alone = labelled("a", labels(scores), None, None).macro_f1
    together = labelled("a", labels(scores), None, [str(item // 4) for item in range(120)]).macro_f1
    assert alone is not None and together is not None
    assert together.value == pytest.approx(alone.value)
    assert together.interval.half_width > 1.5 * alone.interval.half_width


def test_scores_without_labels_do_not_count() -> None:
    found = labels([Score("error"), Score("scored", 1.0), said("red", "red")])
    assert found.confusion == {("red", "red"): 1}
    assert labelled("a", labels([Score("error")]), None, None).macro_f1 is None


@pytest.mark.slow
def test_the_intervals_of_macro_f1_hold_as_often_as_they_say() -> None:
    """Of a variant that is right with a chance of .6, macro-F1 tends to that of very many items."""
    true = macro_f1(answers(60_000, 0.6))
    assert true is not None
    found = [labelled("a", labels(answers(150, 0.6)), None, None).macro_f1 for _ in range(400)]
    held = [each is not None and true in each.interval for each in found]
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)
