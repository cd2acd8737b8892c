"""Figures in words: short, and true to three digits."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.evaluation.report.figures import Measure, chance, counted, money, number, percent, seconds, signed
from chatbot.evaluation.statistics.interval import Estimate, Interval


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"), (0.00123, "0.00123"), (0.5, "0.500"), (12.34, "12.3"), (12_345.6, "12,346"), (-2.5, "−2.50"),
        (nan, "not known"), (inf, "not known"),
    ],
)  # fmt: skip
def test_a_figure_has_three_digits_that_mean_something(value: float, shown: str) -> None:
    assert number(value) == shown


@given(st.floats(1e-5, 1e12))
def test_a_figure_is_true_to_half_a_percent(value: float) -> None:
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=0.006)


def test_a_change_has_its_sign() -> None:
    assert (signed(2.0), signed(-2.0), signed(0.0)) == ("+2.00", "−2.00", "+0")


def test_shares_money_and_chances() -> None:
    assert percent(0.725) == "72.5\u00a0%"
    assert (money(0.00239), money(12.0), money(None)) == ("$0.00239", "$12.0", "not known")
    assert (chance(0.00001), chance(0.0312)) == ("p < 0.0001", "p = 0.031")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0123, "12 ms"), (0.0012, "1.2 ms"), (3.4, "3.4 s"), (125, "2 min 5 s"), (7_500, "2 h 5 min")],
)
def test_times(value: float, shown: str) -> None:
    assert seconds(value).replace("\u00a0", " ") == shown


def test_one_and_many() -> None:
    assert (counted(1, "item"), counted(1_200, "item"), counted(2, "reply", "replies")) == (
        "1 item", "1,200 items", "2 replies",
    )  # fmt: skip


def test_a_measure_of_shares_speaks_of_points_and_another_of_its_own_figures() -> None:
    estimate = Estimate(0.5, Interval(0.4, 0.61), 10)
    share, tokens = Measure("right"), Measure("tokens", share=False, less_is_better=True)
    assert (share.value(0.5), share.difference(0.056), share.unit) == ("50.0\u00a0%", "+5.6", "points")
    assert (
        share.span(estimate) == "[40.0\u00a0%, 61.0\u00a0%]" and share.span_of_difference(estimate) == "[+40.0, +61.0]"
    )
    assert (tokens.value(1_234.0), tokens.difference(-12.0), tokens.unit) == ("1,234", "−12.0", "")
