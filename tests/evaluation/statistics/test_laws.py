"""The laws of Beta and Student: scipy's, without scipy."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from chatbot.evaluation.statistics.laws import incomplete_beta, student_quantile, student_tails

SIZES = st.floats(0.5, 2_000)


@given(SIZES, SIZES, st.floats(0, 1))
def test_the_incomplete_beta_function_is_scipys(a: float, b: float, x: float) -> None:
    assert incomplete_beta(a, b, x) == pytest.approx(float(special.betainc(a, b, x)), rel=1e-9, abs=1e-12)


@given(st.floats(0, 60), st.integers(1, 1_000_000))
def test_the_tails_of_student_are_scipys(t: float, degrees: int) -> None:
    assert student_tails(t, degrees) == pytest.approx(float(2 * stats.t.sf(t, degrees)), rel=1e-9, abs=1e-14)


@given(st.floats(0.5, 0.999), st.integers(1, 1_000_000))
def test_the_quantiles_of_student_are_scipys(level: float, degrees: int) -> None:
    assert student_quantile(level, degrees) == pytest.approx(float(stats.t.ppf(0.5 + level / 2, degrees)), rel=1e-9)


def test_beyond_all_values_there_is_nothing() -> None:
    assert student_tails(inf, 3) == 0
    assert (incomplete_beta(2, 3, 0), incomplete_beta(2, 3, 1)) == (0, 1)
