"""What a file that has taken its reader over can still do: nothing but answer."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.apart import Apart
from chatbot.retrieval.formats.confinement import filter_steps

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's guards are Linux's")


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    found = Apart(["attacks"], seconds=10)
    yield found
    found.end()


def refused(apart: Apart, attack: str) -> str:
    with pytest.raises(KnowledgeError) as raised:
        apart.convert("attacks", attack.encode())
    return str(raised.value)


@pytest.mark.parametrize("attack", ["read", pytest.param("c_read", marks=on_linux)])
def test_no_file_is_read(apart: Apart, attack: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")

    assert "ermi" in refused(apart, f"{attack} {tmp_path / 'secret.txt'}")  # PermissionError, or Permission denied


@pytest.mark.parametrize(
    "attack", ["write", "remove", *(pytest.param(f"c_{name}", marks=on_linux) for name in ("write", "remove"))]
)
def test_no_file_is_made_or_removed(apart: Apart, attack: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("text")

    refused(apart, f"{attack} {tmp_path / ('new' if 'write' in attack else 'there')}")

    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_no_folder_is_looked_into(apart: Apart, tmp_path: Path) -> None:
    assert "PermissionError" in refused(apart, f"list {tmp_path}")


@pytest.mark.parametrize("attack", ["connect", "socket", pytest.param("c_socket", marks=on_linux)])
def test_nothing_goes_into_the_network(apart: Apart, attack: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)

        refused(apart, f"{attack} {server.getsockname()[1]}")

        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("attack", ["run", *(pytest.param(f"c_{name}", marks=on_linux) for name in ("run", "fork"))])
def test_no_program_is_started(apart: Apart, attack: str) -> None:
    assert "ermi" in refused(apart, attack)


@on_linux
def test_no_other_process_is_signalled(apart: Apart) -> None:
    assert "ermi" in refused(apart, f"c_kill {os.getpid()}")


def test_the_environment_with_its_keys_stays_outside(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    found = Apart(["attacks"])
    try:
        assert "KEY" not in found.convert("attacks", b"environment").text
    finally:
        found.end()


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_each_branch_of_the_filter_ends_in_an_answer(machine: str) -> None:
    """A step further than the program's end, and the kernel would take none of it."""
    steps = filter_steps(machine)

    for at, (operation, yes, no, _) in enumerate(steps):
        if operation != 0x06:  # a return
            assert at + 1 + max(yes, no) < len(steps)
    assert steps[-1][0] == 0x06
