"""A repair keeps what is sound, indexes again what has a sound text or a file, and loses nothing without a word."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import crash_cases as cases
import pytest
from after_crash import assert_searches_like_brute_force, documents_of
from damage import FLIP_A_BIT_OF_A_VECTOR, NAMES, build, build_of_files, execute, overwrite, page_with
from words import Words

from chatbot.errors import KnowledgeError
from chatbot.retrieval import Knowledge
from chatbot.retrieval.check import check_index
from chatbot.retrieval.repair import repair_index
from chatbot.retrieval.store import Store

ALL = {name: cases.text(name) for name in NAMES}


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return build(tmp_path)


def held(index: Path) -> dict[str, str]:
    knowledge = Knowledge(None, index=index, embedder=Words())
    try:
        assert_searches_like_brute_force(knowledge)
        return documents_of(knowledge)
    finally:
        knowledge.close()


def test_a_sound_index_stays_as_it_is(index: Path) -> None:
    repaired = repair_index(index, Words())

    assert (repaired.found.faults, repaired.copy, repaired.lost) == ((), None, ())
    assert held(index) == ALL


def test_a_record_whose_text_is_sound_is_indexed_again(index: Path) -> None:
    execute(index, FLIP_A_BIT_OF_A_VECTOR, "UPDATE chunks SET start = start + 1 WHERE document = 3")

    repaired = repair_index(index, Words())

    assert [fault.part for fault in repaired.found.faults] == ["document", "document"]
    assert repaired.lost == ()
    assert held(index) == ALL
    assert check_index(index, Words()).faults == ()


def test_a_record_whose_text_is_damaged_is_named_as_lost(index: Path) -> None:
    execute(index, "UPDATE documents SET text = replace(text, 'version', 'vorsion') WHERE id = 1")

    assert repair_index(index, Words()).lost == (NAMES[0],)
    assert held(index) == {name: ALL[name] for name in NAMES[1:]}


def test_a_file_whose_rows_are_damaged_is_read_again(tmp_path: Path) -> None:
    documents, index = build_of_files(tmp_path)
    execute(
        index, "UPDATE documents SET text = replace(text, 'version', 'vorsion') WHERE id = 1", FLIP_A_BIT_OF_A_VECTOR
    )

    assert repair_index(index, Words()).lost == ()
    knowledge = Knowledge(documents, index=index, embedder=Words())
    changes = knowledge.refresh()

    assert (len(changes.added), changes.unchanged) == (1, 39)
    assert documents_of(knowledge) == {f"{name}.md": text for name, text in ALL.items()}
    assert check_index(index, Words()).faults == ()


@pytest.mark.parametrize("text", [b"note7 in version 1", b"CREATE TABLE", b"SQLite format 3"])
def test_of_a_damaged_database_all_that_can_be_read_is_kept_and_nothing_embedded_again(
    tmp_path: Path, text: bytes
) -> None:
    documents, index = build_of_files(tmp_path)
    overwrite(index, page_with(index, text), bytes(4096))

    repaired = repair_index(index, Words())

    assert repaired.copy is not None and repaired.copy.exists()
    embedder = Words()
    knowledge = Knowledge(documents, index=index, embedder=embedder)
    changes = knowledge.refresh()
    assert documents_of(knowledge) == {f"{name}.md": text for name, text in ALL.items()}
    assert len(embedder.embedded) == 3 * len(changes.added) or text != b"note7 in version 1"
    assert check_index(index, Words()).faults == ()


@pytest.mark.parametrize("count", [12, pytest.param(300, marks=pytest.mark.slow)])
def test_whatever_is_damaged_the_index_is_sound_afterwards(
    index: Path, count: int, figure: Callable[[str], None]
) -> None:
    """Flipped bits, empty pages, a torn end: what is held is what was put, and what is missing was told of."""
    chance = random.Random(17)
    whole = index.read_bytes()
    pages = len(whole) // 4096
    lost = 0
    for number in range(count):
        index.write_bytes(whole)
        match number % 3:
            case 0:
                for at in chance.sample(range(4096, len(whole)), 4):
                    overwrite(index, at, bytes([whole[at] ^ 1 << chance.randrange(8)]))
            case 1:
                overwrite(index, chance.randrange(1, pages) * 4096, bytes(4096))
            case _:
                index.write_bytes(whole[: chance.randrange(8192, len(whole))])

        repaired = repair_index(index, Words())

        assert check_index(index, Words()).faults == ()
        found = held(index)
        assert found.items() <= ALL.items()
        lost += len(NAMES) - len(found)
        assert repaired.copy or len(found) + len(repaired.lost) + repaired.unreadable == len(NAMES)
    figure(f"{count} damaged databases repaired: unsound 0, documents lost {lost} of {count * len(NAMES)}, untold 0")


def test_an_open_reader_of_a_damaged_database_sees_the_mended_one(index: Path) -> None:
    reader = Knowledge(None, index=index, embedder=Words())
    assert len(documents_of(reader)) == len(NAMES)
    overwrite(index, page_with(index, b"note7 in version 1"), bytes(4096))

    repair_index(index, Words())

    assert reader.stats().documents == len(documents_of(reader))
    reader.add(cases.records({"new": cases.text("new")}))
    reader.close()
    assert "new" in held(index)


def test_what_was_set_is_kept_and_whether_all_is_indexed_is_found_out_anew(index: Path) -> None:
    store = Store(index, "words")
    store.set_setting("floor", "0.25")
    store.set_setting("complete", "yes")
    store.close()
    overwrite(index, page_with(index, b"note7 in version 1"), bytes(4096))

    assert repair_index(index, Words()).copy
    store = Store(index, "words")
    assert (store.setting("floor"), store.setting("complete")) == ("0.25", None)


def test_ids_are_not_used_again_after_a_repair(index: Path) -> None:
    store = Store(index, "words")
    highest = int(store.chunk_ids().max())
    store.close()
    overwrite(index, page_with(index, b"note7 in version 1"), bytes(4096))
    repair_index(index, Words())
    knowledge = Knowledge(None, index=index, embedder=Words())
    knowledge.add(cases.records({"new": cases.text("new")}))

    assert min(knowledge.candidates("new", 9).dense) > 0
    assert max(knowledge.candidates("new", 1000).dense) > highest


def test_a_derived_file_that_is_damaged_is_forgotten(index: Path) -> None:
    store = Store(index, "words")
    store.files.put("vectors", store.generation, lambda sink: sink.write(b"some bytes") and None)
    store.close()
    (file,) = index.parent.glob("*.vectors-*")
    overwrite(file, 3, b"X")

    assert [fault.part for fault in repair_index(index, Words()).found.faults] == ["file"]
    assert not file.exists()
    assert check_index(index, Words()).faults == ()


def test_documents_from_before_there_were_seals_get_theirs(index: Path) -> None:
    execute(index, "DELETE FROM seals")
    assert check_index(index, Words()).unsealed == len(NAMES)

    repair_index(index, Words())

    assert check_index(index, Words()).unsealed == 0


def test_an_index_of_a_newer_version_is_not_taken_for_damaged(index: Path) -> None:
    execute(index, "PRAGMA user_version = 99")

    with pytest.raises(KnowledgeError, match="newer version"):
        repair_index(index, Words())
    with closing(sqlite3.connect(index)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM documents").fetchone() == (len(NAMES),)


def test_after_a_repair_nothing_deleted_is_in_any_file(index: Path) -> None:
    knowledge = Knowledge(None, index=index, embedder=Words())
    knowledge.remove(list(NAMES[:20]))
    knowledge.close()

    repair_index(index, Words())

    for path in index.parent.iterdir():
        assert b"note7 in version" not in path.read_bytes()
