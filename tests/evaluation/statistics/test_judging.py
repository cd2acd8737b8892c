"""A judge's rate, corrected for its mistakes."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.evaluation.statistics.judging import Labelled, corrected_difference, corrected_rate


def test_a_perfect_judge_needs_no_correction() -> None:
    found = corrected_rate(70, 100, Labelled(50, 50, 50, 50))
    assert found.value == pytest.approx(0.7)
    assert found.interval.half_width == pytest.approx(1.96 * (0.21 / 100) ** 0.5, abs=1e-4)


def test_a_lenient_judge_is_taken_down() -> None:
    # it calls 30% of the wrong ones right: of 100, 60 right ones and 12 of the 40 wrong ones
    assert corrected_rate(72, 100, Labelled(100, 100, 70, 100)).value == pytest.approx(0.6)


def test_the_rate_stays_a_rate() -> None:
    assert corrected_rate(0, 100, Labelled(90, 100, 90, 100)).value == 0
    assert corrected_rate(100, 100, Labelled(90, 100, 90, 100)).interval.high == 1


def test_a_judge_that_tosses_a_coin_is_refused_and_labels_of_both_kinds_are_needed() -> None:
    with pytest.raises(ValueError, match="that is no judge"):
        corrected_rate(50, 100, Labelled(50, 100, 55, 100))
    with pytest.raises(ValueError, match="that people call right and items"):
        corrected_rate(50, 100, Labelled(50, 100, 0, 0))


@pytest.mark.slow
def test_it_holds_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    held, runs = 0, 4_000
    for _ in range(runs):
        labelled = Labelled(int(random.binomial(100, 0.9)), 100, int(random.binomial(100, 0.8)), 100)
        truth = 0.65
        found = corrected_rate(int(random.binomial(500, truth * 0.9 + (1 - truth) * 0.2)), 500, labelled)
        held += truth in found.interval
    assert 0.94 < held / runs < 0.975


def test_a_difference_is_as_much_larger_as_the_judge_is_worse_than_perfect() -> None:
    assert corrected_difference(0.06, 0.02, 100, Labelled(50, 50, 50, 50)).value == pytest.approx(0.06)
    found = corrected_difference(0.06, 0.02, 100, Labelled(90, 100, 70, 100))
    assert found.value == pytest.approx(0.1)
    assert found.interval.low < 0.06 < found.interval.high
    with pytest.raises(ValueError, match="that is no judge"):
        corrected_difference(0.06, 0.02, 100, Labelled(50, 100, 50, 100))


def test_the_spread_of_clustered_items_widens_the_interval() -> None:
    labelled = Labelled(90, 100, 80, 100)
    alone, clustered = (corrected_rate(70, 100, labelled, variance=each) for each in (None, 3 * 0.21 / 100))
    assert clustered.value == alone.value
    assert clustered.interval.half_width > 1.4 * alone.interval.half_width


@pytest.mark.parametrize("runs", [400, pytest.param(4_000, marks=pytest.mark.slow)])
def test_the_true_difference_is_held_as_often_as_it_says(runs: int) -> None:
    random = np.random.default_rng(2)
    held, n, truth = 0, 500, 0.1
    for _ in range(runs):
        labelled = Labelled(int(random.binomial(100, 0.85)), 100, int(random.binomial(100, 0.8)), 100)
        easy = random.random(n)
        judged = [
            np.where(easy < share, random.random(n) < 0.85, random.random(n) < 0.2).astype(float)
            for share in (0.6 + truth, 0.6)
        ]
        apart = judged[0] - judged[1]
        found = corrected_difference(float(apart.mean()), float(apart.std(ddof=1) / n**0.5), n, labelled)
        held += truth in found.interval
    assert 0.93 < held / runs < 0.975
