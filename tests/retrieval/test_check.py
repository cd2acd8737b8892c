"""A check finds whatever in an index is not what was put into it, and says which part it is."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from damage import FLIP_A_BIT_OF_A_VECTOR, NAMES, build, execute, overwrite, page_with
from words import Words

from chatbot.errors import EmbedderMismatch, KnowledgeError
from chatbot.retrieval.check import check_index
from chatbot.retrieval.store import Store


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return build(tmp_path)


def parts(index: Path) -> list[str]:
    return [fault.part for fault in check_index(index, Words()).faults]


def test_a_sound_index_has_no_fault(index: Path) -> None:
    seen: list[tuple[int, int]] = []
    checked = check_index(index, Words(), lambda done, of: seen.append((done, of)))

    assert (checked.documents, checked.chunks, checked.unsealed, checked.faults) == (40, 120, 0, ())
    assert seen[-1] == (40, 40)


def test_a_check_changes_nothing(index: Path) -> None:
    before = index.read_bytes()
    check_index(index, Words())

    assert index.read_bytes() == before


@pytest.mark.parametrize(
    "damage",
    [
        FLIP_A_BIT_OF_A_VECTOR,
        "UPDATE documents SET text = replace(text, 'version', 'vorsion') WHERE id = 1",
        "UPDATE chunks SET start = start + 1 WHERE id = 1",
        "DELETE FROM vectors WHERE chunk = 1",
        "DELETE FROM chunks WHERE id = 1",
        "UPDATE labels SET value = '7' WHERE document = 1",
        "UPDATE documents SET title = CAST(x'ff' AS TEXT) WHERE id = 1",
    ],
)
def test_a_row_that_is_not_what_was_put_is_told_with_its_document(index: Path, damage: str) -> None:
    execute(index, "INSERT INTO labels VALUES ('year', '1', 1)", "DELETE FROM seals WHERE document = 1")
    Store(index, "words").seals.add_missing()
    assert parts(index) == []

    execute(index, "PRAGMA foreign_keys = ON", damage)
    (fault,) = check_index(index, Words()).faults

    assert (fault.part, fault.document) == ("document", 1)
    assert NAMES[0] in fault.what or "cannot be read" in fault.what
    assert "\n" not in fault.what


def test_a_row_of_nobody_is_damage_of_the_database(index: Path) -> None:
    execute(index, "PRAGMA foreign_keys = OFF", "DELETE FROM documents WHERE id = 1")

    (fault,) = check_index(index, Words()).faults
    assert fault.part == "database"
    assert "the file is damaged" in fault.what and "documents" in fault.what


@pytest.mark.parametrize("text", [b"note7 in version 1", b"CREATE TABLE", b"SQLite format 3"])
def test_a_damaged_page_is_found_wherever_it_is(index: Path, text: bytes) -> None:
    overwrite(index, page_with(index, text), bytes(4096))

    assert parts(index) == ["database"]


def test_a_damaged_schema_whose_text_cannot_be_read_is_found(index: Path) -> None:
    whole = index.read_bytes()
    overwrite(index, whole.index(b"tabledocuments") + len("table"), b"\xc5")  # a name that SQLite's message quotes

    assert parts(index) == ["database"]


def test_a_torn_database_is_found(index: Path) -> None:
    whole = index.read_bytes()
    index.write_bytes(whole[: len(whole) // 2])

    assert parts(index) == ["database"]


@pytest.mark.parametrize("count", [40, pytest.param(4_000, marks=pytest.mark.slow)])
def test_no_flipped_bit_that_changes_a_document_is_missed(
    index: Path, count: int, figure: Callable[[str], None]
) -> None:
    chance = random.Random(11)
    whole = index.read_bytes()
    found = 0
    for _ in range(count):
        at = chance.randrange(len(whole))
        overwrite(index, at, bytes([whole[at] ^ 1 << chance.randrange(8)]))
        if parts(index):
            found += 1
        else:
            assert rows(index) == rows_of(whole, index), f"byte {at}"
        index.write_bytes(whole)
    assert found > count / 4, "the rest is room that nothing lies in"
    figure(f"{count} flipped bits of a database: {found} found, {count - found} without effect, missed 0")


def rows(index: Path) -> list[object]:
    """All that searches are made of."""
    store = Store(index, "words")
    ids = store.chunk_ids()
    held = [sorted(store.passages(ids.tolist()).items()), store.vectors(ids).tolist(), store.documents()]
    store.close()
    return held


def rows_of(whole: bytes, index: Path) -> list[object]:
    copy = index.with_name("copy.db")
    copy.write_bytes(whole)
    return rows(copy)


def test_a_derived_file_that_was_changed_is_told(index: Path) -> None:
    store = Store(index, "words")
    store.files.put("vectors", store.generation, lambda sink: sink.write(b"some bytes") and None)
    store.close()
    assert parts(index) == []
    (file,) = index.parent.glob("*.vectors-*")
    overwrite(file, 3, b"X")

    (fault,) = check_index(index, Words()).faults
    assert (fault.part, fault.kind) == ("file", "vectors")
    assert str(file) in fault.what


def test_what_is_no_fault_of_the_index_is_raised(index: Path) -> None:
    class Other(Words):
        name = "other"

    with pytest.raises(EmbedderMismatch, match="chatbot index --rebuild"):
        check_index(index, Other())
    with pytest.raises(KnowledgeError, match=r"there is no index at .*run: chatbot index"):
        check_index(index.with_name("none.db"), Words())
    execute(index, "PRAGMA user_version = 99")
    with pytest.raises(KnowledgeError, match="newer version"):
        check_index(index, Words())
