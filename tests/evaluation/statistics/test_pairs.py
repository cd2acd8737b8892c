"""Two variants on the same items: the paired t of scipy, by item and by cluster."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from chatbot.evaluation.statistics.pairs import correlation, paired_difference, paired_test

pairs = st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=3, max_size=50).filter(
    lambda rows: np.ptp([a - b for a, b in rows]) > 1e-3
)


@given(pairs)
def test_interval_and_test_are_those_of_scipy(rows: list[tuple[float, float]]) -> None:
    first, second = zip(*rows, strict=True)
    expected = stats.ttest_rel(first, second)
    low, high = expected.confidence_interval(0.95)
    found = paired_difference(first, second)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), rel=1e-9, abs=1e-9)
    assert paired_test(first, second).p == pytest.approx(expected.pvalue, rel=1e-9, abs=1e-12)


@given(pairs)
def test_swapping_the_variants_turns_the_sign_and_nothing_else(rows: list[tuple[float, float]]) -> None:
    first, second = zip(*rows, strict=True)
    one, two = paired_difference(first, second), paired_difference(second, first)
    assert (one.value, one.interval.low) == pytest.approx((-two.value, -two.interval.high))
    assert paired_test(first, second).p == pytest.approx(paired_test(second, first).p)


def test_clusters_are_heeded_as_statsmodels_does() -> None:
    random = np.random.default_rng(3)
    first, second = random.normal(size=(2, 60))
    groups = np.repeat(range(20), 3)
    fit = sm.OLS(first - second, np.ones(60)).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    test = paired_test(first, second, clusters=groups.tolist())
    assert test.p == pytest.approx(float(fit.pvalues[0]), abs=1e-9)
    assert paired_difference(first, second, clusters=groups.tolist()).interval.method == "paired t, clustered"


def test_the_error_is_made_of_both_errors_and_their_correlation() -> None:
    first, second = np.random.default_rng(4).normal(size=(2, 200))
    second = first * 0.6 + second
    errors = [each.std(ddof=1) / np.sqrt(200) for each in (first, second)]
    whole = errors[0] ** 2 + errors[1] ** 2 - 2 * errors[0] * errors[1] * correlation(first, second)
    half = paired_difference(first, second).interval.half_width
    assert half == pytest.approx(stats.t.ppf(0.975, 199) * np.sqrt(whole), rel=1e-9)


def test_without_any_difference_nothing_is_found_and_a_constant_one_is_sure() -> None:
    assert paired_test([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]).p == 1
    assert paired_test([1.0, 2.0, 3.0], [0.5, 1.5, 2.5]).p == 0
    assert correlation([1.0, 1.0], [0.0, 1.0]) == 0


def test_rows_of_other_lengths_are_no_pairs() -> None:
    with pytest.raises(ValueError, match="2 and 3 scores are no pairs"):
        paired_difference([1.0, 2.0], [1.0, 2.0, 3.0])
