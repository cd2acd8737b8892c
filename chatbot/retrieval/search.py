"""Hybrid search: cosine and BM25, each measured by its best candidate and added with one weight for all collections.

A side's score divided by the best of that side says how near a passage comes to the best match there is, which holds
for collections where one side is far better than the other; reciprocal ranks forget by how much. At 0.65 it is above
reciprocal rank fusion on all collections: nDCG@10 on Cranfield 0.570 (0.554) and on CISI 0.447 (0.424), recall at 1 and
5 on XQuAD 0.951 (0.941) and 0.997 (0.992); with weights from 0.55 to 0.7 no figure falls by more than 0.014.
`eval/benchmarks/retrieval_quality.py` prints them.
"""

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

DENSE_WEIGHT = 0.65


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


def fuse(dense: Mapping[int, float], lexical: Mapping[int, float], weight: float = DENSE_WEIGHT) -> dict[int, float]:
    """Weighted sum of both sides' scores, each as a share of its side's best; what a side lacks counts 0."""
    left, right = _shares(dense), _shares(lexical)
    return {key: weight * left.get(key, 0.0) + (1 - weight) * right.get(key, 0.0) for key in {*left, *right}}


def match_expression(query: str) -> str:
    """The query's content words, quoted and joined by OR: nothing of the user's is FTS5 syntax."""
    found = words(query)
    content = [word for word in found if word not in STOP_WORDS] or found
    return " OR ".join(f'"{word}"' for word in dict.fromkeys(content))


def _shares(scores: Mapping[int, float]) -> dict[int, float]:
    best = max(scores.values(), default=0.0)
    return {key: max(0.0, score / best) if best > 0 else 0.0 for key, score in scores.items()}
