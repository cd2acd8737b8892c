"""Many texts embedded a few at a time, and what came back checked.

In: texts and the function that embeds a few of them. Out: one float32 array of unit rows in the order of the texts.
Refuses vectors that would poison an index in silence: too few, of different lengths, not numbers, infinite or NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from chatbot.errors import ModelProtocolError

if TYPE_CHECKING:
    from chatbot.retrieval.embed import Progress, Vectors


def embed_in_parts(
    texts: Sequence[str],
    embed_part: Callable[[Sequence[str]], Vectors],
    *,
    size: int,
    at_once: int = 1,
    progress: Progress | None = None,
) -> Vectors:
    """The vectors of `texts` (at least one), by calls with `size` texts, `at_once` of them in threads.

    An error, or Ctrl-C, ends it after the calls that have begun.
    """
    parts = [texts[start : start + size] for start in range(0, len(texts), size)]
    if at_once == 1:
        return _joined(map(embed_part, parts), len(texts), progress)
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="embed")
    try:
        return _joined(pool.map(embed_part, parts), len(texts), progress)
    finally:
        pool.shutdown(cancel_futures=True)


def _joined(parts: Iterable[Vectors], total: int, progress: Progress | None) -> Vectors:
    done: list[Vectors] = []
    count = 0
    for part in parts:
        done.append(part)
        count += len(part)
        if progress:
            progress(count, total)
    return np.concatenate(done)


def unit_rows(rows: object, *, count: int, source: str) -> Vectors:
    """`rows` as `count` unit vectors of `source`; a row of zeros stays so. Raises ModelProtocolError."""
    try:
        vectors = np.asarray(rows, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise ModelProtocolError(f"{source} answered with something that is no list of vectors: {error}") from error
    if vectors.ndim != 2 or len(vectors) != count or not vectors.size:
        shape = " x ".join(map(str, vectors.shape))
        raise ModelProtocolError(f"{source} answered with an array of {shape} for {count} texts")
    if not np.isfinite(vectors).all():
        raise ModelProtocolError(f"{source} answered with numbers that are not finite")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    unit: Vectors = vectors / lengths
    return unit
