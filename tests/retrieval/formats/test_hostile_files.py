"""No file from anybody stops the program, fills the machine, calls somebody or leaves something behind."""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_files import CONVERTERS, bombs, crafted, damaged

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.apart import MEGABYTES, SECONDS, Apart

PACKAGE = "chatbot.retrieval.formats"


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    found = Apart([f"{PACKAGE}.{name}" for name in CONVERTERS], ["pypdfium2", "mammoth", "python_calamine"])
    yield found
    found.end()


def outcome(apart: Apart, kind: str, data: bytes) -> str:
    """`read`, or the reason why not; any other error is the program's fault, and fails the test."""
    try:
        apart.convert(f"{PACKAGE}.{kind}", data)
    except KnowledgeError as error:
        return str(error)
    return "read"


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_damaged_files_are_read_or_refused(
    apart: Apart, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = Counter(re.sub(r"\d+|: .*", "", outcome(apart, *damaged(number))) for number in range(count))

    print(found.most_common())
    assert found.total() == count
    assert len(found) > 5 and 0 < found["read"] < count / 2  # else the damage does not get far, or nobody notices
    assert not [reason for reason in found if reason.startswith("reading it takes longer")]
    assert list(tmp_path.iterdir()) == []


def test_attacks_are_refused_or_come_to_nothing(apart: Apart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        for name, (kind, data) in crafted(server.getsockname()[1]).items():
            print(name, "->", outcome(apart, kind, data))

        with pytest.raises(BlockingIOError):
            server.accept()
    assert list(tmp_path.iterdir()) == []
    assert (SECONDS, MEGABYTES) == (30, 1024)  # the bounds under which all this was


@pytest.mark.slow
def test_what_becomes_large_is_refused_or_read_within_the_bounds(apart: Apart) -> None:
    for name, (kind, data) in bombs().items():
        assert len(data) < 4_000_000
        print(name, "->", outcome(apart, kind, data))
