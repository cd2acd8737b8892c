"""`chatbot sessions received` and `chatbot eval received`: what services sent, as a list and byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.cli.program import run
from chatbot.journal import Journal
from chatbot.journal.evals import new_trace
from chatbot.journal.records import RunRecord
from chatbot.raw_reply import RawReply

BODY = b'data: {"content": "\\ud800"}\n\0\xff\x1b[31m'


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "chatbot.toml").write_text("tools = []\n")
    monkeypatch.chdir(tmp_path)
    journal = Journal(tmp_path / ".chatbot" / "journal.db")
    session = journal.create_session("about tea")
    journal.begin_run(RunRecord("run-1", "tea", "key", {"path": "tea.yaml"}, 1.0))
    for trace, place in (("t", session), (new_trace("run-1"), None)):
        journal.begin_turn(place, trace, model="openai:m", prompt="p")
        received = [RawReply(429, "r-1", bytearray(b"later")), RawReply(200, "r-2", bytearray(BODY))]
        journal.settle(journal.intend(trace, "generate", {}), {"finish": "complete"}, received=received)
    journal.close()
    return session


def test_responses_are_listed_with_what_they_came_to(session: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sessions", "received", session[:13]]) == 0
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split()[:2] == ["NUMBER", "BEGUN"]
    assert first.split()[3:] == ["openai:m", "429", "5", "r-1", "complete"]
    assert second.split()[3:] == ["openai:m", "200", str(len(BODY)), "r-2", "complete"]
    assert run(["sessions", "received", session, "--json"]) == 0
    assert [each["status"] for each in json.loads(capsys.readouterr().out)] == [429, 200]


def test_one_is_written_byte_for_byte_to_a_file_and_into_a_pipe(
    session: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(["sessions", "received", session, "2", "-o", "reply"]) == 0
    assert (tmp_path / "reply").read_bytes() == BODY
    assert run(["eval", "received", "run-1", "4"]) == 0
    assert capfdbinary.readouterr().out == BODY


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sessions", "received", "none"], "there is no session 'none'"),
        (["sessions", "received", "{session}", "4"], "there is no response 4 in {session}"),
        (["sessions", "received", "{session}", "2", "-o", "no/where"], "no/where cannot be written"),
        (["eval", "received", "none"], "there is no run 'none'"),
    ],
)
def test_what_is_not_there_is_said_in_a_line(
    session: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([each.format(session=session) for each in arguments]) != 0
    error = capsys.readouterr().err
    assert said.format(session=session) in error and error.count("\n") == 1
