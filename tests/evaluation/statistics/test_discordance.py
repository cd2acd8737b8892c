"""Right and wrong on the same items: McNemar as in statsmodels, Bonett-Price as published, with their coverage."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.stats.contingency_tables import mcnemar as reference

from chatbot.evaluation.statistics.discordance import Table, bonett_price, mcnemar, table_of

counts = st.tuples(st.integers(0, 200), st.integers(0, 200))


@given(counts)
def test_the_exact_test_is_that_of_statsmodels(count: tuple[int, int]) -> None:
    b, c = count
    assert mcnemar(b, c, mid_p=False).p == pytest.approx(
        float(reference([[5, b], [c, 5]], exact=True).pvalue), abs=1e-9
    )


@given(counts)
def test_mid_p_counts_what_was_seen_by_half(count: tuple[int, int]) -> None:
    b, c = count
    if b + c:
        expected = binomtest(min(b, c), b + c).pvalue - binom.pmf(min(b, c), b + c, 0.5)
        if b != c:
            assert mcnemar(b, c).p == pytest.approx(expected, abs=1e-9)
        assert 0 <= mcnemar(b, c).p <= mcnemar(b, c, mid_p=False).p <= 1
    assert mcnemar(b, c) == mcnemar(c, b)


def test_many_thousand_items_are_no_trouble() -> None:
    assert mcnemar(5_200, 4_800).p == pytest.approx(6.3e-5, rel=0.05)
    assert mcnemar(0, 0).p == 1
    assert mcnemar(4, 4).p == 1


def test_the_table_is_counted_from_the_scores() -> None:
    assert table_of([1, 1, 0, 0, 1], [1, 0, 1, 0, 0]) == Table(1, 2, 1, 1)
    assert table_of([1, 1, 0, 0, 1], [1, 0, 1, 0, 0]).discordance == 0.6
    with pytest.raises(ValueError, match="0 and 1 only"):
        table_of([0.5], [1.0])


def test_the_interval_of_a_published_example() -> None:
    # worked by hand from the formula: b = 14, c = 5, n = 100
    one, two = 15 / 102, 6 / 102
    reach = 1.959963984540054 * sqrt((one + two - (one - two) ** 2) / 102)
    found = bonett_price(14, 5, 100)
    assert (found.interval.low, found.interval.high) == pytest.approx((one - two - reach, one - two + reach), abs=1e-12)
    assert found.value == pytest.approx(0.09)


@given(counts, st.integers(1, 300))
def test_the_interval_is_one_of_differences_and_turns_with_the_variants(count: tuple[int, int], more: int) -> None:
    b, c = count
    one, two = bonett_price(b, c, b + c + more).interval, bonett_price(c, b, b + c + more).interval
    assert -1 <= one.low < one.high <= 1
    assert (one.low, one.high) == pytest.approx((-two.high, -two.low))


@pytest.mark.parametrize("count", [(3, 3, 5), (-1, 0, 5), (0, 0, 0)])
def test_counts_that_cannot_be_are_refused(count: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="cannot differ"):
        bonett_price(*count)


@pytest.mark.parametrize(("n", "least", "usual"), [(50, 0.97, 0.91), (200, 0.94, 0.95)])
def test_it_holds_its_level_where_few_items_differ(n: int, least: float, usual: float) -> None:
    random = np.random.default_rng(5)
    truth, runs = 0.03, 4_000
    drawn = random.multinomial(n, [0.04, 0.01, 0.95], size=runs)
    held = wald = 0
    for b, c, _ in drawn:
        held += truth in bonett_price(int(b), int(c), n).interval
        center = (b - c) / n
        reach = 1.96 * sqrt(max(0.0, (b + c) / n - center**2) / n)
        wald += abs(center - truth) <= reach
    assert held / runs > least
    assert wald / runs < usual


@pytest.mark.slow
def test_the_sizes_of_both_tests_are_the_references() -> None:
    random = np.random.default_rng(6)
    drawn = random.multinomial(200, [0.06, 0.06, 0.88], size=20_000)
    exact = np.mean([mcnemar(int(b), int(c), mid_p=False).p < 0.05 for b, c, _ in drawn])
    mid = np.mean([mcnemar(int(b), int(c)).p < 0.05 for b, c, _ in drawn])
    assert 0.02 < exact < 0.033
    assert 0.038 < mid < 0.05


@pytest.mark.parametrize(("b", "c"), [(480, 521), (5_000, 5_400), (50_000, 50_600), (600_000, 601_500), (3, 2_000)])
def test_of_very_many_items_it_is_scipys_too(b: int, c: int) -> None:
    law = binom(b + c, 0.5)
    assert mcnemar(b, c, mid_p=False).p == pytest.approx(2 * law.cdf(min(b, c)), rel=1e-7)
    assert mcnemar(b, c).p == pytest.approx(2 * law.cdf(min(b, c)) - law.pmf(min(b, c)), rel=1e-7)
    assert mcnemar(700, 700).p == pytest.approx(1.0)
