"""The file of vectors is a cache: whatever happens to it, answers are those of the vectors in SQLite."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.errors import KnowledgeError
from chatbot.retrieval import index as index_module
from chatbot.retrieval.index import VectorIndex
from chatbot.retrieval.load import Document
from chatbot.retrieval.split import Chunk
from chatbot.retrieval.store import Store
from chatbot.retrieval.vector_search import Structure

WIDTH = 8


def file_of(path: Path) -> Path:
    """The one file of vectors beside the database."""
    (file,) = (each for each in path.parent.glob(f"{path.name}.vectors-*"))
    return file


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
    written = file_of(path).stat()

    store, index = opened(path)

    assert found(index, store, 2) == expected == exact(store, 2, 10)
    assert file_of(path).stat().st_mtime_ns == written.st_mtime_ns, "a sound file was written again"
    assert not list(path.parent.glob("*.tmp"))


def mutated(sound: bytes, number: int, chance: random.Random) -> bytes:
    """With flipped bits, cut off, with other bytes, or with extreme values in its head."""
    data = bytearray(sound)
    match number % 4:
        case 0:
            for _ in range(chance.randint(1, 4)):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        case 1:
            del data[chance.randrange(len(data)) :]
        case 2:
            at = chance.randrange(len(data) - 8)
            data[at : at + 8] = chance.randbytes(8)
        case 3:
            at = chance.randrange(0, 200)
            data[at : at + 8] = b"\xff" * 8
    return bytes(data)


@pytest.mark.parametrize("lists", [False, True])
@pytest.mark.parametrize("mutants", [100, pytest.param(6_000, marks=pytest.mark.slow)])
def test_no_mutated_file_is_taken(path: Path, figure: Callable[[str], None], *, lists: bool, mutants: int) -> None:
    chance = random.Random(5)
    store, _ = opened(path)
    put(store, "a", 160, 1)
    VectorIndex(store, flat_most=50 if lists else 200).settle()
    file = file_of(path)
    sound = file.read_bytes()
    for number in range(mutants):
        data = mutated(sound, number, chance)
        if data == sound:
            continue
        file.write_bytes(data)
        assert store.files.current("vectors") is None
        assert file.name in str(store.files.fault("vectors"))
    figure(f"{mutants} mutated files of vectors: taken 0 (FAISS alone: 1,987 of 12,000)")


@pytest.mark.parametrize("questions", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_a_file_mutated_anywhere_changes_no_answer(path: Path, questions: int, figure: Callable[[str], None]) -> None:
    chance = random.Random(5)
    store, index = opened(path)
    put(store, "a", 40, 1)
    expected = [found(index, store, seed) for seed in range(questions)]
    file = file_of(path)
    sound = file.read_bytes()
    for number in range(4):
        file.write_bytes(mutated(sound, number, chance))
        again = VectorIndex(store)
        assert [found(again, store, seed) for seed in range(questions)] == expected
        assert file.read_bytes() == sound, "the damaged file was not replaced"
    figure(f"an index whose file was mutated: answers changed 0 of {4 * questions}")


def test_a_missing_file_is_made_again(path: Path) -> None:
    store, index = opened(path)
    put(store, "a", 5, 1)
    found(index, store, 1)
    file_of(path).unlink()

    assert found(VectorIndex(store), store, 1) == exact(store, 1, 10)
    assert file_of(path).is_file()


def test_an_older_file_is_brought_up_to_date_and_written_when_far_behind(path: Path) -> None:
    store, index = opened(path)
    put(store, "a", 20, 1)
    put(store, "b", 20, 2)
    found(index, store, 1)
    old = file_of(path).read_bytes()
    store.remove(["a"])
    put(store, "b", 5, 3)
    put(store, "c", 5, 4)

    assert found(VectorIndex(store), store, 1, 50) == exact(store, 1, 50)
    assert file_of(path).read_bytes() == old

    put(store, "d", index_module.WRITE_AFTER + 1, 5)
    assert found(VectorIndex(store), store, 1, 50) == exact(store, 1, 50)
    assert file_of(path).read_bytes() != old


def test_the_file_of_another_index_is_not_taken_for_ours(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    for where, seed in ((path, 1), (other, 2)):
        store, index = opened(where)
        put(store, "a", 30, seed)
        found(index, store, 1)
    file_of(path).write_bytes(file_of(other).read_bytes())

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


# --- in lists, when there are many ------------------------------------------------------------------------------------

FLAT_MOST = 150
"""Few enough for quick tests; so few vectors lie in so few lists that all are looked into, and answers are exact."""


def settled(path: Path) -> tuple[Store, VectorIndex]:
    store = Store(path, "words")
    index = VectorIndex(store, flat_most=FLAT_MOST)
    index.settle()
    return store, index


@pytest.fixture
def many(path: Path) -> Path:
    """An index with more chunks than are compared one by one."""
    store, _ = opened(path)
    for number in range(10):
        put(store, f"m{number}", 40, number)
    settled(path)
    return path


def test_many_chunks_are_settled_into_lists_whose_recall_is_told(many: Path) -> None:
    store, index = settled(many)

    assert index.structure() == Structure("lists", recall=1.0, measured=400)
    assert VectorIndex(store).structure().kind == "lists"
    assert [found(index, store, seed) for seed in range(20)] == [exact(store, seed, 10) for seed in range(20)]


def test_few_chunks_stay_flat(path: Path) -> None:
    store, index = opened(path)
    put(store, "a", 20, 1)
    index.settle()

    assert index.structure() == Structure("flat")
    assert file_of(path).is_file()


@settings(deadline=None, max_examples=5)
@given(changes=st.lists(st.tuples(st.sampled_from(["m1", "m2", "m3"]), st.integers(0, 30), st.booleans()), max_size=8))
def test_after_any_changes_to_many_it_finds_what_a_scan_finds(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, int, bool]]
) -> None:
    path = tmp_path_factory.mktemp("index") / "i.db"
    store, index = opened(path)
    index = VectorIndex(store, flat_most=60)
    put(store, "first", 80, 1)
    index.settle()
    other = VectorIndex(store, flat_most=60)
    for seed, (source, count, settle) in enumerate(changes, 100):
        if count:
            put(store, source, count, seed)
        else:
            store.remove([source, "first"])
        if settle:
            index.settle()
        for each in (index, other):
            assert found(each, store, seed, 5) == exact(store, seed, 5)


def test_what_came_and_went_since_is_found_and_left_out_without_new_lists(many: Path) -> None:
    before = file_of(many).name
    store, index = settled(many)
    store.remove(["m1", "m2"])
    put(store, "m3", 30, 77)
    index.settle()

    assert file_of(many).name == before
    assert [found(index, store, seed, 50) for seed in range(5)] == [exact(store, seed, 50) for seed in range(5)]


def test_many_changes_are_taken_into_the_lists(many: Path) -> None:
    store, index = settled(many)
    put(store, "large", 1_100, 50)
    index.settle()
    remade = index.structure()
    put(store, "late", 1_050, 99)
    store.remove(["large"])
    index.settle()

    assert (remade.measured, index.structure()) == (1_500, remade), "the lists were made again for a few changes"
    again, reopened = settled(many)
    live = again.chunk_ids()
    for seed in range(10):
        nearest = found(reopened, again, seed, 20)
        assert np.isin(nearest, live).all() and len(np.intersect1d(nearest, exact(again, seed, 20))) >= 15
    assert len(reopened._gone) == 0 and len(reopened._since.ids) == 0


def test_a_collection_that_has_shrunk_is_flat_again(many: Path) -> None:
    store, index = settled(many)
    store.remove([f"m{number}" for number in range(8)])
    index.settle()

    assert index.structure() == Structure("flat")
    assert found(index, store, 1) == exact(store, 1, 10)


def test_damaged_lists_change_no_answer_and_are_made_again(many: Path) -> None:
    chance = random.Random(5)
    store, _ = opened(many)
    expected = [exact(store, seed, 10) for seed in range(3)]
    sound = file_of(many).read_bytes()
    for _ in range(10):
        data = bytearray(sound)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        file_of(many).write_bytes(data)
        assert [found(VectorIndex(store), store, seed) for seed in range(3)] == expected
        settled(many)
        assert file_of(many).read_bytes() == sound


def test_an_open_index_takes_the_lists_that_another_program_has_made(many: Path) -> None:
    mine, my_index = settled(many)
    found(my_index, mine, 1)
    others, other_index = settled(many)
    put(others, "new", 1_200, 5)
    other_index.settle()

    assert len(np.intersect1d(found(my_index, mine, 1, 20), exact(others, 1, 20))) >= 15
    assert len(my_index._since.ids) == 0, "what the other program's lists hold is compared one by one"


def test_a_search_answers_where_nothing_can_be_written_and_settling_says_so(path: Path) -> None:
    store, index = opened(path)
    put(store, "a", 20, 1)
    path.with_name(f"{path.name}-vectors").mkdir()  # where the lock of the file would be

    assert found(index, store, 1) == exact(store, 1, 10)
    with pytest.raises(KnowledgeError, match="cannot be written to"):
        VectorIndex(store).settle()


def test_the_file_of_version_1_goes_when_the_index_is_settled(path: Path) -> None:
    store, index = opened(path)
    store.set_setting("faiss", "7 abc")
    path.with_suffix(".faiss").write_bytes(b"old")
    index.settle()

    assert not path.with_suffix(".faiss").exists() and store.setting("faiss") is None


def test_a_file_of_that_name_which_is_not_ours_stays(path: Path) -> None:
    _, index = opened(path)
    path.with_suffix(".faiss").write_bytes(b"somebody's")
    index.settle()

    assert path.with_suffix(".faiss").exists()
