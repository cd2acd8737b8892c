"""Rules that stop asking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from chatbot.errors import ProjectError
from chatbot.evaluation.board import Board
from chatbot.evaluation.cells import Cell, Grid
from chatbot.evaluation.records import Score
from chatbot.evaluation.statistics.discordance import bonett_price
from chatbot.evaluation.statistics.proportions import wilson
from chatbot.evaluation.stopping import Never, Rule, UntilDecided, UntilNarrow


def board_of(*rows: Sequence[float | None]) -> Board:
    """A row of scores a variant; None for what has none."""
    board = Board(Grid(len(rows), len(rows[0]), 1, seed=0))
    for variant, row in enumerate(rows):
        for item, value in enumerate(row):
            score = Score("unscored") if value is None else Score("scored", value)
            board.add(Cell(item * len(rows) + variant, variant, item, 0), score)
    return board


def shown(rule: Rule, board: Board, items: int, size: int = 1) -> int:
    """Items until nothing is asked any more, or all of them."""
    for start in range(0, items, size):
        if not rule.asking:
            return start
        rule.see(range(start, start + size), board)
    return items


def test_never_asks_on() -> None:
    assert shown(Never((0, 1)), board_of([1.0] * 50, [0.0] * 50), 50) == 50


def test_a_clear_difference_stops_a_pair_and_only_that() -> None:
    rule = UntilDecided([1, 2], 0)
    board = board_of([0.0] * 60, [1.0] * 60, [0.0] * 60)
    for item in range(12):
        rule.see([item], board)
    assert rule.asking == (0, 2)
    assert (rule.pairs[1].settled, len(rule.pairs[1].seen)) == (True, 9)
    assert shown(rule, board, 60) == 60


def test_more_variants_need_more_evidence() -> None:
    rows = [[0.0] * 60, *[[1.0] * 60] * 8]
    few, many = UntilDecided([1], 0), UntilDecided(range(1, 9), 0)
    assert shown(few, board_of(*rows), 60) < shown(many, board_of(*rows), 60)


def test_variants_that_are_alike_stop_with_a_margin_only() -> None:
    board = board_of([1.0] * 400, [1.0] * 400)
    assert shown(UntilDecided([1], 0, margin=0.05), board, 400) < 120
    assert shown(UntilDecided([1], 0), board, 400) == 400


def test_items_without_a_score_teach_nothing_and_are_told_of() -> None:
    rule = UntilDecided([1], 0)
    assert shown(rule, board_of([0.0] * 40, [None, 1.0] * 20), 40) == 16
    assert len(rule.evidence[1].units) == 8


def test_clusters_are_one_observation() -> None:
    board = board_of([0.0] * 60, [1.0] * 60)
    assert shown(UntilDecided([1], 0, largest=3), board, 60, size=3) == 24
    assert shown(UntilDecided([1], 0), board, 60) == 8


def test_a_score_beyond_1_cannot_be_decided_by() -> None:
    with pytest.raises(ProjectError, match="cannot be asked until it is decided"):
        UntilDecided([1], 0).see([0], board_of([0.0], [7.5]))


def test_narrow_enough_is_as_narrow_as_the_interval_that_is_told() -> None:
    random = np.random.default_rng(1)
    one, two = (random.random((2, 4_000)) < 0.7).astype(float)
    n = shown(UntilNarrow([1], 0, 0.03), board_of(two, one), 4_000)
    told = bonett_price(int(((one > two)[:n]).sum()), int(((two > one)[:n]).sum()), n)
    assert told.interval.half_width <= 0.03 and n > 1_500
    n = shown(UntilNarrow([], 0, 0.03), board_of(one), 4_000)
    assert wilson(int(one[:n].sum()), n).half_width <= 0.03 < wilson(int(one[: n - 1].sum()), n - 1).half_width


def test_clusters_take_more_items_to_be_as_exact() -> None:
    random = np.random.default_rng(1)
    one = np.repeat((random.random(800) < 0.7).astype(float), 5)
    alone = shown(UntilNarrow([], 0, 0.05), board_of(one), 4_000, size=5)
    together = shown(UntilNarrow([], 0, 0.05, clustered=True), board_of(one), 4_000, size=5)
    assert together > 3 * alone


def test_a_stop_by_width_does_not_see_who_is_ahead() -> None:
    random = np.random.default_rng(1)
    one, two = (random.random((2, 4_000)) < 0.7).astype(float)
    best, worst = np.maximum(one, two), np.minimum(one, two)
    assert shown(UntilNarrow([1], 0, 0.03), board_of(two, one), 4_000) == shown(
        UntilNarrow([1], 0, 0.03), board_of(worst, best), 4_000
    )


@pytest.mark.slow
def test_a_stop_by_width_leaves_intervals_and_tests_their_level() -> None:
    from chatbot.evaluation.statistics.discordance import mcnemar

    random = np.random.default_rng(6)
    held, wrong, mean_held = 0, 0, 0
    for _ in range(1_000):
        one, two = (random.random((2, 1_500)) < 0.8).astype(float)
        n = shown(UntilNarrow([1], 0, 0.06), board_of(two, one), 1_500)
        b, c = int(((one > two)[:n]).sum()), int(((two > one)[:n]).sum())
        held += 0.0 in bonett_price(b, c, n).interval
        wrong += mcnemar(b, c).p < 0.05
        n = shown(UntilNarrow([], 0, 0.05), board_of(one), 1_500)
        mean_held += 0.8 in wilson(int(one[:n].sum()), n)
    assert held >= 940 and wrong <= 65 and mean_held >= 930
