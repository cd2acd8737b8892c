"""From the scores of items to figures with intervals."""

from __future__ import annotations

import numpy as np

from chatbot.evaluation.estimating import comparison_of, difference_of, estimate_of, item_means
from chatbot.evaluation.statistics.means import clustered_mean, mean
from chatbot.evaluation.statistics.proportions import wilson

NONE = np.nan


def test_the_interval_fits_the_scores() -> None:
    shares = estimate_of(np.array([1, 0, NONE, 1]))
    assert shares is not None and (shares.value, shares.interval, shares.n) == (2 / 3, wilson(2, 3), 3)
    assert estimate_of(np.array([0.5, 0.25, NONE])) == mean([0.5, 0.25])
    assert estimate_of(np.array([0.5, NONE, 0.1]), ["a", "b", "b"]) == clustered_mean([0.5, 0.1], ["a", "b"])
    clustered = estimate_of(np.array([1, NONE, 0.0]), ["a", "b", "b"])
    assert clustered is not None and (clustered.interval.low, clustered.interval.high) == (0, 1)
    assert estimate_of(np.array([NONE])) is None


def test_two_variants_are_compared_on_what_both_have() -> None:
    found = comparison_of(np.array([1, 1, NONE, 0]), np.array([1, 0, 1, NONE]))
    assert found is not None and found.table is not None and (found.table.n, found.table.only_first) == (2, 1)
    assert difference_of(np.array([NONE, 1]), np.array([1, NONE])) is None


def test_the_mean_of_an_item_is_over_the_repeats_that_have_a_number() -> None:
    table = np.array([[1, 0], [NONE, 1], [NONE, NONE]])
    assert np.array_equal(item_means(table), [0.5, 1, NONE], equal_nan=True)
