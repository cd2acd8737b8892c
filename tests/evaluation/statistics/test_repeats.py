"""What repeats are worth."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.evaluation.statistics.repeats import Variance, split


@pytest.mark.parametrize(("repeats", "saved"), [(2, 1 / 3), (4, 1 / 2), (6, 5 / 9), (10**9, 2 / 3)])
def test_millers_uniform_case(repeats: int, saved: float) -> None:
    # an item's chance is uniform: its variance is 1/12 between items, and 1/6 within one
    assert Variance(1 / 12, 1 / 6).saved_by(repeats) == pytest.approx(saved)


def test_the_parts_are_found_in_what_they_made() -> None:
    random = np.random.default_rng(1)
    scores = random.normal(0, 2, (3_000, 1)) + random.normal(0, 1, (3_000, 5))
    found = split(scores)
    assert (found.between, found.within) == pytest.approx((4, 1), rel=0.08)
    assert found.of_mean(3_000, 5) == pytest.approx(float(scores.mean(axis=1).var(ddof=1)) / 3_000, rel=1e-6)


def test_noise_that_hides_the_items_leaves_no_negative_variance() -> None:
    assert split([[0.0, 1.0], [1.0, 0.0]]).between == 0
    assert Variance(0, 0).saved_by(4) == 0


@pytest.mark.parametrize("scores", [[[1.0, 2.0]], [[1.0], [2.0]], [1.0, 2.0]])
def test_two_of_each_are_the_least(scores: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="two items and two repeats"):
        split(scores)
