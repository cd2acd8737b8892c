"""Texts to vectors: the seam `Embedder`, and `embedder(spec)` which finds one.

In: texts. Out: a float32 array of unit vectors, one row per text, in the order of the texts. Stores nothing, splits
nothing: a text longer than the embedder's window is read up to the window and no further.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import NotFoundError, nearest

Progress = Callable[[int, int], None]
"""Called with (texts done, texts in all)."""


class Embedder(Protocol):
    """What the index needs of an embedding model."""

    @property
    def name(self) -> str:
        """The identity recorded in an index, with a revision where there is one. Equal names: equal vectors."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """The longest text that is read whole, in tokens as `count_tokens` counts them."""

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimension), float32, in the order of `texts`."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the markers that the model adds around it."""


def embedder(spec: str = "minilm") -> Embedder:
    """The embedder that a spec names, the same object each time within a process.

    `minilm` is the packaged model. Raises NotFoundError for a spec that means nothing.
    """
    if spec == "minilm":
        return _minilm()
    raise NotFoundError(f"there is no embedder {spec!r}", hint=nearest(spec, ["minilm"]))


@lru_cache(maxsize=1)
def _minilm() -> Embedder:
    from chatbot.retrieval.embed_minilm import MiniLM

    return MiniLM()
