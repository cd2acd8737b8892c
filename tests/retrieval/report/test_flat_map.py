"""The map of vectors: neighbours stay neighbours, and any collection has one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from chatbot.retrieval.report.flat_map import flat_map


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def grouped(groups: int, each: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    chance = np.random.default_rng(3)
    centres = np.repeat(chance.standard_normal((groups, 48)), each, axis=0)
    return unit(centres + 0.7 * chance.standard_normal(centres.shape)), np.repeat(np.arange(groups), each)


def test_what_is_near_is_drawn_near() -> None:
    vectors, group = grouped(6, 15)
    places = flat_map(vectors)

    distances = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (group[distances.argmin(axis=1)] == group).mean() > 0.95


def test_the_same_vectors_give_the_same_map() -> None:
    vectors, _ = grouped(3, 10)

    assert np.array_equal(flat_map(vectors), flat_map(vectors))


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 6, 40])
@pytest.mark.filterwarnings("error")
def test_any_number_of_vectors_has_places_in_the_square(count: int) -> None:
    places = flat_map(unit(np.random.default_rng(1).standard_normal((count, 8))).reshape(count, 8))

    assert places.shape == (count, 2)
    assert ((places >= 0) & (places <= 1)).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("count", [1, 2, 12])
def test_equal_vectors_and_empty_ones_lie_in_the_middle(count: int) -> None:
    assert (flat_map(np.tile(unit(np.ones((1, 8))), (count, 1))) == 0.5).all()
    assert np.isfinite(flat_map(np.zeros((count, 8), dtype=np.float32))).all()
