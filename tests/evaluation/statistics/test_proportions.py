"""Intervals for accuracies are those of statsmodels and scipy, and hold the truth as often as they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.stats.proportion import proportion_confint

from chatbot.evaluation.statistics.proportions import credible, exact, wilson

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])


@given(counts, levels)
def test_wilson_is_that_of_statsmodels(count: tuple[int, int], level: float) -> None:
    found = wilson(*count, level)
    low, high = proportion_confint(*count, alpha=1 - level, method="wilson")
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


@given(counts, levels)
def test_the_exact_interval_is_that_of_scipy(count: tuple[int, int], level: float) -> None:
    found = exact(*count, level)
    expected = binomtest(*count).proportion_ci(confidence_level=level, method="exact")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(counts)
def test_the_share_lies_within_every_interval_and_more_confidence_is_wider(count: tuple[int, int]) -> None:
    right, n = count
    for interval in (wilson, exact):
        assert right / n in interval(right, n)
        assert interval(right, n, 0.99).half_width > interval(right, n, 0.8).half_width
    assert 0 < credible(right, n).low < credible(right, n).high < 1


def test_no_items_leave_everything_possible() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0, 1)


@pytest.mark.parametrize("count", [(3, 2), (-1, 5)])
def test_counts_that_cannot_be_are_refused(count: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be right"):
        wilson(*count)


@pytest.mark.parametrize(("n", "truth", "least", "most"), [(20, 0.95, 0.92, 0.93), (100, 0.95, 0.96, 0.98)])
def test_wilson_holds_a_rare_failure_where_the_usual_interval_does_not(
    n: int, truth: float, least: float, most: float
) -> None:
    def coverage(method: str) -> float:
        intervals = [
            proportion_confint(right, n, method=method)
            if method != "ours"
            else (wilson(right, n).low, wilson(right, n).high)
            for right in range(n + 1)
        ]
        return float(
            sum(binom.pmf(right, n, truth) for right, (low, high) in enumerate(intervals) if low <= truth <= high)
        )

    assert least < coverage("ours") < most
    assert coverage("normal") < 0.89


@pytest.mark.parametrize("truth", [0.3, 0.7, 0.99])
def test_the_exact_interval_never_holds_the_truth_less_often_than_it_says(truth: float) -> None:
    for n in (5, 30, 100):
        held = [right for right in range(n + 1) if truth in exact(right, n)]
        assert sum(binom.pmf(held, n, truth)) >= 0.95
