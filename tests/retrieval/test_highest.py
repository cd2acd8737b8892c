"""The highest of many scores are those that sorting all of them gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.retrieval.highest import BLOCK, highest

FEW = st.lists(st.integers(-2, 3), max_size=5 * BLOCK)
"""Many of them equal."""


@given(FEW, st.integers(0, 12), st.sampled_from([-np.inf, -2.0, 0.0, 2.5, 3.0]))
def test_the_highest_come_first_and_equal_ones_by_their_place(numbers: list[int], limit: int, above: float) -> None:
    wanted = sorted(range(len(numbers)), key=lambda place: (-numbers[place], place))

    found = highest(np.array(numbers, dtype=np.float32), limit, above=above)

    assert found.tolist() == [place for place in wanted if numbers[place] > above][:limit]


@pytest.mark.parametrize("different", [0, 3, 200, 5_000])
def test_of_many_scores_of_which_most_are_nothing_the_highest_are_found(different: int) -> None:
    chance = np.random.default_rng(different)
    scores = np.zeros(20_000, dtype=np.float32)
    scores[chance.choice(len(scores), different, replace=False)] = chance.random(different)

    assert highest(scores, 100, above=0).tolist() == np.argsort(-scores, kind="stable")[: min(100, different)].tolist()


def test_minus_infinity_is_left_out() -> None:
    assert highest(np.array([-np.inf, 1.0, -np.inf], dtype=np.float32), 3).tolist() == [1]
