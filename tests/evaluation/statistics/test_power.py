"""How many items it takes: the published table, Miller's example, and that it is so when it is played."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import TTestPower

from chatbot.evaluation.statistics.discordance import mcnemar
from chatbot.evaluation.statistics.power import (
    items_for,
    items_for_means,
    smallest_difference,
    smallest_difference_of_means,
)

TABLE = {
    0.01: (3_923, 7_847, 15_696, 23_545),
    0.02: (979, 1_960, 3_923, 5_885),
    0.03: (434, 870, 1_742, 2_614),
    0.05: (155, 312, 626, 940),
}
"""Items for a difference where so large a share of them is discordant: .05, .10, .20, .30."""


@pytest.mark.parametrize("difference", TABLE)
def test_the_table_of_the_reference(difference: float) -> None:
    found = [items_for(difference, discordance) for discordance in (0.05, 0.1, 0.2, 0.3)]
    assert found == pytest.approx(TABLE[difference], abs=2)


def test_millers_example() -> None:
    assert items_for_means(0.03, 1 / 9) == pytest.approx(968.998, abs=0.001)
    assert items_for_means(0.0, 1.0) == inf


def test_repeats_lessen_what_lies_within_an_item_only() -> None:
    once = items_for_means(0.05, 0.1, within=(0.2, 0.2))
    four = items_for_means(0.05, 0.1, within=(0.2, 0.2), repeats=(4, 4))
    assert once / four == pytest.approx(0.5 / 0.2)


def test_the_t_test_of_statsmodels_takes_as_many() -> None:
    expected = TTestPower().solve_power(effect_size=0.05 / 0.5, alpha=0.05, power=0.8)
    assert items_for_means(0.05, 0.25) == pytest.approx(expected, abs=2.5)


@given(st.floats(0.02, 1.0), st.integers(30, 5_000))
def test_the_smallest_difference_is_the_one_that_so_many_items_show(discordance: float, n: int) -> None:
    found = smallest_difference(n, discordance)
    if found == inf:
        assert items_for(discordance, discordance) > n
    else:
        assert items_for(found, discordance) <= n
        assert found < 2e-6 or items_for(found - 2e-6, discordance) >= n


def test_no_items_show_nothing() -> None:
    assert smallest_difference(0, 0.2) == smallest_difference_of_means(0, 1.0) == inf
    assert smallest_difference_of_means(400, 0.5) == pytest.approx(0.07, abs=0.0005)


def test_a_hundred_items_cannot_show_three_points() -> None:
    assert smallest_difference(100, 0.1) > 0.08


@pytest.mark.parametrize(("difference", "discordance"), [(0.0, 0.2), (0.3, 0.2)])
def test_a_difference_that_cannot_be_is_refused(difference: float, discordance: float) -> None:
    with pytest.raises(ValueError, match="no difference"):
        items_for(difference, discordance)


def test_so_many_items_do_show_it_in_four_of_five_runs() -> None:
    random = np.random.default_rng(7)
    n = items_for(0.06, 0.14)
    drawn = random.multinomial(n, [0.10, 0.04, 0.86], size=2_000)
    power = np.mean([mcnemar(int(b), int(c)).p < 0.05 for b, c, _ in drawn])
    assert 0.77 < power < 0.84
