"""Axes: every value has its place, in order, between round ticks."""

from __future__ import annotations

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.evaluation.report.scale import linear, logarithmic

FLOATS = st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 6)), min_size=1, max_size=20)


@given(FLOATS)
def test_values_stand_in_their_order_between_the_ends(values: list[float]) -> None:
    scale = linear(values)
    places = [scale.place(value) for value in sorted(values)]
    assert places == sorted(places) and all(0 <= place <= 1 for place in places)
    hair = 1e-8 * (scale.high - scale.low)
    assert scale.low <= min(values) + hair and max(values) - hair <= scale.high
    assert list(scale.ticks) == sorted(scale.ticks) and len(scale.ticks) <= 12


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_a_bound_that_no_figure_can_pass_is_not_passed(values: list[float]) -> None:
    scale = linear(values, least=0.0, most=1.0)
    assert scale.low >= 0 and scale.high <= 1
    assert all(0 <= tick <= 1 for tick in scale.ticks)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=20))
def test_twice_as_much_is_always_as_far_on_a_logarithmic_axis(values: list[float]) -> None:
    scale = logarithmic(values)
    middle = (scale.low * scale.high) ** 0.5
    assert scale.place(middle) == pytest.approx(0.5)
    assert scale.low <= min(values) * 1.000001 and max(values) <= scale.high * 1.000001


def test_what_has_no_place_is_left_out() -> None:
    assert linear([nan, 1.0, 3.0]).place(2.0) == linear([1.0, 3.0]).place(2.0)
    with pytest.raises(ValueError, match="over nought"):
        logarithmic([0.0, nan])


def test_ticks_are_round() -> None:
    assert linear([0.0, 0.47]).ticks == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
    assert logarithmic([0.002, 0.3]).ticks[0] in (0.001, 0.002)
