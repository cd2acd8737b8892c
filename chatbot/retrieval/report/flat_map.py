"""Vectors as places on a plane, so that those which are near each other there are near each other here.

In: unit vectors. Out: a place for each, in a square from 0 to 1. Neighbourhoods can be trusted, distances between far
groups cannot: that is so of every flat picture of many dimensions. The same vectors give the same picture.

The method is t-SNE (van der Maaten and Hinton, JMLR 2008), exact, begun at the two main components as Kobak and Berens
advise (Nature Communications 2019), which keeps the coarse order. Time and memory grow with the square of the number,
so it is for a sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from chatbot.retrieval.store import Vectors

Places = NDArray[np.float32]

NEIGHBOURS = 20
"""How many others each vector attends to, about: the perplexity."""

FEWEST = 5
"""Of fewer vectors the two main components say all that there is to say."""

STEPS = 400
EXAGGERATED_STEPS = 100
EXAGGERATION = 12.0
_LEAST = 1e-12


def flat_map(vectors: Vectors) -> Places:
    """A place in the unit square for each vector, shape (len(vectors), 2)."""
    start = _main_components(vectors)
    return _framed(start if len(vectors) < FEWEST else _spread(_affinities(vectors), start))


def _main_components(vectors: Vectors) -> Places:
    """The two directions in which the vectors differ most, of a sign that does not depend on chance."""
    if len(vectors) < 2:
        return np.zeros((len(vectors), 2), dtype=np.float32)
    middle = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(middle.T @ middle)
    main = directions[:, -2:][:, ::-1]
    main = main * np.sign(main[np.abs(main).argmax(axis=0), [0, 1]])
    places: Places = (middle @ main).astype(np.float32)
    return places


def _affinities(vectors: Vectors) -> NDArray[np.float32]:
    """How much each two belong together, of all pairs one in sum: Gaussian, as wide as to reach the neighbours."""
    distances = np.maximum(2 - 2 * (vectors @ vectors.T), 0).astype(np.float32)
    np.fill_diagonal(distances, np.inf)
    distances -= distances.min(axis=1, keepdims=True)
    wanted = np.log(min(NEIGHBOURS, (len(vectors) - 1) / 3))
    low, high = np.full(len(vectors), -10.0), np.full(len(vectors), 20.0)
    for _ in range(40):  # by halves, in the logarithm of the width
        sharpness = np.exp((low + high) / 2)[:, None].astype(np.float32)
        shares = np.exp(-distances * sharpness)
        shares /= shares.sum(axis=1, keepdims=True)
        entropy = -(shares * np.log(shares + _LEAST)).sum(axis=1)
        low, high = (
            np.where(entropy > wanted, (low + high) / 2, low),
            np.where(entropy > wanted, high, (low + high) / 2),
        )
    both = shares + shares.T
    affinities: NDArray[np.float32] = np.maximum(both / both.sum(), _LEAST).astype(np.float32)
    return affinities


def _spread(affinities: NDArray[np.float32], start: Places) -> Places:
    """Gradient descent with momentum, the affinities exaggerated at first, so that groups find together."""
    places = start / max(float(start[:, 0].std()), _LEAST) * 1e-4
    speed = np.zeros_like(places)
    rate = max(len(places) / EXAGGERATION, 50.0)
    for step in range(STEPS):
        early = step < EXAGGERATED_STEPS
        squares = (places**2).sum(axis=1)
        nearness = 1 / (1 + np.maximum(squares[:, None] + squares[None, :] - 2 * (places @ places.T), 0))
        np.fill_diagonal(nearness, 0)
        pull = (affinities * (EXAGGERATION if early else 1.0) - nearness / nearness.sum()) * nearness
        gradient = 4 * (pull.sum(axis=1, keepdims=True) * places - pull @ places)
        speed = (0.5 if early else 0.8) * speed - rate * gradient
        places = places + speed
    return places


def _framed(places: Places) -> Places:
    """Moved and stretched to fill the square; where all are in one line, they lie in its middle."""
    low = places.min(axis=0, initial=np.inf)
    extent = places.max(axis=0, initial=-np.inf) - low
    flat = ~(extent > 1e-9)
    framed: Places = (places - low) / np.where(flat, 1, extent)
    framed[:, flat] = 0.5
    return framed
