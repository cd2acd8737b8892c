"""Vectors that are computed once: demonstrations are the same from question to question."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np

from chatbot.retrieval.embed import Vectors

KEPT = 20_000
"""Texts whose vectors are kept: about 30 MB of MiniLM's. A pool of demonstrations has some hundred."""


class CachedEmbedding:
    """`embed`, for texts that were not seen before. May be called from several threads at once."""

    def __init__(self, embed: Callable[[Sequence[str]], Vectors]) -> None:
        self._embed = embed
        self._known: dict[str, Vectors] = {}
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, one row per text."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._known]
            if new:
                if len(self._known) + len(new) > KEPT:
                    self._known.clear()
                    new = list(dict.fromkeys(texts))
                self._known.update(zip(new, self._embed(new), strict=True))
            return np.stack([self._known[text] for text in texts])
