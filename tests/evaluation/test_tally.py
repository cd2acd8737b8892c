"""What is counted of a run: a few numbers a cell, and nothing that a reply said."""

from __future__ import annotations

import numpy as np

from chatbot.evaluation.cells import Cell
from chatbot.evaluation.metric import Metric
from chatbot.evaluation.records import Item, Response, Score
from chatbot.evaluation.run import Asked
from chatbot.evaluation.tally import Layout, Marked, tally
from chatbot.messages import Finish, Usage

LAYOUT = Layout(["a", "b"], [Metric("right", "exact"), Metric("short", "python")], "a", items=2, repeats=2)


def cell(item: int, repeat: int, *scores: Score, finish: Finish = "complete", error: str = "") -> Marked:
    response = Response("Yes.", usage=Usage(10, 2, cost=0.5, calls=1), seconds=0.25, finish=finish, error=error)
    return Asked(Cell(0, 0, item, repeat), Item(str(item), {}), response), scores


def test_each_metric_has_its_own_statuses_and_values() -> None:
    right, none = Score("scored", 1.0), Score("no_answer")
    first, other = tally([cell(0, 0, right, none), cell(0, 1, right, right), cell(1, 1, none, none)], LAYOUT)
    assert [dict(marks.statuses) for marks in first.marks] == [
        {"scored": 2, "no_answer": 1},
        {"no_answer": 2, "scored": 1},
    ]
    assert np.array_equal(first.marks[1].values, [[0, 1], [np.nan, 0]], equal_nan=True)
    assert other.endings.total() == 0


def test_what_a_metric_is_not_about_is_neither_scored_nor_failed() -> None:
    out = Score("unscored", details={"left_out": True})
    first, _ = tally([cell(0, 0, Score("scored", 1.0), out)], LAYOUT)
    assert (first.marks[1].left_out, dict(first.marks[1].statuses)) == (1, {})


def test_endings_are_counted_and_what_failed_has_no_time() -> None:
    scores = (Score("unscored"), Score("unscored"))
    first, _ = tally([cell(0, 0, *scores, finish="length"), cell(1, 0, *scores, error="down")], LAYOUT)
    assert dict(first.endings) == {"length": 1, "error": 1}
    assert np.array_equal(first.seconds, [[0.25, np.nan], [np.nan, np.nan]], equal_nan=True)
    assert first.tokens[0, 0] == 12 and first.cost[0, 0] == 0.5
