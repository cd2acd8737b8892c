"""What a run comes to, from its cells and scores alone."""

from __future__ import annotations

import pytest

from chatbot.evaluation.cells import Cell
from chatbot.evaluation.records import Item, Response, Score
from chatbot.evaluation.run import Asked
from chatbot.evaluation.statistics.discordance import bonett_price
from chatbot.evaluation.statistics.proportions import wilson
from chatbot.evaluation.summary import Scored, summarise
from chatbot.messages import Usage

WRONG, RIGHT = Score("scored", 0.0), Score("scored", 1.0)


def cell(variant: int, item: int, score: Score, repeat: int = 0) -> Scored:
    response = Response("…", usage=Usage(10, 2, cost=0.5, calls=1), seconds=0.25)
    return Asked(Cell(0, variant, item, repeat), Item(str(item), {}), response), score


def grid(*rows: str) -> list[Scored]:
    """A row of marks a variant: + right, - wrong, ? no answer, ! error, . not asked."""
    marks = {"+": RIGHT, "-": WRONG, "?": Score("no_answer"), "!": Score("error", reason="down")}
    return [
        cell(variant, item, marks[mark])
        for variant, row in enumerate(rows)
        for item, mark in enumerate(row)
        if mark != "."
    ]


def test_each_variant_has_its_mean_its_interval_and_what_it_took() -> None:
    found = summarise(grid("++-+", "+-+-"), ["a", "b"], baseline="a", cells=8)
    first = found.variants[0]
    assert first.estimate is not None
    assert (first.estimate.value, first.estimate.interval) == (0.75, wilson(3, 4))
    assert (first.statuses, first.usage.input_tokens, first.usage.cost) == ({"scored": 4}, 40, 2.0)
    assert found.missing == 0


def test_variants_are_compared_on_the_items_that_both_have() -> None:
    found = summarise(grid("++-+?-", "+-+-+."), ["a", "b"], baseline="a", cells=12)
    (against,) = found.against
    assert against.name == "b"
    assert against.judged.comparison.difference == bonett_price(1, 2, 4)
    assert (against.left_out, found.missing) == (2, 1)


def test_what_failed_is_neither_wrong_nor_forgotten() -> None:
    found = summarise(grid("++?!"), ["a"], baseline="a", cells=4)
    (only,) = found.variants
    assert only.statuses == {"scored": 2, "no_answer": 1, "error": 1}
    assert only.estimate is not None and only.estimate.value == 1.0
    assert only.if_failed_is_wrong == 0.5
    assert found.against == ()


def test_an_item_that_is_asked_again_counts_once() -> None:
    scored = [cell(0, item, RIGHT if repeat < 2 else WRONG, repeat) for item in range(5) for repeat in range(4)]
    (only,) = summarise(scored, ["a"], baseline="a", cells=20).variants
    assert only.estimate is not None
    assert (only.estimate.n, only.estimate.value) == (5, 0.5)


def test_clusters_are_heeded() -> None:
    scored = grid("++++----++++----", "+++++++++++++---")
    alone = summarise(scored, ["a", "b"], baseline="a", cells=32)
    groups = [str(item // 4) for item in range(16)]
    together = summarise(scored, ["a", "b"], baseline="a", cells=32, clusters=groups)
    widths = [each.variants[0].estimate.interval.half_width for each in (alone, together) if each.variants[0].estimate]
    assert widths[1] > 1.5 * widths[0]
    assert together.against[0].judged.comparison.test.method == "sign flip, exact"


def test_many_variants_are_corrected_for_their_number() -> None:
    better = "+" * 60 + "-" * 40
    base = "-" * 11 + "+" * 49 + "-" * 36 + "+" * 4
    one = summarise(grid(base, better), ["a", "b"], baseline="a", cells=200)
    many = summarise(grid(base, better, *[base] * 7), list("abcdefghi"), baseline="a", cells=900)
    assert many.against[0].judged.p == pytest.approx(8 * one.against[0].judged.p)


def test_a_run_in_which_nothing_came_has_no_mean_and_no_comparison() -> None:
    found = summarise(grid("!!", "!!"), ["a", "b"], baseline="a", cells=4)
    assert [each.estimate for each in found.variants] == [None, None]
    assert found.against == ()
    assert summarise([], ["a"], baseline="a", cells=4).missing == 4
