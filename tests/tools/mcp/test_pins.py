"""Reliability check 33: a hundred changes of what was approved, and each of them disables the tool."""

import json
import random
import stat
import threading
from pathlib import Path

import pytest
from mutated_manifest import MANIFEST, mutated

from chatbot.errors import ProjectError
from chatbot.tools.mcp import Declared, Pins, Server

SERVER = Server("files", ("python", "server.py"))


def test_each_of_a_hundred_changes_is_another_tool() -> None:
    draw = random.Random(33)
    approved = Declared("read", MANIFEST)
    changed = [Declared("read", mutated(draw)) for _ in range(100)]
    assert len({json.dumps(each.manifest, sort_keys=True) for each in changed}) > 60  # they are really different ones
    assert [each for each in changed if each.fingerprint == approved.fingerprint] == []


def test_the_order_of_keys_changes_nothing() -> None:
    shuffled = dict(sorted(MANIFEST.items(), reverse=True))
    assert list(shuffled) != list(MANIFEST)
    assert Declared("read", shuffled).fingerprint == Declared("read", MANIFEST).fingerprint


def test_what_is_approved_is_there_the_next_time(tmp_path: Path) -> None:
    pins = Pins(tmp_path / "new folder" / "pins.json")
    assert pins.of(SERVER) is None
    pins.approve(SERVER, [Declared("read", MANIFEST)])
    again = Pins(pins.path).of(SERVER)
    assert again == {"read": Declared("read", MANIFEST)}


def test_an_approval_replaces_the_one_before_and_leaves_other_servers(tmp_path: Path) -> None:
    pins = Pins(tmp_path / "pins.json")
    other = Server("other", ("other",))
    pins.approve(other, [])
    pins.approve(SERVER, [Declared("read", MANIFEST)])
    pins.approve(SERVER, [])
    assert pins.of(SERVER) == {}
    assert pins.of(other) == {}


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    pins = Pins(tmp_path / "pins.json")
    pins.approve(SERVER, [])
    assert stat.S_IMODE(pins.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"servers": []}', "\udcff", '{"servers": {"%s": {}}}', '{"servers": {"%s": {"tools": 1}}}']
)
def test_a_file_that_cannot_be_read_approves_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pins.json"
    path.write_bytes(text.replace("%s", SERVER.identity).encode("utf-8", "surrogateescape"))
    with pytest.raises(ProjectError, match="cannot be read"):
        Pins(path).of(SERVER)


def test_a_file_whose_hash_does_not_fit_approves_nothing(tmp_path: Path) -> None:
    pins = Pins(tmp_path / "pins.json")
    pins.approve(SERVER, [Declared("read", MANIFEST)])
    pins.path.write_text(pins.path.read_text().replace("Never writes", "Always writes"))
    with pytest.raises(ProjectError, match="the hash of 'read' does not fit"):
        pins.of(SERVER)


def test_programs_that_approve_at_once_lose_nothing(tmp_path: Path) -> None:
    pins = Pins(tmp_path / "pins.json")
    servers = [Server(f"s{number}", (f"program {number}",)) for number in range(12)]
    threads = [threading.Thread(target=pins.approve, args=(server, [])) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [pins.of(server) for server in servers] == [{}] * 12
