"""A text is embedded once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chatbot.retrieval import embed_cached
from chatbot.retrieval.embed import Vectors
from chatbot.retrieval.embed_cached import CachedEmbedding

asked: list[str] = []


def lengths(texts: Sequence[str]) -> Vectors:
    asked.extend(texts)
    return np.array([[len(text), 0.0] for text in texts], dtype=np.float32)


def test_rows_stand_in_the_order_of_the_texts_and_no_text_is_embedded_twice() -> None:
    asked.clear()
    cached = CachedEmbedding(lengths)
    assert cached(["a", "abc", "a"])[:, 0].tolist() == [1.0, 3.0, 1.0]
    assert cached(["ab", "abc"])[:, 0].tolist() == [2.0, 3.0]
    assert asked == ["a", "abc", "ab"]


def test_no_more_is_kept_than_fits() -> None:
    cached = CachedEmbedding(lengths)
    for start in range(0, 3 * embed_cached.KEPT, 10_000):
        texts = [str(number) for number in range(start, start + 10_000)]
        assert cached(texts)[:, 0].tolist() == [float(len(text)) for text in texts]
