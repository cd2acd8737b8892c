"""The scores of a run so far."""

from __future__ import annotations

from chatbot.evaluation.board import Board
from chatbot.evaluation.cells import Grid
from chatbot.evaluation.records import Score


def test_an_item_is_whole_when_all_its_repeats_came_and_is_worth_their_mean() -> None:
    board = Board(Grid(2, 3, 2, seed=0))
    first, second = (cell for cell in board.grid if (cell.variant, cell.item) == (1, 2))
    board.add(first, Score("scored", 1.0))
    assert not board.whole(1, 2) and board.value(1, 2) == 1.0
    board.add(second, Score("scored", 0.0))
    assert board.whole(1, 2) and board.value(1, 2) == 0.5
    assert board.value(0, 2) is None


def test_what_has_no_score_came_and_counts_as_nothing_in_a_mean_over_items() -> None:
    board = Board(Grid(1, 2, 1, seed=0))
    for cell, score in zip(board.grid, (Score("unscored"), Score("scored", 1.0)), strict=True):
        board.add(cell, score)
    assert all(board.whole(0, item) for item in (0, 1))
    assert sorted(str(board.value(0, item)) for item in (0, 1)) == ["1.0", "None"]
    assert board.mean(0, [0, 1]) == 0.5


def test_a_cell_counts_once() -> None:
    board = Board(Grid(1, 1, 2, seed=0))
    cell = next(iter(board.grid))
    for _ in range(2):
        board.add(cell, Score("scored", 1.0))
    assert not board.whole(0, 0)
