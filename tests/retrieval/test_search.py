"""Hybrid search: both sides counted, nothing of the user's taken for syntax, scores explained."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from words import Words

from chatbot.retrieval.index import VectorIndex
from chatbot.retrieval.load import Document
from chatbot.retrieval.search import (
    FEEDBACK_WORDS,
    Candidates,
    Ranking,
    Searcher,
    feedback_words,
    fuse,
)
from chatbot.retrieval.split import split
from chatbot.retrieval.store import Store

TEXTS = {
    "cats": "Cats sleep most of the day and hunt at night.",
    "dogs": "Dogs bark at strangers and guard the house.",
    "tea": "Green tea is steeped for two minutes at eighty degrees.",
    "coffee": "Coffee is brewed with water just below the boil.",
}


@pytest.fixture
def store() -> Store:
    return store_of(TEXTS)


def store_of(texts: Mapping[str, str]) -> Store:
    store, embedder = Store(None, "words"), Words()
    for name, text in texts.items():
        chunks = split(text, window=64, token_starts=embedder.token_starts)
        vectors = embedder.embed([chunk.searched(text) for chunk in chunks])
        store.put(
            Document(name, text, is_file=False, metadata={"kind": "pet" if name < "d" else "other"}), chunks, vectors
        )
    return store


@pytest.fixture
def searcher(store: Store) -> Searcher:
    return Searcher(store, VectorIndex(store), Words())


def test_the_best_passage_comes_first_with_its_reasons(searcher: Searcher) -> None:
    found = searcher.search("How long is green tea steeped?", 3)

    assert found[0].source == "tea"
    assert found[0].ranks.keys() == {"dense", "dense_rank", "lexical", "lexical_rank", "relevance"}
    assert (found[0].ranks["dense_rank"], found[0].ranks["lexical_rank"]) == (1, 1)
    assert found[0].score == pytest.approx(1.0)
    assert [passage.score for passage in found] == sorted((passage.score for passage in found), reverse=True)


def test_a_passage_found_by_one_side_alone_says_so(searcher: Searcher) -> None:
    found = {passage.source: passage for passage in searcher.search("green tea", 4)}

    assert "lexical" not in found["dogs"].ranks and "dense" in found["dogs"].ranks


def test_a_filter_is_part_of_the_search(searcher: Searcher) -> None:
    assert {p.source for p in searcher.search("green tea", 4, {"kind": "pet"})} == {"cats", "coffee"}
    assert searcher.search("green tea", 4, {"kind": "none"}) == []


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60) | st.text(st.sampled_from('"*^():-+{}NEAR AND OR NOT \0\ud800'), max_size=30))
def test_any_question_can_be_asked(query: str) -> None:
    store = Store(None, "words")
    store.put(
        Document("a", "and or not near"),
        split("and or not near", window=64, token_starts=Words().token_starts),
        np.eye(1, 64, dtype=np.float32),
    )

    Searcher(store, VectorIndex(store), Words()).search(query, 1)


def candidates(dense: dict[int, float], lexical: dict[int, float]) -> Candidates:
    """Of a question along the first axis; passages lie at the angle that gives their cosine."""
    ids = list({*dense, *lexical})
    rows = np.array([[dense.get(key, 0.0), 1.0] for key in ids], dtype=np.float32).reshape(-1, 2)
    return Candidates(dense, lexical, ids, rows, np.array([1.0, 0.0], dtype=np.float32))


def test_scores_are_shares_of_the_best_on_each_side() -> None:
    scores = fuse(candidates({1: 0.8, 2: 0.4}, {2: 10.0, 3: 5.0}), Ranking(0.6, 0))

    assert scores == pytest.approx({1: 0.6, 2: 0.6 * 0.5 + 0.4, 3: 0.4 * 0.5})


def test_a_side_that_found_nothing_decides_nothing() -> None:
    assert fuse(candidates({1: 0.5, 2: 0.25}, {}), Ranking(0.6, 0)) == pytest.approx({1: 0.6, 2: 0.3})
    assert fuse(candidates({}, {})) == {}
    assert fuse(candidates({1: -0.5, 2: -0.1}, {}), Ranking(0.6, 0)) == {1: 0.0, 2: 0.0}


def test_feedback_favours_what_resembles_the_best() -> None:
    best, like, unlike = [1.0, 0.4, 0.0], [0.6, 0.8, 0.0], [0.6, -0.8, 0.0]
    rows = np.array((best, best, best, like, unlike), dtype=np.float32)
    found = Candidates({}, {0: 9.0, 1: 9.0, 2: 9.0}, range(5), rows, np.array([1.0, 0.0, 0.0], dtype=np.float32))

    plain, moved = fuse(found, Ranking(0.6, 0)), fuse(found, Ranking(0.6, 0.3))

    assert plain[3] == pytest.approx(plain[4])
    assert moved[3] > moved[4]


FLOATS = st.floats(-1, 1, width=32)


@given(st.dictionaries(st.integers(0, 9), FLOATS), st.dictionaries(st.integers(0, 9), st.floats(0, 50)))
def test_scores_lie_between_nothing_and_one(dense: dict[int, float], lexical: dict[int, float]) -> None:
    scores = fuse(candidates(dense, lexical))

    assert scores.keys() == {*dense, *lexical}
    assert all(0 <= score <= 1.000001 for score in scores.values())


def test_a_search_by_words_alone_finds_nothing_that_shares_none(searcher: Searcher) -> None:
    found = searcher.search("green tea", 4, ranking=Ranking(0, 0))

    assert [passage.source for passage in found] == ["tea"]


def test_a_search_by_meaning_alone_ranks_by_the_cosine(searcher: Searcher) -> None:
    found = searcher.search("water for tea", 4, ranking=Ranking(1, 0))

    assert len(found) == 4
    assert [p.ranks["dense_rank"] for p in found] == [1, 2, 3, 4]


def test_words_of_the_best_passages_find_what_the_question_has_no_word_for() -> None:
    store = store_of({**TEXTS, "milk": "Milk is heated below eighty degrees."})
    searcher = Searcher(store, VectorIndex(store), Words())

    bare, expanded = (searcher.search("boil", 5, ranking=Ranking(0, feedback)) for feedback in (0, 0.3))

    assert [passage.source for passage in bare] == ["coffee"]
    assert [passage.source for passage in expanded] == ["coffee", "milk"], "both say 'below'"


def test_words_of_the_best_passages_are_read_as_those_of_a_question() -> None:
    store = store_of({**TEXTS, "coffee": "Coffee with crème, near the boil.", "cake": "A cake of cremes."})
    searcher = Searcher(store, VectorIndex(store), Words())

    assert "cake" in [passage.source for passage in searcher.search("boil", 5, ranking=Ranking(0, 0.3))]


def test_words_that_are_added_are_content_words_the_question_lacks() -> None:
    texts = ["The wing of a plane lifts the plane.", "A wing lifts by its shape."]

    assert feedback_words("What does a wing do?", texts)[0] in {"plane", "lifts"}
    assert not {"wing", "the", "of", "a"} & set(feedback_words("What does a wing do?", texts))
    assert len(feedback_words("x", [" ".join(f"word{n}" for n in range(50))])) == FEEDBACK_WORDS
    assert feedback_words("x", ["", "the of"]) == []
