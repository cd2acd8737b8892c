"""Cells with their scores, for tests of what a run comes to: written as rows of marks."""

from __future__ import annotations

from chatbot.evaluation.cells import Cell
from chatbot.evaluation.metric import Metric
from chatbot.evaluation.records import Item, Response, Score
from chatbot.evaluation.run import Asked
from chatbot.evaluation.tally import Layout, Marked
from chatbot.messages import Usage

WRONG, RIGHT = Score("scored", 0.0), Score("scored", 1.0)

MARKS = {"+": RIGHT, "-": WRONG, "?": Score("no_answer"), "!": Score("error", reason="down")}


def cell(variant: int, item: int, score: Score, repeat: int = 0, **more: object) -> Marked:
    """A cell that took a dime of tokens and a quarter of a second, unless `more` says otherwise."""
    fields = {"usage": Usage(10, 2, cost=0.5, calls=1), "seconds": 0.25, **more}
    response = Response("…", **fields)  # type: ignore[arg-type]
    return Asked(Cell(0, variant, item, repeat), Item(str(item), {}), response), (score,)


def grid(*rows: str) -> list[Marked]:
    """A row of marks a variant: + right, - wrong, ? no answer, ! error, . not asked."""
    return [
        cell(variant, item, MARKS[mark])
        for variant, row in enumerate(rows)
        for item, mark in enumerate(row)
        if mark != "."
    ]


def layout(names: str, items: int, repeats: int = 1, clusters: list[str] | None = None) -> Layout:
    """Variants of one letter each, the first the baseline."""
    return Layout(list(names), [Metric("right", "exact")], names[0], items, repeats, clusters)
