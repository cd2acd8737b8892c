"""Secrets stay secrets: of twenty in the environment none is in a journal, a log, a report or an error.

That holds for the whole run of the tests (`no_secret_is_written` in conftest.py). Here they are used as keys, a service
repeats them, tools return them, and the program fails with them in hand; and what is looked with is shown to find them.
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
import sys
import zlib
from pathlib import Path

import pytest
from canaries import CANARIES, leaks, named
from chat_server import ChatServer, call, calls, delta, refuses, says, streams

from chatbot import Chatbot, Tool
from chatbot.cli import program

KEY, *OTHERS = CANARIES.values()


@pytest.mark.parametrize("kind", ["file", "database", "compressed"])
def test_a_secret_that_is_written_is_found(tmp_path_factory: pytest.TempPathFactory, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal.db"
    path.parent.mkdir()
    data = f'{{"header": "Bearer {KEY}"}}'.encode()
    if kind == "file":
        path.with_suffix(".log").write_bytes(b"x" * 100_000 + data)
    else:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE raw (body BLOB)")
        connection.execute("INSERT INTO raw VALUES (?)", [zlib.compress(data) if kind == "compressed" else data])
        connection.commit()
        connection.close()

    found = list(leaks(tmp_path))
    for each in path.parent.iterdir():
        each.unlink()  # before all files are looked at

    assert len(found) == 1 and found[0].endswith(f": {next(iter(CANARIES))}")


def test_files_that_tests_make_to_break_a_reader_stop_no_look(tmp_path: Path) -> None:
    with (tmp_path / "vast").open("wb") as file:
        file.truncate(1 << 40)
    name = "x" * 250
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):  # beyond the length that a path may have
        os.mkdir(name, dir_fd=here)
        deeper = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)

    assert list(leaks(tmp_path)) == []


def test_a_secret_that_is_printed_is_found() -> None:
    assert named(f"Authorization: {OTHERS[3]}") == [list(CANARIES)[4]]
    assert named("Authorization: Bearer …") == []


FAULTS = {
    "refused": lambda secret: refuses(401, f"Incorrect API key provided: {secret}"),
    "malformed": lambda secret: refuses(400, {"error": {"message": f"bad header {secret}", "code": secret}}),
    "not there": lambda secret: refuses(404, f"no such model for Bearer {secret}"),
    "broken off": lambda secret: streams(delta(content="Thirty"), end="cut"),
    "no events": lambda secret: streams(f"Bearer {secret}\n\n".encode()),
    "error in the stream": lambda secret: streams(f'data: {{"error": {{"message": "key {secret}"}}}}\n\n'.encode()),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_key_is_in_no_error_and_no_file_whatever_the_service_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    (tmp_path / "chatbot.toml").write_text("tools = []\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHATBOT_API_KEY", KEY)
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    with ChatServer(FAULTS[fault](KEY)) as server:
        code = program.run(["ask", "How long?", "--no-knowledge", "-m", f"{server.url}#m"])
        sent = server.requests[0].headers["authorization"]

    assert sent == f"Bearer {KEY}"
    assert code != 0 or fault == "broken off"
    assert named("".join(capsys.readouterr())) == []
    assert list(leaks(tmp_path)) == []


@pytest.mark.parametrize("spec", ["http://me:{}@{}#m", "htp://me:{}@{}", "http://me:a#{}@{}", "me:{}@{}"])
def test_a_password_in_an_address_is_refused_and_neither_shown_nor_written_nor_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], spec: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    (tmp_path / "chatbot.toml").write_text("tools = []\n")

    with ChatServer(says("Thirty days.")) as server:
        model = spec.format(KEY, server.url.removeprefix("http://"))
        assert program.run(["ask", "How long?", "--no-knowledge", "-m", model]) != 0
        assert server.requests == []

    said = "".join(capsys.readouterr())
    assert said.startswith("chatbot: ") and said.count("\n") == 1 and named(said) == []
    assert list(leaks(tmp_path)) == []


def test_what_a_tool_finds_reaches_neither_the_model_nor_the_journal(tmp_path: Path) -> None:
    (tmp_path / "chatbot.toml").write_text("tools = []\n")

    def look() -> str:
        return "\n".join(f"export {name}={secret}" for name, secret in CANARIES.items())

    def fail() -> str:
        raise RuntimeError(f"no connection to postgres://app:{KEY}@db")

    found = calls(call(0, "{}", id="1", name="look"), call(1, "{}", id="2", name="fail"))
    with ChatServer(found, says("I found nothing.")) as server:
        tools = [Tool.from_function(each, impact="none") for each in (look, fail)]
        bot = Chatbot(f"{server.url}#m", knowledge=None, tools=tools, workspace=tmp_path)
        bot.ask("What is in the environment?")
        sent = json.dumps(server.bodies)

    assert len(server.requests) == 2
    assert named(sent) == []
    assert list(leaks(tmp_path)) == []
