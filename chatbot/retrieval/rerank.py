"""The seam of a second look: `Reranker`, which reads question and passage together, and `reranker(spec)` to find one.

A search compares vectors that were made before the question was known, and words. A cross-encoder reads both texts at
once, which is slower by orders and often better, so it is asked about the best few only. In: a question and texts. Out:
a number for each, larger for better, between 0 and 1. It stores nothing and knows no index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from chatbot.errors import NotFoundError, nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RERANKED = 30
"""Passages that are looked at again: what a search finds at all stands among these, and each costs a forward pass."""

SPECS = ("cross-encoder:NAME",)


class Reranker(Protocol):
    """What a search needs of a model that compares. It may be called from several threads at once."""

    @property
    def name(self) -> str:
        """Who it is, for people."""

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """How well each text answers the question, from 0 to 1, shape (len(texts),)."""


def reranker(spec: str | Reranker | None) -> Reranker | None:
    """The reranker that a spec names; None for none. An object is taken as it is.

    `cross-encoder:NAME` is any model of sentence-transformers that scores pairs, in a folder or on the hub, such as
    cross-encoder/ms-marco-MiniLM-L6-v2; it needs `chatbot[local]`. Raises NotFoundError for another spec.
    """
    if not isinstance(spec, str):
        return spec
    if not spec:
        return None
    kind, _, name = spec.partition(":")
    if kind != "cross-encoder" or not name:
        raise NotFoundError(f"there is no reranker {spec!r}", hint=nearest(spec, SPECS))
    from chatbot.retrieval.rerank_cross_encoder import CrossEncoderReranker

    return CrossEncoderReranker(name)
