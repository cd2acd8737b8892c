"""Figures on different items: their difference against statsmodels, and when it is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from chatbot.evaluation.statistics.independent import difference_of
from chatbot.evaluation.statistics.interval import Estimate, Interval
from chatbot.evaluation.statistics.proportions import wilson


def accuracy(right: int, n: int, level: float = 0.95) -> Estimate:
    return Estimate(right / n, wilson(right, n, level), n)


counts = st.integers(5, 2_000).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n)))


@given(counts, counts)
def test_the_difference_of_two_accuracies_is_newcombes(one: tuple[int, int], two: tuple[int, int]) -> None:
    low, high = confint_proportions_2indep(*one, *two, method="newcomb", compare="diff")
    found = difference_of(accuracy(*one), accuracy(*two))
    assert found.value == pytest.approx(one[0] / one[1] - two[0] / two[1])
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-9)


def test_a_difference_of_differences_adds_their_uncertainty() -> None:
    gain = Estimate(0.2, Interval(0.1, 0.3), 100)
    found = difference_of(gain, Estimate(0.1, Interval(0.06, 0.14), 500))
    assert found.value == pytest.approx(0.1)
    assert found.interval.half_width == pytest.approx((0.1**2 + 0.04**2) ** 0.5)


def test_intervals_of_different_levels_have_no_difference() -> None:
    with pytest.raises(ValueError, match="95% and one of 90%"):
        difference_of(accuracy(5, 10), accuracy(5, 10, 0.9))
