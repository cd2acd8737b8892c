"""A run's summary for programs: all that is known, and JSON whatever it is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from marks import RIGHT, WRONG, cell, grid, layout

from chatbot.evaluation.metric import Metric
from chatbot.evaluation.records import Score
from chatbot.evaluation.summary import Summary, summarise
from chatbot.evaluation.summary_data import as_data


def data(found: Summary) -> Any:
    return json.loads(json.dumps(as_data(found), allow_nan=False))


def test_every_figure_has_its_interval() -> None:
    found = data(summarise(grid("++-+" * 10, "+-+-" * 10), layout("ab", 40)))
    first, other = found["variants"]
    assert (first["n"], first["mean"], first["interval"]["method"]) == (40, 0.75, "Wilson")
    assert first["per_item"]["cost"]["value"] == 0.5 and first["seconds"]["median"] == 0.25
    assert first["endings"] == {"whole": 40} and first["whole"] == 1
    assert found["more"][0]["times_as_long"]["value"] == 1
    assert (other["headline"], found["comparisons"][0]["verdict"]) == (True, "undecided")


def test_a_bound_that_there_is_not_is_null() -> None:
    (only,) = data(summarise(grid("+-+"), layout("a", 3)))["variants"]
    assert only["per_item"]["p95_seconds"]["interval"]["high"] is None


def test_without_enough_whole_replies_there_is_no_mean_and_no_verdict() -> None:
    marked = grid("+" * 40, "-" * 40)
    came, _ = marked[0]
    marked[0] = replace(came, response=replace(came.response, finish="filtered")), (Score("refused"),)
    found = data(summarise(marked, layout("ab", 40)))
    assert (found["variants"][0]["mean"], found["variants"][0]["whole"]) == (None, 39 / 40)
    assert found["metrics"][0]["variants"][0]["mean"] == 39 / 40
    assert found["comparisons"][0]["verdict"] == "incomplete"


def test_tags_repeats_votes_and_labels_are_there() -> None:
    said = [
        replace(RIGHT, details={"expected": "red", "answer": "red"}),
        Score("no_answer", details={"expected": "red"}),
    ]
    marked = [
        cell(0, item, said[(item + r) % 2], r, samples=("red", "blue"), answer="red")
        for item in range(4)
        for r in range(2)
    ]
    laid = replace(layout("a", 4, 2), tags=[("x",)] * 4, metrics=[Metric("kind", "label", (lambda *_: WRONG,))])
    found = data(summarise(marked, laid))
    assert [(tag["tag"], tag["items"], tag["variants"][0]["mean"]["value"]) for tag in found["tags"]] == [("x", 4, 0.5)]
    assert [tries["k"] for tries in found["repeats"][0]["tries"]] == [1, 2]
    assert [(vote["k"], vote["right"]["value"]) for vote in found["votes"][0]["curve"]] == [(1, 0), (2, 0)]
    assert found["metrics"][0]["labels"][0]["confusion"] == [
        {"expected": "red", "answered": "red", "count": 4},
        {"expected": "red", "answered": None, "count": 4},
    ]
