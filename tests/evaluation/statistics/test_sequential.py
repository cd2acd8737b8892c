"""A test that may be looked at all the time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln

from chatbot.evaluation.statistics.discordance import mcnemar
from chatbot.evaluation.statistics.sequential import Evidence


def played(differences: Iterable[float], margin: float | None = None) -> Evidence:
    evidence = Evidence(margin)
    for difference in differences:
        evidence.see(difference)
    return evidence


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 50))
@settings(max_examples=30)
def test_the_wealth_of_right_and_wrong_is_that_of_the_beta_function(b: int, c: int, ties: int) -> None:
    log_e_value = (b + c) * np.log(2) + betaln(b + 1, c + 1)
    # the order does not matter for what is there at the end: first the one that falls behind
    evidence = played([*[-1.0] * c, *[0.0] * ties, *[1.0] * b])
    assert evidence.peak >= log_e_value - 1e-9
    if b >= c:
        assert evidence.peak == pytest.approx(
            max(log_e_value, c * np.log(2) + betaln(1, c + 1), 0.0), rel=1e-9, abs=1e-8
        )


def test_items_on_which_both_agree_teach_nothing() -> None:
    assert played([1.0]).p == played([0.0, 1.0, 0.0]).p


def test_what_was_decided_stays_decided() -> None:
    evidence = played([1.0] * 9)
    assert evidence.p < 0.05
    p = evidence.p
    for _ in range(9):
        evidence.see(-1.0)
    assert evidence.p == p


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]) | st.floats(-1, 1), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_the_interval_leaves_equality_out_just_when_it_is_refuted_now(differences: list[float]) -> None:
    evidence = played(differences, margin=0.1)
    interval, mean = evidence.interval(), float(np.mean(differences))
    assert interval.low - 1e-9 <= mean <= interval.high + 1e-9
    wealth = evidence._bets[0].log_wealth
    if abs(wealth - np.log(20)) > 1e-3:
        assert (0.0 in interval) == (wealth < np.log(20))
    narrow = evidence.narrow()
    assert evidence.equivalent() == (narrow.low > -0.1 and narrow.high < 0.1)


def test_alike_variants_are_shown_to_be_within_a_margin() -> None:
    assert played([0.0] * 50, margin=0.05).equivalent() is False
    assert played([0.0] * 100, margin=0.05).equivalent() is True
    assert played([0.0] * 200).equivalent() is False


def test_small_clusters_count_for_less() -> None:
    one, two = Evidence(), Evidence()
    for _ in range(20):
        one.see(0.2, 0.2)
        two.see(1.0, 1.0)
    assert two.p < one.p
    assert one.interval().high == pytest.approx(1.0)


def test_a_difference_that_none_of_scores_between_0_and_1_has_is_refused() -> None:
    for difference, weight in ((1.5, 1.0), (-0.6, 0.5), (float("nan"), 1.0)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            Evidence().see(difference, weight)


def test_how_many_more_it_takes_is_about_right() -> None:
    random = np.random.default_rng(2)
    stops = [watch(random, 0.6, 4_000)[1] for _ in range(40)]
    pilot = played([*[1.0] * 36, *[-1.0] * 24, *[0.0] * 140])
    more = pilot.more_items(0.06)
    assert more is not None and 0.6 * np.median(stops) < more + 200 < 1.8 * np.median(stops)
    assert played([0.0, 0.0]).more_items(0.1) is None and Evidence().more_items(0.1) is None


def watch(random: np.random.Generator, share: float, items: int) -> tuple[Evidence, int]:
    """Evidence over items of which 30% are discordant, and the item at which it decided."""
    evidence = Evidence()
    differs, first = random.random(items) < 0.3, random.random(items) < share
    for number, difference in enumerate(np.where(first, 1.0, -1.0) * differs):
        evidence.see(float(difference))
        if evidence.p < 0.05:
            return evidence, number + 1
    return evidence, items


@pytest.mark.slow
def test_continuous_looking_decides_wrongly_as_often_as_it_may_and_mcnemar_does_not() -> None:
    random = np.random.default_rng(3)
    runs, wrong, ordinary = 2_000, 0, 0
    for _ in range(runs):
        evidence, _ = watch(random, 0.5, 500)
        wrong += evidence.p < 0.05
        b = c = 0
        looked = False
        for differs, first in zip(random.random(500) < 0.3, random.random(500) < 0.5, strict=True):
            b, c = b + (differs and first), c + (differs and not first)
            looked = looked or ((b + c) % 3 == 0 and mcnemar(int(b), int(c)).p < 0.05)
        ordinary += looked
    assert wrong / runs < 0.05
    assert ordinary / runs > 0.15


@pytest.mark.slow
def test_a_difference_of_ten_points_is_found_after_some_hundred_items() -> None:
    random = np.random.default_rng(4)
    stops = [watch(random, 2 / 3, 1_000)[1] for _ in range(500)]
    assert 150 < np.median(stops) < 260
