"""The SQLite file: documents whole or not at all, filters, one state for a reader."""

from __future__ import annotations

import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.database import open_database
from chatbot.errors import EmbedderMismatch, KnowledgeError
from chatbot.retrieval.lexical_terms import packed_terms
from chatbot.retrieval.load import Document
from chatbot.retrieval.schema import MIGRATIONS
from chatbot.retrieval.split import Chunk
from chatbot.retrieval.store import Store, content_of


def put(store: Store, source: str, text: str = "one two three", *, is_file: bool = False, **metadata: object) -> None:
    document = Document(source, text, "T", is_file=is_file, metadata=metadata)  # type: ignore[arg-type]
    chunks = [Chunk(0, 3, 1, ("H",), "lead"), Chunk(4, len(text), 1, (), "")]
    store.put(document, chunks, np.eye(2, 4, dtype=np.float32))


@pytest.fixture
def store() -> Store:
    return Store(None, "words")


def test_a_passage_is_an_exact_slice_with_its_place(store: Store) -> None:
    text = "漢字🙂 and more"
    put(store, "a.md", text, is_file=True)

    first, second = store.passages(store.chunk_ids().tolist()).values()

    assert (first.text, second.text) == (text[0:3], text[4:])
    assert (first.path, first.record_id, first.title, first.heading, first.line) == ("a.md", None, "T", ("H",), 1)
    assert store.text("a.md") == text


def test_putting_a_document_again_replaces_all_of_it(store: Store) -> None:
    put(store, "a", "one two three", year=1)
    old = store.chunk_ids()
    put(store, "a", "four five six", year=2)

    assert store.count() == (1, 2)
    assert not set(old.tolist()) & set(store.chunk_ids().tolist()), "an id was used again"
    assert [packed for _, packed in store.terms_after(0)] == [
        [packed_terms("lead\nfou"), packed_terms(" five six"[1:])]
    ]
    assert store.chunk_ids({"year": 1}).size == 0


def test_removing_leaves_nothing_behind(store: Store) -> None:
    put(store, "a", year=1)
    put(store, "b", year=1)
    store.remove(["a", "nowhere"])

    assert [stored.source for stored in store.documents()] == ["b"]
    for table in ("chunks", "vectors", "labels", "terms"):
        rows = store._database.read(f"SELECT COUNT(*) FROM {table}")
        assert rows[0][0] == (1 if table == "labels" else 2), table


def test_every_change_counts_up_the_generation(store: Store) -> None:
    seen = [store.generation]
    put(store, "a")
    seen.append(store.generation)
    store.remove(["a"])
    seen.append(store.generation)
    store.remove([])
    store.set_stamps({"a": "x"})

    assert seen == sorted(set(seen))
    assert store.generation == seen[-1]


def test_a_failure_in_the_middle_leaves_the_old_document(store: Store) -> None:
    put(store, "a", "one two three")
    before = store.generation

    with pytest.raises(ValueError, match="shorter"):
        store.put(Document("a", "new"), [Chunk(0, 3, 1, (), "")] * 2, np.eye(1, 4, dtype=np.float32))

    assert (store.text("a"), store.generation, store.count()) == ("one two three", before, (1, 2))


VALUES = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, 1.0, "1", "x'; --", "", "é"]))
LABELS = st.dictionaries(st.sampled_from(["a", "b", 'q"uote', "path"]), VALUES, max_size=3)


def same(left: object, right: object) -> bool:
    return left == right and isinstance(left, bool) == isinstance(right, bool)


@settings(deadline=None, max_examples=60)
@given(st.lists(LABELS, max_size=5), LABELS)
def test_a_filter_chooses_what_python_would(records: list[dict[str, object]], where: dict[str, object]) -> None:
    store = Store(None, "words")
    for number, labels in enumerate(records):
        put(store, str(number), **labels)
    expected = {
        str(number)
        for number, labels in enumerate(records)
        if all(key in labels and same(labels[key], value) for key, value in where.items())
    }

    ids = store.chunk_ids(where)  # type: ignore[arg-type]

    assert {passage.source for passage in store.passages(ids.tolist()).values()} == expected


def test_files_are_filtered_by_path(store: Store) -> None:
    put(store, "a.md", is_file=True)
    put(store, "b.md", is_file=True)

    assert store.chunk_ids({"path": "b.md"}).size == 2


