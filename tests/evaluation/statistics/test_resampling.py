"""Bootstrap and sign flips: near scipy's, the same for the same data, and by whole clusters where there are any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from chatbot.evaluation.statistics.means import clustered_error
from chatbot.evaluation.statistics.resampling import bootstrap, bootstrap_of_means, bootstrap_of_sums, sign_flip

RANDOM = np.random.default_rng(0)


def average(rows: np.ndarray) -> float:
    return float(rows[:, 0].mean())


@pytest.mark.parametrize("law", ["normal", "exponential", "beta"])
def test_the_interval_is_near_scipys(law: str) -> None:
    values = {"normal": RANDOM.normal, "exponential": RANDOM.exponential, "beta": lambda size: RANDOM.beta(8, 1, size)}
    sample = values[law](size=80)
    expected = stats.bootstrap((sample,), np.mean, method="BCa", rng=1).confidence_interval
    found = bootstrap(sample, average).interval
    assert (found.low, found.high) == pytest.approx(
        (expected.low, expected.high), abs=0.06 * (expected.high - expected.low)
    )


def test_variants_are_drawn_with_their_items() -> None:
    first = RANDOM.exponential(size=120)
    table = np.column_stack([first * 2, first])
    found = bootstrap(table, lambda rows: float(rows[:, 0].mean() / rows[:, 1].mean()))
    assert found.value == pytest.approx(2)
    assert found.interval.half_width == pytest.approx(0, abs=1e-9)


def test_the_same_data_give_the_same_interval() -> None:
    values = RANDOM.normal(size=50)
    assert bootstrap(values, average) == bootstrap(values, average)
    assert bootstrap(values, average) != bootstrap(values, average, seed=9)


def test_clusters_are_drawn_whole() -> None:
    documents = RANDOM.normal(size=30)
    values, groups = documents.repeat(5), np.repeat(range(30), 5).tolist()
    together = bootstrap(values, average, clusters=groups).interval.half_width
    assert together > 2 * bootstrap(values, average).interval.half_width
    assert together == pytest.approx(1.96 * clustered_error(values, groups), rel=0.1)


def test_what_never_varies_has_no_width_and_what_cannot_be_worked_out_is_left_out() -> None:
    assert bootstrap([3.0] * 9, average).interval.half_width == 0
    found = bootstrap(np.column_stack([[1.0, 1.0, 1.0], [0.0, 1.0, 2.0]]), lambda rows: _ratio(rows)).interval
    assert np.isfinite([found.low, found.high]).all()


def _ratio(rows: np.ndarray) -> float:
    below = rows[:, 1].sum()
    return float(rows[:, 0].sum() / below) if below else float("nan")


quarters = st.integers(-20, 20).map(lambda number: number / 4)
pairs = st.lists(st.tuples(quarters, quarters), min_size=2, max_size=10)


@given(pairs)
@settings(max_examples=50)
def test_of_few_pairs_all_flips_are_looked_at_as_scipy_does(rows: list[tuple[float, float]]) -> None:
    first, second = (np.array(each) for each in zip(*rows, strict=True))
    expected = stats.permutation_test(
        (first, second), lambda a, b: np.abs(np.mean(a - b)), permutation_type="samples", alternative="greater"
    )
    assert sign_flip(first, second).p == pytest.approx(float(expected.pvalue), abs=1e-9)


def test_of_many_pairs_flips_are_drawn() -> None:
    first = RANDOM.normal(0.25, 1, 200)
    found = sign_flip(first, np.zeros(200))
    assert found.p == pytest.approx(float(stats.ttest_1samp(first, 0).pvalue), abs=0.01)
    assert sign_flip(first, first).p == 1


def test_a_cluster_flips_as_a_whole() -> None:
    values = np.repeat([1.0, 1.0, 1.0], 20)
    assert sign_flip(values, np.zeros(60)).p < 0.001
    assert sign_flip(values, np.zeros(60), clusters=np.repeat(range(3), 20).tolist()).p == 0.25


@pytest.mark.parametrize("grouped", [False, True])
def test_means_are_bootstrapped_at_once_as_they_are_one_by_one(grouped: bool) -> None:
    table = RANDOM.lognormal(size=(90, 2)) + np.repeat(RANDOM.normal(size=30), 3)[:, None] ** 2
    groups = np.repeat(range(30), 3).tolist() if grouped else None
    found = bootstrap_of_means(table, lambda means: means[:, 0] / means[:, 1], clusters=groups)
    slowly = bootstrap(table, lambda rows: float(rows[:, 0].mean() / rows[:, 1].mean()), clusters=groups)
    assert found.value == pytest.approx(slowly.value)
    width = slowly.interval.half_width
    assert found.interval.low == pytest.approx(slowly.interval.low, abs=0.08 * width)
    assert found.interval.high == pytest.approx(slowly.interval.high, abs=0.08 * width)
    assert bootstrap_of_means([3.0] * 9).interval.half_width == 0


def test_sums_are_bootstrapped_by_how_many_items_add_the_same() -> None:
    values = RANDOM.integers(0, 4, 80).astype(float)
    kinds, times = np.unique(values, return_counts=True)
    found = bootstrap_of_sums(
        np.column_stack([kinds, np.ones(len(kinds))]), times, lambda sums: sums[:, 0] / sums[:, 1]
    )
    expected = bootstrap(values, average)
    assert (found.value, found.n) == (pytest.approx(expected.value), 80)
    width = expected.interval.half_width
    assert found.interval.low == pytest.approx(expected.interval.low, abs=0.08 * width)
    assert found.interval.high == pytest.approx(expected.interval.high, abs=0.08 * width)
