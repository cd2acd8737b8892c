"""Curves over samples: a line a kind, told apart without colour, with the figures beneath."""

from __future__ import annotations

from chatbot.evaluation.report.curve import curves
from chatbot.evaluation.statistics.interval import Estimate, Interval


def estimate(value: float) -> Estimate:
    return Estimate(value, Interval(max(0.0, value - 0.1), min(1.0, value + 0.1)), 50)


VOTE = [(1, estimate(0.5)), (3, estimate(0.6)), (5, estimate(0.7))]


def test_every_figure_of_a_curve_stands_in_its_table() -> None:
    drawn = curves("vote", {"a vote": VOTE}, {1: 100.0, 3: 300.0, 5: 500.0})
    assert drawn.count("<circle") == 3 and drawn.count('role="row"') == 4
    assert "70.0\u00a0% [60.0\u00a0%, 80.0\u00a0%]" in drawn and ">500<" in drawn


def test_lines_are_told_apart_by_their_dashes_and_named() -> None:
    drawn = curves("vote", {"a vote": VOTE, "one of them": VOTE}, {})
    assert 'stroke-dasharray="none"' in drawn and 'stroke-dasharray="6 4"' in drawn
    assert " a vote " in drawn and " one of them " in drawn
