"""Means of scores: intervals as statsmodels and scipy make them, with items alone or in clusters."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from chatbot.evaluation.statistics.means import clustered_error, clustered_mean, codes_of, mean, standard_error

scores = st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=60).filter(lambda values: np.ptp(values) > 1e-3)


@given(scores)
def test_the_interval_of_a_mean_is_students(values: list[float]) -> None:
    found = mean(values)
    low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), rel=1e-9, abs=1e-9)
    assert found.n == len(values)


@given(st.data())
def test_the_clustered_error_is_that_of_statsmodels(data: st.DataObject) -> None:
    values = data.draw(scores)
    groups = data.draw(st.lists(st.integers(0, 4), min_size=len(values), max_size=len(values)))
    assume(len(set(groups)) > 1)
    fit = sm.OLS(values, np.ones(len(values))).fit(
        cov_type="cluster", cov_kwds={"groups": np.array(groups), "df_correction": True}, use_t=True
    )
    # statsmodels also multiplies by (n - 1) / (n - k), which is 1 for a mean
    assert clustered_error(values, groups) == pytest.approx(float(fit.bse[0]), rel=1e-9, abs=1e-9)
    low, high = fit.conf_int()[0]
    found = clustered_mean(values, groups).interval
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-7, abs=1e-7)


@given(scores)
def test_clusters_of_one_item_change_nothing(values: list[float]) -> None:
    assert clustered_error(values, range(len(values))) == pytest.approx(standard_error(values), rel=1e-9, abs=1e-9)


def test_items_of_a_cluster_that_say_the_same_count_once() -> None:
    alone, six_times = [0.0, 1.0, 1.0, 0.0, 1.0], np.repeat([0.0, 1.0, 1.0, 0.0, 1.0], 6)
    assert clustered_error(six_times, np.repeat(range(5), 6).tolist()) == pytest.approx(standard_error(alone))


def test_one_item_or_one_cluster_leaves_everything_possible() -> None:
    assert mean([0.5]).interval.high == float("inf")
    assert clustered_mean([0.5, 0.7], ["a", "a"]).interval.high == float("inf")


@pytest.mark.parametrize("values", [[], [float("nan")], [1.0, float("inf")], [[1.0, 2.0]]])
def test_what_is_no_score_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="score"):
        mean(values)


def test_a_cluster_is_named_for_every_score() -> None:
    with pytest.raises(ValueError, match="1 clusters are named for 2 scores"):
        codes_of(["a"], 2)


@pytest.mark.slow
def test_ignoring_clusters_finds_what_is_not_there_and_heeding_them_does_not() -> None:
    random = np.random.default_rng(1)
    naive = clustered = 0
    runs = 2_000
    for _ in range(runs):
        documents = random.normal(0, 0.6, 50).repeat(6)
        difference = documents + random.normal(0, 1, 300)
        groups = np.repeat(range(50), 6).tolist()
        naive += 0 not in mean(difference).interval
        clustered += 0 not in clustered_mean(difference, groups).interval
    assert naive / runs > 0.15
    assert 0.03 < clustered / runs < 0.07
