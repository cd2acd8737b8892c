"""The best of several looks better than it is."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.evaluation.statistics.selection import corrected_best


def test_a_clear_winner_keeps_its_mean() -> None:
    random = np.random.default_rng(1)
    scores = (random.random((400, 3)) < [0.3, 0.9, 0.4]).astype(float)
    found = corrected_best(scores, splits=200)
    assert found.value == pytest.approx(scores[:, 1].mean(), abs=0.01)
    assert scores[:, 1].mean() in found.interval


def test_one_item_cannot_do_both() -> None:
    with pytest.raises(ValueError, match="one item"):
        corrected_best([[1.0, 0.0]])


@pytest.mark.slow
def test_of_sixteen_equal_variants_the_best_is_shown_as_no_better_than_it_is() -> None:
    random = np.random.default_rng(2)
    shown, corrected, held, runs = [], [], 0, 200
    for _ in range(runs):
        scores = (random.random((100, 16)) < 0.7).astype(float)
        found = corrected_best(scores, splits=200)
        shown.append(scores.mean(axis=0).max())
        corrected.append(found.value)
        held += 0.7 in found.interval
    assert np.mean(shown) == pytest.approx(0.779, abs=0.006)
    assert np.mean(corrected) == pytest.approx(0.70, abs=0.015)
    assert held / runs > 0.94
