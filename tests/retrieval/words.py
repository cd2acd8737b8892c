"""An embedder for tests that are about something else: quick, and it remembers what it was asked to embed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from chatbot.retrieval.embed import Progress, Vectors
from chatbot.retrieval.embed_tokens import packaged_tokens
from chatbot.terms import terms


class Words:
    """Implements `Embedder`: a text is the sum of its words, each a direction of its own."""

    name = "words"
    dimension = 64
    max_tokens = 64

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.embedded += texts
        if progress:
            progress(len(texts), len(texts))
        return np.array([self.embed_query(text) for text in texts], dtype=np.float32).reshape(len(texts), 64)

    def embed_query(self, text: str) -> Vectors:
        vector = np.zeros(self.dimension, dtype=np.float32)
        for term in terms(text):
            vector += _direction(term)
        return vector / max(1e-6, float(np.linalg.norm(vector)))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return packaged_tokens().count(texts)

    def token_starts(self, text: str) -> NDArray[np.int64]:
        return packaged_tokens().starts(text)


@cache
def _direction(term: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(term.encode("utf-8", "replace")).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(Words.dimension).astype(np.float32)
