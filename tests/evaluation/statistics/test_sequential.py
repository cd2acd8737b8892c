"""A test that may be looked at all the time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaln

from chatbot.evaluation.statistics.discordance import mcnemar
from chatbot.evaluation.statistics.sequential import Evidence, log_e_value


@given(st.integers(0, 5_000), st.integers(0, 5_000))
def test_the_e_value_is_that_of_the_beta_function(b: int, c: int) -> None:
    assert log_e_value(b, c) == pytest.approx((b + c) * np.log(2) + betaln(b + 1, c + 1), rel=1e-9, abs=1e-8)


def test_items_on_which_both_agree_teach_nothing() -> None:
    evidence = Evidence().seen(True, False)
    assert evidence.seen(True, True) == evidence.seen(False, False) == evidence


def test_what_was_decided_stays_decided() -> None:
    evidence = Evidence()
    for _ in range(9):
        evidence = evidence.seen(True, False)
    assert evidence.decided()
    p = evidence.p
    for _ in range(9):
        evidence = evidence.seen(False, True)
    assert evidence.decided() and evidence.p == p


def watch(random: np.random.Generator, share: float, items: int) -> tuple[Evidence, int]:
    """Evidence over items of which 30% are discordant, and the item at which it decided."""
    evidence, at = Evidence(), items
    for number, (differs, first) in enumerate(
        zip(random.random(items) < 0.3, random.random(items) < share, strict=True)
    ):
        evidence = evidence.seen(bool(differs and first), bool(differs and not first))
        if at == items and evidence.decided():
            at = number + 1
    return evidence, at


@pytest.mark.slow
def test_continuous_looking_decides_wrongly_as_often_as_it_may_and_mcnemar_does_not() -> None:
    random = np.random.default_rng(3)
    runs, wrong, ordinary = 2_000, 0, 0
    for _ in range(runs):
        evidence, _ = watch(random, 0.5, 500)
        wrong += evidence.decided()
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
    assert 90 < np.median(stops) < 220
