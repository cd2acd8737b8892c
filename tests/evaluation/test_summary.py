"""What a run comes to, from its cells and scores alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from marks import RIGHT, WRONG, cell, grid, layout

from chatbot.evaluation.metric import Metric
from chatbot.evaluation.records import Score
from chatbot.evaluation.statistics.discordance import bonett_price
from chatbot.evaluation.statistics.proportions import wilson
from chatbot.evaluation.summary import summarise


def test_each_variant_has_its_mean_its_interval_and_what_it_took() -> None:
    found = summarise(grid("++-+", "+-+-"), layout("ab", 4))
    first = found.variants[0]
    assert first.estimate is not None
    assert (first.estimate.value, first.estimate.interval) == (0.75, wilson(3, 4))
    assert (first.statuses, first.usage.input_tokens, first.usage.cost) == ({"scored": 4}, 40, 2.0)
    assert found.missing == 0


def test_variants_are_compared_on_the_items_that_both_have() -> None:
    found = summarise(grid("++-+!-", "+-+-+."), layout("ab", 6))
    (against,) = found.against
    assert against.name == "b"
    assert against.judged.comparison.difference == bonett_price(1, 2, 4)
    assert (against.left_out, found.missing) == (2, 1)


def test_what_has_no_answer_counts_as_wrong_and_what_failed_is_neither_wrong_nor_forgotten() -> None:
    found = summarise(grid("++?!"), layout("a", 4))
    (only,) = found.variants
    assert only.statuses == {"scored": 2, "no_answer": 1, "error": 1}
    assert only.estimate is not None and only.estimate.value == pytest.approx(2 / 3)
    assert (only.measured.if_answered, only.if_failed_is_wrong) == (1.0, 0.5)
    assert found.against == ()


def test_a_variant_does_not_get_better_by_giving_no_answer() -> None:
    found = summarise(grid("++++++++----------", "++++++++??????????"), layout("ab", 18))
    (against,) = found.against
    assert (against.judged.comparison.difference.value, against.left_out) == (0.0, 0)


def test_a_share_ends_at_one_whatever_its_clusters() -> None:
    groups = [str(item // 2) for item in range(60)]
    (only,) = summarise(grid("+" * 58 + "--"), layout("a", 60, clusters=groups)).variants
    assert only.estimate is not None and only.estimate.interval.high == 1.0


def test_an_item_that_is_asked_again_counts_once() -> None:
    scored = [cell(0, item, RIGHT if repeat < 2 else WRONG, repeat) for item in range(5) for repeat in range(4)]
    (only,) = summarise(scored, layout("a", 5, 4)).variants
    assert only.estimate is not None
    assert (only.estimate.n, only.estimate.value) == (5, 0.5)


def test_clusters_are_heeded() -> None:
    scored = grid("++++----++++----", "+++++++++++++---")
    alone = summarise(scored, layout("ab", 16))
    groups = [str(item // 4) for item in range(16)]
    together = summarise(scored, layout("ab", 16, clusters=groups))
    widths = [each.variants[0].estimate.interval.half_width for each in (alone, together) if each.variants[0].estimate]
    assert widths[1] > 1.5 * widths[0]
    assert together.against[0].judged.comparison.test.method == "sign flip, exact"


def test_many_variants_are_corrected_for_their_number() -> None:
    better = "+" * 60 + "-" * 40
    base = "-" * 11 + "+" * 49 + "-" * 36 + "+" * 4
    one = summarise(grid(base, better), layout("ab", 100))
    many = summarise(grid(base, better, *[base] * 7), layout("abcdefghi", 100))
    assert many.against[0].judged.p == pytest.approx(8 * one.against[0].judged.p)


def test_a_run_in_which_nothing_came_has_no_mean_and_no_comparison() -> None:
    found = summarise(grid("!!", "!!"), layout("ab", 2))
    assert [each.estimate for each in found.variants] == [None, None]
    assert found.against == ()
    assert summarise([], layout("a", 4)).missing == 4


def test_what_else_a_run_has_shown_stands_beside_the_verdict() -> None:
    laid = replace(layout("ab", 4, repeats=2), tags=[("easy",), ("easy",), ("hard",), ("hard",)])
    marked = [
        cell(v, i, RIGHT if i < 2 else WRONG, r, seconds=0.5 + v) for v in (0, 1) for i in range(4) for r in (0, 1)
    ]
    found = summarise(marked, laid)
    assert [each.spent.median.value for each in found.variants if each.spent.median] == [0.5, 1.5]
    assert [(each.name, each.times_as_long and round(each.times_as_long.value, 9)) for each in found.more] == [("b", 3)]
    assert [(each.tag, each.items) for each in found.tags] == [("easy", 2), ("hard", 2)]
    assert [(each.name, [tries.k for tries in each.tries]) for each in found.repeats] == [("a", [1, 2]), ("b", [1, 2])]
    assert found.votes == ()


def test_every_metric_is_summed_up_and_the_first_is_the_headline() -> None:
    both = [(came, (*scores, Score("scored", 10.0 + came.cell.variant))) for came, scores in grid("++-+", "+-+-")]
    laid = replace(layout("ab", 4), metrics=[Metric("right", "exact"), Metric("tokens", "tokens")])
    found = summarise(both, laid)
    assert [(each.name, each.less_is_better) for each in found.metrics] == [("right", False), ("tokens", True)]
    assert found.variants[0].measured == found.metrics[0].measured[0]
    assert found.against == found.metrics[0].against
    assert [each.estimate.value for each in found.metrics[1].measured if each.estimate] == [10.0, 11.0]
    assert found.metrics[1].against[0].judged.comparison.difference.value == 1.0


@pytest.mark.parametrize(("cut", "headline"), [(0, True), (2, True), (3, False), (10, False)])
def test_below_99_percent_of_whole_replies_there_is_no_headline(cut: int, headline: bool) -> None:
    marked = grid("+" * 200, "+" * 200)
    for at in range(cut):
        came, _ = marked[at]
        marked[at] = replace(came, response=replace(came.response, finish="length")), (Score("unscored"),)
    found = summarise(marked, layout("ab", 200))
    first, other = found.variants
    assert (first.headline, other.headline, found.against[0].headline) == (headline, True, headline)
    assert (first.endings.get("length", 0), first.whole) == (cut, 1 - cut / 200)
