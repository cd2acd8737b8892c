"""A derived file is exactly what was written, or it is not there."""

from __future__ import annotations

import os
import random
import sqlite3
from pathlib import Path

import pytest

from chatbot.errors import KnowledgeError
from chatbot.locks import FileLock
from chatbot.retrieval.index_files import IndexFiles, Sink
from chatbot.retrieval.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "i.db"


def put(files: IndexFiles, data: bytes, generation: int = 1, kind: str = "vectors") -> bool:
    def write(sink: Sink) -> None:
        for at in range(0, len(data), 1000):
            sink.write(memoryview(data)[at : at + 1000])

    return files.put(kind, generation, write)


def held(files: IndexFiles, kind: str = "vectors") -> tuple[bytes, int] | None:
    file = files.current(kind)
    return (file.data[:], file.generation) if file else None


def names(path: Path, kind: str = "vectors") -> list[str]:
    return sorted(each.name for each in path.parent.glob(f"{path.name}.{kind}-*"))


def test_what_was_written_is_read_with_its_generation(path: Path) -> None:
    files = Store(path, "words").files
    data = random.Random(1).randbytes(3_500_000)

    assert held(files) is None and files.kinds() == () and files.generation("vectors") == -1
    assert put(files, data, 7) and files.generation("vectors") == 7

    assert held(files) == held(Store(path, "words").files) == (data, 7)
    assert files.kinds() == ("vectors",) and files.fault("vectors") is None


def test_kinds_are_apart(path: Path) -> None:
    files = Store(path, "words").files
    put(files, b"one", 1, "vectors")
    put(files, b"two", 2, "words")

    assert held(files, "vectors") == (b"one", 1) and held(files, "words") == (b"two", 2)


def test_a_damaged_file_is_not_given_and_said(path: Path) -> None:
    files, chance = Store(path, "words").files, random.Random(3)
    data = chance.randbytes(2000)
    put(files, data)
    file = path.with_name(names(path)[0])
    for number in range(300):
        mutant = bytearray(data)
        match number % 3:
            case 0:
                mutant[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            case 1:
                del mutant[chance.randrange(len(data)) :]
            case 2:
                mutant += chance.randbytes(chance.randrange(1, 50))
        file.write_bytes(mutant)
        assert files.current("vectors") is None
        assert file.name in str(files.fault("vectors"))

    assert put(files, data) and held(files) == (data, 1), "what is damaged is replaced"


def test_a_missing_file_is_said(path: Path) -> None:
    files = Store(path, "words").files
    put(files, b"data")
    path.with_name(names(path)[0]).unlink()

    assert files.current("vectors") is None
    assert "cannot be read: No such file" in str(files.fault("vectors"))


def test_a_change_of_the_entry_is_found_as_well(path: Path) -> None:
    files = Store(path, "words").files
    put(files, b"data")
    for change in ("length = 3", "sha256 = 'ab'", "name = 'i.db'", "name = '..'", "name = '../i.db'"):
        with sqlite3.connect(path) as connection:
            connection.execute(f"UPDATE files SET {change}")
        connection.close()
        assert files.current("vectors") is None and files.fault("vectors"), change
        put(files, b"data")


def test_the_older_file_is_swept_and_stays_readable_for_who_has_it(path: Path) -> None:
    files = Store(path, "words").files
    put(files, b"old", 1)
    older = files.current("vectors")
    put(files, b"new", 2)

    assert held(files) == (b"new", 2) and len(names(path)) == 1
    assert older is not None and older.data[:] == b"old"


def test_newer_documents_win_whoever_writes_last(path: Path) -> None:
    files = Store(path, "words").files
    put(files, b"new", 5)

    assert not put(files, b"old", 4)
    assert held(files) == (b"new", 5) and len(names(path)) == 1


def test_whoever_finds_another_program_writing_leaves_it_to_that(path: Path) -> None:
    files = Store(path, "words").files
    other = FileLock(path.with_name(f"{path.name}-vectors"))
    other.acquire()

    assert not put(files, b"mine")

    other.close()
    assert put(files, b"mine")


def test_what_a_killed_program_left_is_swept_and_nothing_of_anyone_else(path: Path) -> None:
    files = Store(path, "words").files
    left = [f"{path.name}.vectors-{'0' * 16}", f"{path.name}.vectors-{'1' * 32}.tmp", f"{path.name}.words-{'2' * 16}"]
    others = [f"x{path.name}.vectors-{'0' * 16}", f"{path.name}.backup", "i.faiss", f"{path.name}.vectors-kept"]
    for name in left + others:
        path.with_name(name).write_bytes(b"x")

    put(files, b"data")

    assert not [name for name in left if path.with_name(name).exists()]
    assert all(path.with_name(name).exists() for name in others)


def test_what_cannot_be_removed_keeps_nothing_else(path: Path) -> None:
    files = Store(path, "words").files
    stuck, left = (path.with_name(f"{path.name}.vectors-{digit * 16}") for digit in "01")
    stuck.mkdir()
    left.write_bytes(b"x")

    assert put(files, b"data") and held(files) == (b"data", 1)
    assert stuck.exists() and not left.exists()


def test_a_failed_write_leaves_what_was_there(path: Path) -> None:
    files = Store(path, "words").files
    put(files, b"old", 1)

    def full(sink: Sink) -> None:
        sink.write(b"half")
        raise OSError(28, os.strerror(28))

    with pytest.raises(KnowledgeError, match=r"cannot be written: No space left.*is the disk full\?"):
        files.put("vectors", 2, full)

    assert held(files) == (b"old", 1) and len(names(path)) == 1


def test_a_forgotten_file_is_gone(path: Path) -> None:
    files = Store(path, "words").files
    put(files, b"data")
    files.forget("vectors")

    assert files.current("vectors") is None and files.kinds() == () and names(path) == []


def test_an_index_that_is_built_anew_keeps_no_file(path: Path) -> None:
    put(Store(path, "words").files, b"data")

    assert Store(path, "others", rebuild=True).files.kinds() == () and names(path) == []


def test_a_database_in_memory_has_no_files() -> None:
    files = Store(None, "words").files

    assert not put(files, b"data") and files.current("vectors") is None
    files.forget("vectors")
