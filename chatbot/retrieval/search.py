"""Hybrid search: cosine and BM25, each scaled over its candidates and added with one weight for all collections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from chatbot.messages import Passage
from chatbot.terms import STOP_WORDS, words

if TYPE_CHECKING:
    from chatbot.retrieval.embed import Embedder
    from chatbot.retrieval.index import VectorIndex
    from chatbot.retrieval.store import Store

POOL = 100
"""Candidates taken from each side."""

DENSE_WEIGHT = 0.6


def search(query: str, k: int, store: Store, index: VectorIndex, embedder: Embedder) -> list[Passage]:
    """The best `k` passages, with what each side thought of them in `ranks`."""
    dense = index.search(embedder.embed([query])[0], POOL)
    expression = match_expression(query)
    lexical = store.lexical(expression, POOL) if expression else []
    fused = fuse(dict(dense), dict(lexical))
    best = sorted(fused, key=lambda key: (-fused[key], key))[:k]
    found = store.passages(best)
    dense_rank = {key: (rank, score) for rank, (key, score) in enumerate(dense, 1)}
    lexical_rank = {key: (rank, score) for rank, (key, score) in enumerate(lexical, 1)}
    passages = []
    for key in best:
        if key in found:
            ranks: dict[str, float | int] = {}
            for name, side in (("dense", dense_rank), ("lexical", lexical_rank)):
                if key in side:
                    ranks[f"{name}_rank"], ranks[name] = side[key]
            passages.append(replace(found[key], score=fused[key], ranks=ranks))
    return passages


def fuse(dense: Mapping[int, float], lexical: Mapping[int, float]) -> dict[int, float]:
    """Weighted sum of both sides' scores, each scaled to 0..1 over its candidates; what a side lacks counts 0."""
    left, right = _scaled(dense), _scaled(lexical)
    return {
        key: DENSE_WEIGHT * left.get(key, 0.0) + (1 - DENSE_WEIGHT) * right.get(key, 0.0) for key in {*left, *right}
    }


def match_expression(query: str) -> str:
    """The query's content words, quoted and joined by OR: nothing of the user's is FTS5 syntax."""
    found = words(query)
    content = [word for word in found if word not in STOP_WORDS] or found
    return " OR ".join(f'"{word}"' for word in dict.fromkeys(content))


def _scaled(scores: Mapping[int, float]) -> dict[int, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    return {key: (score - low) / (high - low) if high > low else 1.0 for key, score in scores.items()}
