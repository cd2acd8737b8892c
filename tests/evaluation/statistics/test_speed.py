"""Latency and cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from chatbot.evaluation.statistics.means import mean
from chatbot.evaluation.statistics.resampling import bootstrap
from chatbot.evaluation.statistics.speed import average, quantile, ratio, saving

RANDOM = np.random.default_rng(1)


def test_a_median_and_a_tail_with_their_intervals() -> None:
    seconds = RANDOM.lognormal(0, 0.5, 400)
    median, tail = quantile(seconds, 0.5), quantile(seconds, 0.95)
    assert median.value == pytest.approx(float(np.median(seconds)))
    assert tail.interval.half_width > median.interval.half_width


@pytest.mark.parametrize(("probability", "true"), [(0.5, 1.0), (0.95, float(np.exp(0.5 * 1.6448536)))])
def test_the_interval_of_a_quantile_holds_the_true_one_as_often_as_it_says(probability: float, true: float) -> None:
    held = [true in quantile(RANDOM.lognormal(0, 0.5, 300), probability).interval for _ in range(800)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize("n", [5, 6, 40, 72, 200])
@pytest.mark.parametrize("probability", [0.5, 0.95])
def test_the_interval_of_a_quantile_is_as_narrow_as_it_may_be(n: int, probability: float) -> None:
    interval = quantile(range(1, n + 1), probability).interval
    below = stats.binom(n, probability)
    assert below.cdf(interval.low - 1) <= 0.025 < below.cdf(max(0, interval.low))
    assert below.sf(min(n, interval.high) - 1) <= 0.025 or np.isinf(interval.high)
    assert np.isinf(interval.high) == (below.sf(n - 1) > 0.025)


@given(st.lists(st.floats(0.001, 1e4), min_size=1, max_size=60), st.sampled_from([0.5, 0.9, 0.95]))
def test_a_quantile_lies_in_its_interval_whatever_they_are(values: list[float], probability: float) -> None:
    found = quantile(values, probability)
    assert found.interval.low <= found.value <= found.interval.high
    assert {found.interval.low, found.interval.high} <= {*values, -np.inf, np.inf}
    assert found.n == len(values)


def test_a_mean_cost_is_bootstrapped_while_items_are_few() -> None:
    few, many = RANDOM.lognormal(size=200), RANDOM.lognormal(size=2_000)
    slowly = bootstrap(few, lambda rows: float(rows.mean())).interval
    quick = average(few).interval
    assert (quick.low, quick.high) == pytest.approx((slowly.low, slowly.high), rel=0.02)
    assert (quick.method, average(many)) == ("bootstrap, BCa", mean(many))


def test_a_saving_is_paired_by_item() -> None:
    dear = RANDOM.lognormal(0, 1, 300)
    found = saving(dear, dear - 0.5 + RANDOM.normal(0, 0.01, 300))
    assert found.value == pytest.approx(0.5, abs=0.005)
    assert found.interval.half_width < 0.005


def test_a_ratio_is_paired_by_item() -> None:
    slow = RANDOM.lognormal(0, 1, 300)
    found = ratio(slow, slow / 3 * RANDOM.lognormal(0, 0.01, 300))
    assert found.value == pytest.approx(3, rel=0.01)
    assert found.interval.half_width < 0.02
    assert ratio([1.0, 100.0], [100.0, 1.0]).value == pytest.approx(1)
    with pytest.raises(ValueError, match="above 0"):
        ratio([1.0, 2.0], [0.0, 0.0])


def test_clusters_are_heeded() -> None:
    documents = RANDOM.lognormal(size=30)
    values, groups = documents.repeat(5), np.repeat(range(30), 5).tolist()
    assert average(values, clusters=groups).interval.half_width > 2 * average(values).interval.half_width
