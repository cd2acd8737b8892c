"""The FAISS file is a cache: whatever happens to it, answers are those of the vectors in SQLite."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.retrieval import index as index_module
from chatbot.retrieval.index import VectorIndex
from chatbot.retrieval.load import Document
from chatbot.retrieval.split import Chunk
from chatbot.retrieval.store import Store

WIDTH = 8


def put(store: Store, source: str, count: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).standard_normal((count, WIDTH)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    store.put(Document(source, "x" * count), [Chunk(at, at + 1, 1, (), "") for at in range(count)], vectors)


def query(seed: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.random.default_rng(seed).standard_normal(WIDTH).astype(np.float32)


def exact(store: Store, seed: int, limit: int) -> list[int]:
    ids = store.chunk_ids()
    scores = store.vectors(ids) @ query(seed) if len(ids) else np.empty(0)
    return [int(ids[at]) for at in np.argsort(-scores)[:limit]]


def found(index: VectorIndex, store: Store, seed: int, limit: int = 10) -> list[int]:
    with store.snapshot():
        result = [key for key, _ in index.search(query(seed), limit)]
    index.write()
    return result


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "i.db"


def opened(path: Path | None) -> tuple[Store, VectorIndex]:
    store = Store(path, "words")
    return store, VectorIndex(store)


def test_an_empty_index_finds_nothing() -> None:
    store, index = opened(None)

    assert found(index, store, 1) == []


CHANGES = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 4)), max_size=12)


@settings(deadline=None, max_examples=50)
@given(CHANGES)
def test_after_any_changes_it_finds_what_a_scan_finds(changes: list[tuple[str, int]]) -> None:
    store, index = opened(None)
    for seed, (source, count) in enumerate(changes):
        if count:
            put(store, source, count, seed)
        else:
            store.remove([source])
        assert found(index, store, seed, 5) == exact(store, seed, 5)


def test_it_is_written_and_read_again(path: Path) -> None:
    store, index = opened(path)
    put(store, "a", 50, 1)
    expected = found(index, store, 2)
    written = path.with_suffix(".faiss").stat()

    store, index = opened(path)

    assert found(index, store, 2) == expected == exact(store, 2, 10)
    assert path.with_suffix(".faiss").stat().st_mtime_ns == written.st_mtime_ns, "a sound file was written again"
    assert not list(path.parent.glob("*.tmp"))


def test_a_file_mutated_anywhere_changes_no_answer(path: Path) -> None:
    chance = random.Random(5)
    store, index = opened(path)
    put(store, "a", 40, 1)
    expected = [found(index, store, seed) for seed in range(5)]
    file = path.with_suffix(".faiss")
    sound = file.read_bytes()
    for number in range(200):
        data = bytearray(sound)
        match number % 4:
            case 0:
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            case 1:
                del data[chance.randrange(len(data)) :]
            case 2:
                at = chance.randrange(len(data) - 8)
                data[at : at + 8] = chance.randbytes(8)
            case 3:
                at = chance.randrange(0, 100)
                data[at : at + 8] = b"\xff" * 8
        file.write_bytes(data)
        again = VectorIndex(store)
        assert [found(again, store, seed) for seed in range(5)] == expected
        assert file.read_bytes() == sound, "the damaged file was not replaced"


def test_a_missing_file_is_made_again(path: Path) -> None:
    store, index = opened(path)
    put(store, "a", 5, 1)
    found(index, store, 1)
    path.with_suffix(".faiss").unlink()

    assert found(VectorIndex(store), store, 1) == exact(store, 1, 10)
    assert path.with_suffix(".faiss").is_file()


def test_an_older_file_is_brought_up_to_date_and_written_when_far_behind(path: Path) -> None:
    store, index = opened(path)
    put(store, "a", 20, 1)
    put(store, "b", 20, 2)
    found(index, store, 1)
    old = path.with_suffix(".faiss").read_bytes()
    store.remove(["a"])
    put(store, "b", 5, 3)
    put(store, "c", 5, 4)

    assert found(VectorIndex(store), store, 1, 50) == exact(store, 1, 50)
    assert path.with_suffix(".faiss").read_bytes() == old

    put(store, "d", index_module.WRITE_AFTER + 1, 5)
    assert found(VectorIndex(store), store, 1, 50) == exact(store, 1, 50)
    assert path.with_suffix(".faiss").read_bytes() != old


def test_the_file_of_another_index_is_not_taken_for_ours(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    for where, seed in ((path, 1), (other, 2)):
        store, index = opened(where)
        put(store, "a", 30, seed)
        found(index, store, 1)
    path.with_suffix(".faiss").write_bytes(other.with_suffix(".faiss").read_bytes())

    store, index = opened(path)
    assert found(index, store, 1) == exact(store, 1, 10)


def test_an_open_index_sees_what_another_program_changes(path: Path) -> None:
    (mine, my_index), (others, _) = opened(path), opened(path)
    put(others, "a", 10, 1)
    assert found(my_index, mine, 1) == exact(others, 1, 10)

    others.remove(["a"])
    put(others, "b", 10, 2)
    assert found(my_index, mine, 1) == exact(others, 1, 10)


def test_a_search_among_some_chunks_is_exact_too() -> None:
    store, index = opened(None)
    for number in range(50):
        put(store, str(number), 3, number)
    ids = store.chunk_ids()[::7]
    order = np.argsort(-(store.vectors(ids) @ query(1)))

    with store.snapshot():
        chosen = [key for key, _ in index.search(query(1), 100, among=ids)]

    assert chosen == ids[order].tolist()


def test_vectors_are_those_in_sqlite() -> None:
    store, index = opened(None)
    put(store, "a", 9, 1)
    ids = store.chunk_ids()[[5, 1, 3]]

    with store.snapshot():
        rows = index.vectors(ids.tolist())

    assert np.array_equal(rows, store.vectors(np.sort(ids))[[2, 0, 1]])
