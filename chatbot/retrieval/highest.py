"""The highest of many scores.

A partition of all of them (`numpy.partition`) takes milliseconds where most are equal, as scores of words are, which
nearly all chunks have none of. So the scores are cut into blocks: as many of them as are wanted have a maximum of at
least some score, and whatever is lower than that needs no comparison.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

BLOCK = 64
"""Scores in a block; from 16 to 256 it makes no difference."""


def highest(scores: Scores, limit: int, *, above: float = -np.inf) -> NDArray[np.int64]:
    """Where the `limit` highest scores above `above` stand, the highest first, equal ones by their place."""
    if limit < 1:
        return np.empty(0, dtype=np.int64)
    bound = _lower_bound(scores, limit)
    places = np.flatnonzero(scores >= bound if bound > above else scores > above)
    found = scores[places]
    if len(found) > limit:
        enough = found >= _least(found, limit)
        places, found = places[enough], found[enough]
    best: NDArray[np.int64] = places[np.argsort(-found, kind="stable")][:limit]
    return best


def _lower_bound(scores: Scores, limit: int) -> float:
    """What the lowest of the highest scores is not below."""
    blocks = len(scores) // BLOCK
    if blocks < limit:
        return -np.inf
    rows = scores[: blocks * BLOCK].reshape(BLOCK, blocks)
    return _least(rows.max(axis=0), limit)


def _least(scores: Scores, limit: int) -> float:
    """The lowest of the `limit` highest."""
    return float(np.partition(scores, -limit)[-limit])
