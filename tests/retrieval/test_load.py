"""Files to documents: what is read, what is left out, and why."""

from __future__ import annotations

import os
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from chatbot.errors import KnowledgeError
from chatbot.retrieval import load
from chatbot.retrieval.formats.table_of_formats import FORMATS
from chatbot.retrieval.load import read, stamp


def written(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def aged(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


@pytest.mark.parametrize("data", ["# A\r\n\r\ntext\r\n", "# A\n\nüñí 漢 🙂\n"])
def test_text_is_what_the_file_holds_to_the_character(tmp_path: Path, data: str) -> None:
    document = read(written(tmp_path / "a.md", data), "a.md")

    assert document.text == data
    assert document.title == "A"
    assert document.source == "a.md"


def test_a_text_without_heading_is_titled_by_its_name(tmp_path: Path) -> None:
    assert read(written(tmp_path / "opening-hours.txt", "From nine to five."), "x").title == "opening-hours"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.md", b"PK\x00\x01", "binary data"),
        ("a.md", b"", "empty"),
        ("a.md", "\ufeff \r\n".encode(), "empty"),
        ("a.exe", b"x", r"files ending in \.exe are not read"),
        ("data", b"x", "files ending in nothing are not read"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason_in_a_line(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    with pytest.raises(KnowledgeError, match=reason) as caught:
        read(written(tmp_path / name, data), name)

    assert "\n" not in str(caught.value)


def test_a_huge_file_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(load.MAX_BYTES * 1000)

    with pytest.raises(KnowledgeError, match="larger than 20 MB"):
        read(path, "huge.txt")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")

    with pytest.raises(KnowledgeError, match="not a file"):
        read(tmp_path / "pipe.txt", "pipe.txt")


def test_every_format_has_a_converter(tmp_path: Path) -> None:
    for form in FORMATS.values():
        assert find_spec(f"chatbot.retrieval.formats.{form.converter}"), form.name


def test_the_hash_is_of_all_that_is_indexed(tmp_path: Path) -> None:
    first = read(written(tmp_path / "a.md", "# A\n\ntext"), "a.md")

    assert read(tmp_path / "a.md", "b.md").hash == first.hash
    assert read(written(tmp_path / "a.md", "# A\n\ntext."), "a.md").hash != first.hash
    assert (
        read(written(tmp_path / "c.txt", "text"), "c.txt").hash != read(written(tmp_path / "d.txt", "text"), "d").hash
    )


def test_a_stamp_tells_nothing_of_a_file_that_changed_just_now(tmp_path: Path) -> None:
    path = written(tmp_path / "a.md", "text")

    assert stamp(path) == ""


def test_a_stamp_changes_with_time_size_and_file(tmp_path: Path) -> None:
    later = time.time_ns() + 10 * load.CLOCK_TICK
    path = written(tmp_path / "a.md", "text")
    stamps = [stamp(path, now=later)]
    assert stamp(path, now=later) == stamps[0]

    aged(path, 50)
    stamps.append(stamp(path, now=later))
    written(path, "texts")
    aged(path, 50)
    stamps.append(stamp(path, now=later))
    other = written(tmp_path / "b.md", "texts")
    aged(other, 50)
    other.replace(path)
    stamps.append(stamp(path, now=later))

    assert len(set(stamps)) == 4