def test_vectors_come_in_the_order_of_ids_however_many(store: Store) -> None:
    store.put(
        Document("a", "x" * 3000),
        [Chunk(at, at + 1, 1, (), "") for at in range(3000)],
        (np.full(4, number, dtype=np.float32) for number in range(3000)),
    )

    assert store.vectors(store.chunk_ids())[:, 0].tolist() == list(range(3000))
    assert len(store.passages(store.chunk_ids().tolist())) == 3000


def test_reading_vectors_takes_little_more_memory_than_they_take(store: Store) -> None:
    chunks = [Chunk(0, 1, 1, (), "")] * 4000
    store.put(Document("a", "x", is_file=False), chunks, np.zeros((4000, 384), dtype=np.float32))
    ids = store.chunk_ids()

    tracemalloc.start()
    vectors = store.vectors(ids)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert vectors.shape == (4000, 384)
    assert peak < 2 * vectors.nbytes


def test_a_text_that_was_embedded_is_known_by_its_content(store: Store) -> None:
    put(store, "a", "one two three")

    known = store.known_vectors([content_of("lead\none"), content_of("other")])

    assert [vector.tolist() for vector in known.values()] == [[1, 0, 0, 0]]


def test_a_reader_sees_one_state_while_another_program_writes(tmp_path: Path) -> None:
    reader, writer = Store(tmp_path / "i.db", "words"), Store(tmp_path / "i.db", "words")
    put(writer, "a")

    with reader.snapshot():
        before = reader.generation
        writer.remove(["a"])
        put(writer, "b")
        assert [stored.source for stored in reader.documents()] == ["a"]
        assert reader.generation == before

    assert [stored.source for stored in reader.documents()] == ["b"]


def test_only_one_indexes_at_a_time(tmp_path: Path) -> None:
    stores = [Store(tmp_path / "i.db", "words"), Store(tmp_path / "i.db", "words"), Store(None, "words")]
    for first, second in ((stores[0], stores[1]), (stores[0], stores[0]), (stores[2], stores[2])):
        order = []

        def wait(second: Store = second, order: list[str] = order) -> None:
            with second.indexing():
                order.append("second")

        with first.indexing():
            thread = threading.Thread(target=wait)
            thread.start()
            thread.join(0.2)
            order.append("first")
        thread.join()
        assert order == ["first", "second"]


def test_another_embedder_is_refused_until_the_index_is_rebuilt(tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    first = Store(path, "words")
    put(first, "a")
    first.set_setting("complete", "yes")

    with pytest.raises(EmbedderMismatch, match=r"built by the embedder words, not other .*chatbot index --rebuild"):
        Store(path, "other")
    rebuilt = Store(path, "other", rebuild=True)

    assert rebuilt.count() == (0, 0)
    assert rebuilt.setting("complete") is None
    assert list(rebuilt.terms_after(0)) == []
    assert Store(path, "other").setting("embedder") == "other"


def test_a_file_that_is_no_index_is_refused_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "i.db"
    path.write_text("not a database, but long enough to be taken for one" * 100)

    with pytest.raises(KnowledgeError, match="it is not a database"):
        Store(path, "words")


def test_an_opening_is_the_first_chunk_worth_reading(store: Store) -> None:
    put(store, "b", "# B " + "long enough to say something " * 5)
    put(store, "a", "a b c")

    openings = store.passages(store.openings(10))

    assert [openings[key].text[:4] for key in store.openings(10)] == ["a b", "long"]
    assert len(store.openings(1)) == 1


def test_an_index_of_version_1_is_brought_up_to_date_without_embedding_anything_again(tmp_path: Path) -> None:
    path, vector = tmp_path / "i.db", np.arange(4, dtype="<f4")
    old = open_database(path, MIGRATIONS[:1], error=KnowledgeError)
    with old.transaction() as connection:
        connection.execute("INSERT INTO settings VALUES ('embedder', 'words')")
        connection.execute("INSERT INTO documents VALUES (3, 'a.md', 1, 'T', 'hash', 'stamp', '{}', 'one two')")
        connection.execute("INSERT INTO chunks VALUES (7, 3, 0, 7, 1, '[\"H\"]', ?)", (content_of("T > H\none two"),))
        connection.execute("INSERT INTO vectors VALUES (7, ?)", (vector.tobytes(),))
        connection.execute("INSERT INTO lexical (rowid, text) VALUES (7, 'T > H\none two')")
    old.close()

    store = Store(path, "words")

    assert list(store.terms_after(0)) == [([7], [packed_terms("T > H\none two")])]
    assert store.vectors(store.chunk_ids()).tolist() == [vector.tolist()]
    assert store.passages([7])[7].text == "one two"
    assert [(stored.source, stored.stamp) for stored in store.documents()] == [("a.md", "stamp")]
