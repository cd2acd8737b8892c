"""The second look: it orders the best passages, and the first ranking what it says nothing about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from words import Words

from chatbot import Knowledge
from chatbot.errors import NotFoundError
from chatbot.retrieval.rerank import RERANKED, reranker
from chatbot.retrieval.search import Ranking

RECORDS = [
    {"id": f"r{n:02}", "text": f"Cats sleep {'very ' * (n % 7)}long in house {n}."} for n in range(RERANKED + 10)
]


class ByNumber:
    """Implements `Reranker`: the higher the number of the house, the better."""

    name = "by-number"

    def __init__(self) -> None:
        self.seen: list[int] = []

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        self.seen.append(len(texts))
        return np.array([int(text.split()[-1].rstrip(".")) / 100 for text in texts], dtype=np.float32)


def test_the_best_are_put_in_the_rerankers_order_and_say_why() -> None:
    judge = ByNumber()
    knowledge = Knowledge(None, embedder=Words(), reranker=judge)
    knowledge.add(RECORDS)

    found = knowledge.search("cats sleep long", len(RECORDS), ranking=Ranking(varied=False))

    houses = [int(passage.source[1:]) for passage in found[:RERANKED]]
    assert judge.seen == [RERANKED]
    assert houses == sorted(houses, reverse=True)
    assert found[0].score == found[0].ranks["rerank"] == pytest.approx(houses[0] / 100)
    assert "fused" in found[0].ranks and "rerank" not in found[-1].ranks
    assert {passage.source for passage in found} == {str(record["id"]) for record in RECORDS}


def test_of_nothing_found_nothing_is_asked() -> None:
    judge = ByNumber()
    knowledge = Knowledge(None, embedder=Words(), reranker=judge)

    assert knowledge.search("cats") == []


def test_a_spec_finds_a_reranker_and_a_wrong_one_is_told() -> None:
    judge = ByNumber()

    assert reranker("") is None and reranker(None) is None and reranker(judge) is judge
    with pytest.raises(NotFoundError, match="there is no reranker 'cross-enkoder:x'"):
        reranker("cross-enkoder:x")
