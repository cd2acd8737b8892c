"""Lexical search: the scores of a plain BM25 over the chunks that are there, whatever came and went before."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from words import Words

from chatbot.errors import KnowledgeError
from chatbot.retrieval.knowledge import Knowledge
from chatbot.retrieval.lexical import K1, KIND, LEAST_WEIGHT, B, LexicalIndex
from chatbot.retrieval.load import Document
from chatbot.retrieval.split import Chunk
from chatbot.retrieval.store import Store

WORDS = tuple("tea milk cup sun rain wind".split())


def put(store: Store, source: str, *texts: str, kind: str = "a") -> None:
    text = "\n".join(texts)
    starts = np.cumsum([0, *(len(each) + 1 for each in texts)]).tolist()
    chunks = [Chunk(start, start + len(each), 1, (), "") for start, each in zip(starts, texts, strict=False)]
    document = Document(source, text, is_file=False, metadata={"kind": kind})
    store.put(document, chunks, np.ones((len(texts), 2), dtype=np.float32))


def plain_bm25(texts: Mapping[int, str], words: list[str]) -> dict[int, float]:
    """As in the textbook, from the texts."""
    lengths = {key: len(text.split()) for key, text in texts.items()}
    mean = sum(lengths.values()) / max(1, len(lengths)) or 1
    scores: dict[int, float] = {}
    for word, asked in Counter(words).items():
        counts = {key: count for key, text in texts.items() if (count := text.split().count(word))}
        weight = max(LEAST_WEIGHT, math.log((len(texts) - len(counts) + 0.5) / (len(counts) + 0.5)))
        for key, count in counts.items():
            norm = K1 * (1 - B + B * lengths[key] / mean)
            scores[key] = scores.get(key, 0) + asked * weight * count * (K1 + 1) / (count + norm)
    return scores


def texts_of(store: Store, where: Mapping[str, str] | None = None) -> dict[int, str]:
    passages = store.passages(store.chunk_ids(where).tolist())
    return {key: passage.text for key, passage in passages.items()}


def searched(store: Store, index: LexicalIndex, words: list[str], limit: int = 99) -> dict[int, float]:
    with store.snapshot():
        found = index.search(words, limit)
    assert found == sorted(found, key=lambda pair: (-pair[1], pair[0]))
    index.write()
    return dict(found)


TEXT = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
CHANGE = st.one_of(
    st.tuples(st.just("put"), st.sampled_from("abcdefgh"), st.lists(TEXT, min_size=1, max_size=4)),
    st.tuples(st.just("remove"), st.sampled_from("abcdefgh"), st.none()),
    st.tuples(st.just("search"), st.lists(st.sampled_from((*WORDS, "none")), max_size=4), st.none()),
    st.tuples(st.just("open"), st.sampled_from(("again", "without file")), st.none()),
)


CHANGES = st.lists(CHANGE, max_size=14)
QUESTION = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4)


@settings(deadline=None, max_examples=12)
@given(changes=CHANGES, words=QUESTION)
def test_after_any_changes_the_scores_are_those_of_the_chunks_that_are_there(
    changes: list[tuple[str, str, list[str]]], words: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        check_all_searches(Path(folder), [*changes, ("search", words, [])])


@pytest.mark.slow
@settings(deadline=None, max_examples=1_000)
@given(changes=CHANGES, words=QUESTION)
def test_after_any_of_many_changes_the_scores_are_those_of_the_chunks_that_are_there(
    changes: list[tuple[str, str, list[str]]], words: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        check_all_searches(Path(folder), [*changes, ("search", words, [])])


def check_all_searches(folder: Path, changes: list[tuple[str, str | list[str], list[str]]]) -> None:
    """Makes the changes, and compares what two indexes find, one open for long and one opened now and then."""
    store = Store(folder / "i.db", "none")
    indexes = [LexicalIndex(store), LexicalIndex(store)]
    for kind, which, texts in changes:
        if kind == "put":
            put(store, str(which), *texts)
        elif kind == "remove":
            store.remove([str(which)])
        elif kind == "open":
            if which == "without file":
                store.files.forget(KIND)
            indexes[0] = LexicalIndex(store)
        else:
            expected = plain_bm25(texts_of(store), list(which))
            for index in indexes:
                assert searched(store, index, list(which)) == pytest.approx(expected, rel=1e-5)
    store.close()


def test_the_best_are_the_first_of_all(tmp_path: Path) -> None:
    store, generator = Store(tmp_path / "i.db", "none"), np.random.default_rng(7)
    for number in range(120):
        put(store, str(number), " ".join(generator.choice(WORDS, generator.integers(1, 9))))
    index = LexicalIndex(store)

    with store.snapshot():
        everything = index.search(["tea", "sun"], 10_000)
        assert [index.search(["tea", "sun"], limit) for limit in (1, 7, 30)] == [
            everything[:limit] for limit in (1, 7, 30)
        ]


def test_only_some_chunks_are_searched_by_the_measure_of_all() -> None:
    store = Store(None, "none")
    put(store, "a", "tea tea", "tea milk", kind="a")
    put(store, "b", "tea", "sun", kind="b")
    put(store, "c", "milk wind", "wind", kind="a")
    index = LexicalIndex(store)
    everything = plain_bm25(texts_of(store), ["tea", "milk"])

    for kind in ("a", "b", "none"):
        among = store.chunk_ids({"kind": kind})
        expected = {key: everything[key] for key in texts_of(store, {"kind": kind}) if key in everything}
        with store.snapshot():
            assert dict(index.search(["tea", "milk"], 9, among)) == pytest.approx(expected, rel=1e-5)


def test_the_rarer_word_and_the_shorter_text_rank_higher() -> None:
    store = Store(None, "none")
    put(store, "x", "xxx the the", "xxx the rare", "xxx the and many other words " * 5)
    order = [key for key, _ in LexicalIndex(store).search(["the", "rare"], 10)]

    assert [texts_of(store)[key][:12] for key in order] == ["xxx the rare", "xxx the the", "xxx the and "]


def test_words_that_all_or_none_have_are_no_fault() -> None:
    store = Store(None, "none")
    index = LexicalIndex(store)
    assert index.search(["tea"], 5) == []
    put(store, "a", "tea", "tea", "")

    assert [score for _, score in index.search(["tea"], 5)] == pytest.approx([LEAST_WEIGHT] * 2, rel=0.2)
    assert index.search(["none"], 5) == index.search([], 5) == []


def test_the_file_is_used_and_a_damaged_one_is_not(tmp_path: Path) -> None:
    store = Store(tmp_path / "i.db", "none")
    put(store, "a", "tea milk", "sun")
    expected = searched(store, LexicalIndex(store), ["tea"])
    file = store.files.current(KIND)

    assert file is not None and file.generation == store.generation
    assert searched(store, LexicalIndex(store), ["tea"]) == expected

    damaged = bytearray(file.path.read_bytes())
    damaged[-1] ^= 1
    file.path.write_bytes(damaged)
    assert searched(store, LexicalIndex(store), ["tea"]) == expected
    assert store.files.fault(KIND) is None, "it was not written again"


def test_what_changed_elsewhere_is_seen(tmp_path: Path) -> None:
    ours, theirs = (Store(tmp_path / "i.db", "none") for _ in range(2))
    put(theirs, "a", "tea milk", "sun")
    index = LexicalIndex(ours)
    assert len(searched(ours, index, ["tea"])) == 1
    put(theirs, "b", "tea")
    theirs.remove(["a"])

    assert list(searched(ours, index, ["tea"])) == ours.chunk_ids().tolist()


def test_damaged_terms_are_told_with_the_command_that_mends_them() -> None:
    store = Store(None, "none")
    put(store, "a", "tea", "sun")
    with store.transaction() as connection:
        connection.execute("UPDATE terms SET packed = x'0102' WHERE chunk = 2")

    with pytest.raises(KnowledgeError, match=r"the terms of chunk 2 are damaged.*chatbot index --repair"):
        LexicalIndex(store).search(["tea"], 5)


def test_a_file_that_cannot_be_written_costs_no_answer(tmp_path: Path) -> None:
    store = Store(tmp_path / "i.db", "none")
    put(store, "a", "tea milk", "sun")
    (tmp_path / f"i.db-{KIND}").mkdir()  # where its lock would be
    index = LexicalIndex(store)

    assert len(searched(store, index, ["tea"])) == len(searched(store, index, ["sun"])) == 1
    with pytest.raises(KnowledgeError, match="cannot be written to"):
        LexicalIndex(store).settle()


def test_what_was_indexed_is_opened_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.md").write_text("tea with milk")
    knowledge = Knowledge(tmp_path / "documents", index=tmp_path / "i.db", embedder=Words())
    knowledge.refresh()

    assert KIND in Store(tmp_path / "i.db", "words").files.kinds()
