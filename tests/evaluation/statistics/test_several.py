"""Corrections for many variants: as statsmodels makes them, and with the family's error where they say it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import cochrans_q
from statsmodels.stats.multitest import multipletests

from chatbot.evaluation.statistics.discordance import mcnemar, table_of
from chatbot.evaluation.statistics.several import cochran_q, false_discovery, friedman, holm, max_t

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12)
RANDOM = np.random.default_rng(2)


@given(p_values)
def test_holm_is_that_of_statsmodels(values: list[float]) -> None:
    assert holm(values) == pytest.approx(multipletests(values, method="holm")[1].tolist(), abs=1e-12)


@given(p_values)
def test_false_discoveries_are_those_of_statsmodels(values: list[float]) -> None:
    assert false_discovery(values) == pytest.approx(multipletests(values, method="fdr_bh")[1].tolist(), abs=1e-12)
    assert false_discovery([]) == holm([]) == []


def test_cochrans_q_is_that_of_statsmodels() -> None:
    table = (RANDOM.random((80, 4)) < [0.6, 0.65, 0.7, 0.8]).astype(float)
    assert cochran_q(table).p == pytest.approx(float(cochrans_q(table).pvalue), abs=1e-9)
    assert cochran_q(np.ones((5, 3))).p == 1


def test_friedman_is_that_of_scipy() -> None:
    table = RANDOM.normal([0, 0.2, 0.5], size=(40, 3))
    assert friedman(table).p == pytest.approx(float(stats.friedmanchisquare(*table.T).pvalue), abs=1e-9)
    assert friedman(np.ones((5, 3))).p == 1


def test_the_bound_for_one_variant_is_students_and_grows_with_their_number() -> None:
    table = RANDOM.normal(size=(400, 1))
    (one,), _ = max_t(table)
    assert one.half_width == pytest.approx(1.966 * table.std(ddof=1) / 20, rel=0.04)
    many, _ = max_t(np.hstack([table, RANDOM.normal(size=(400, 7))]))
    assert many[0].half_width > 1.25 * one.half_width
    alike, _ = max_t(np.hstack([table] * 8))
    assert alike[0].half_width == pytest.approx(one.half_width, rel=0.02)


def test_a_variant_that_never_differs_is_left_alone() -> None:
    intervals, p = max_t(np.column_stack([np.zeros(50), RANDOM.normal(1, 1, 50)]))
    assert (intervals[0].half_width, p[0]) == (0, 1)
    assert p[1] < 0.01


def test_clusters_are_drawn_whole() -> None:
    table = RANDOM.normal(size=(40, 2)).repeat(5, axis=0)
    alone, _ = max_t(table)
    whole, _ = max_t(table, clusters=np.repeat(range(40), 5).tolist())
    assert whole[0].half_width > 2 * alone[0].half_width


@pytest.mark.slow
def test_eight_equal_variants_have_a_false_winner_as_often_as_they_may() -> None:
    random = np.random.default_rng(8)
    runs, raw, by_holm, by_max_t = 800, 0, 0, 0
    for _ in range(runs):
        hard = random.random((200, 1))
        scores = (0.7 * random.random((200, 9)) + 0.3 * hard < 0.6).astype(float)
        base, others = scores[:, 0], scores[:, 1:].T
        p = []
        for other in others:
            table = table_of(other, base)
            p.append(mcnemar(table.only_first, table.only_second).p)
        raw += min(p) < 0.05
        by_holm += min(holm(p)) < 0.05
        by_max_t += min(max_t(others.T - base[:, None], resamples=499)[1]) < 0.05
    assert raw / runs > 0.15
    assert by_holm / runs < 0.065
    assert by_max_t / runs < 0.075
