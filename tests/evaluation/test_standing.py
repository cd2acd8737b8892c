"""How a run stands while it goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from benches import bench
from chat_server import ChatServer

from chatbot.evaluation.board import Board
from chatbot.evaluation.records import Score
from chatbot.evaluation.run import Bench
from chatbot.evaluation.standing import Standing
from chatbot.evaluation.statistics.proportions import wilson


@pytest.fixture
def made(tmp_path: Path) -> Bench:
    with ChatServer() as server:
        return bench(tmp_path, server, items=40)


def test_every_variant_has_its_mean_and_interval_so_far_the_baseline_first(made: Bench) -> None:
    board = Board(made.grid)
    standing = Standing(made, board)
    assert standing.lines(80) == [] and standing.line() == ""
    for cell in list(made.grid)[:40]:
        board.add(cell, Score("scored", float(cell.variant or cell.number % 4 == 0)))
    half, whole = wilson(10, 20), wilson(20, 20)
    baseline, other = standing.lines(80)
    assert baseline.split() == ["direct", "(baseline)", "0.500", f"{half.low:.2f}–{half.high:.2f}", "20", "items"]
    assert other.split() == ["steps", "1.000", f"{whole.low:.2f}–{whole.high:.2f}", "20", "items"]
    assert "steps 1.000 [0.84, 1.00]" in standing.line()


@pytest.mark.parametrize("width", [50, 80, 120])
def test_no_line_is_longer_than_the_terminal_is_wide(made: Bench, width: int) -> None:
    long = made.contenders[0]
    variant = replace(long.variant, name="a very long name of a variant " * 5)
    suite = replace(made.suite, baseline=variant.name)
    made = Bench(suite, made.dataset, [replace(long, variant=variant), made.contenders[1]], made.journal)
    board = Board(made.grid)
    for cell in made.grid:
        board.add(cell, Score("scored", 1.0))
    lines = Standing(made, board, lambda: "race: round 1 of 4, and so on " * 9).lines(width)
    assert len(lines) == 3 and max(map(len, lines)) <= width
    assert "…" in lines[0] and "(baseline)" in lines[0] and lines[0].endswith("40 items")


def test_many_variants_are_counted_not_listed(made: Bench) -> None:
    many = Bench(made.suite, made.dataset, [*made.contenders] * 10, made.journal)
    board = Board(many.grid)
    for cell in many.grid:
        board.add(cell, Score("scored", 1.0))
    assert Standing(many, board).lines(80)[-1] == "and 8 more variants"
    assert Standing(many, board).line().endswith("and 8 more")
