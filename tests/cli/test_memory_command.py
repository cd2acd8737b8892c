"""`chatbot memory` and `/memory`: the user sees what is remembered, takes it along, and erases it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot import Chatbot
from chatbot.cli.chat import Chat
from chatbot.cli.commands import perform
from chatbot.cli.program import run
from chatbot.cli.screen import Screen
from chatbot.errors import UsageError
from chatbot.memory import Memory


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Memory:
    (tmp_path / "chatbot.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    memory = Memory(tmp_path / ".chatbot" / "memory.db")
    memory.remember("The user is allergic to nuts.", conversation="c1")
    memory.remember("The user lives in Oslo.", origin="tool")
    return memory


def test_the_facts_are_listed_with_number_and_origin(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["memory", "list"]) == 0

    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split() == ["NUMBER", "NOTED", "FROM", "CONVERSATION", "FACT"]
    assert (
        first.startswith("1") and "you" in first and "c1" in first and first.endswith("The user is allergic to nuts.")
    )
    assert second.startswith("2") and "documents or tools" in second


def test_they_are_exported_as_json(memory: Memory, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["memory", "export", "-o", "facts.json"]) == 0
    assert [fact["id"] for fact in json.loads((tmp_path / "facts.json").read_text())] == [1, 2]
    assert run(["memory", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["text"] == "The user is allergic to nuts."


def test_they_are_erased_by_number_or_all(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["memory", "erase", "1"]) == 0
    assert capsys.readouterr().out == "erased 1: The user is allergic to nuts.\n"
    assert [fact.id for fact in memory.facts()] == [2]
    assert run(["memory", "erase", "--all"]) == 0
    assert memory.facts() == []
    capsys.readouterr()
    assert run(["memory", "list"]) == 0
    assert capsys.readouterr().out == "Nothing is remembered.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["erase"], "takes numbers of facts, or --all"),
        (["erase", "1", "--all"], "takes numbers of facts, or --all"),
        (["erase", "7"], "there is no fact 7"),
        (["erase", "nuts"], "'nuts' is not the number of a fact"),
    ],
)
def test_what_cannot_be_erased_is_said(
    memory: Memory, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["memory", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert len(memory.facts()) == 2


def test_in_the_chat_they_are_seen_and_erased_as_well(
    memory: Memory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = Chat(Chatbot("extractive", workspace=tmp_path, knowledge=None, durable=False), Screen(plain=True))

    perform(chat, "/memory")
    assert "The user is allergic to nuts." in capsys.readouterr().out
    perform(chat, "/memory erase 1")
    assert capsys.readouterr().out == "erased 1: The user is allergic to nuts.\n"
    perform(chat, "/memory erase all")
    assert memory.facts() == []
    with pytest.raises(UsageError, match="/memory forget 1 is not known"):
        perform(chat, "/memory forget 1")
