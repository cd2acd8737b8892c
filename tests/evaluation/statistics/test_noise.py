"""Judge, generation and items, told apart in the variance of judged scores."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.evaluation.statistics.noise import split_noise


def test_a_judge_that_always_says_the_same_adds_nothing() -> None:
    found = split_noise([[[1, 1], [0, 0]], [[1, 1], [1, 1]], [[0, 0], [0, 0]]])
    assert found.judge == 0
    assert found.generation == pytest.approx(0.5 / 3)


def test_a_judge_that_flips_by_itself_is_all_there_is() -> None:
    found = split_noise([[[1, 0], [0, 1]], [[1, 0], [0, 1]]])
    assert (found.judge, found.generation, found.items) == (0.5, 0, 0)


def test_of_items_answered_once_generation_cannot_be_told() -> None:
    assert split_noise([[[1, 1]], [[0, 0]]]).generation is None
    assert split_noise([[[1, 0, 1]]]).items is None
    with pytest.raises(ValueError, match="no response was judged twice"):
        split_noise([[[1], [0]], [[1]]])


@pytest.mark.parametrize("balanced", [True, False])
def test_it_finds_the_parts_of_a_simulated_world(balanced: bool) -> None:
    random = np.random.default_rng(5)
    scores = []
    for truth in random.normal(0, 1.0, 3_000):
        responses = truth + random.normal(0, 0.7, 3 if balanced else random.integers(1, 5))
        scores.append(
            [list(each + random.normal(0, 0.5, 2 if balanced else random.integers(1, 4))) for each in responses]
        )
    found = split_noise(scores)
    assert found.generation is not None and found.items is not None
    assert found.judge == pytest.approx(0.25, rel=0.1)
    assert found.generation == pytest.approx(0.49, rel=0.1)
    assert found.items == pytest.approx(1.0, rel=0.1)
