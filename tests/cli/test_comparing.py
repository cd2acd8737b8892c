"""`/compare`, `/trace` and `/strategy` in a chat."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot import Chatbot
from chatbot.cli.chat import Chat
from chatbot.cli.commands import perform
from chatbot.cli.screen import Screen
from chatbot.errors import NotFoundError, UsageError
from chatbot.models import Scripted
from chatbot.workspace import create_workspace


def chat_of(folder: Path, *replies: str) -> Chat:
    return Chat(Chatbot(Scripted(*replies), workspace=folder, prompt="chat", durable=False), Screen(plain=True))


QUESTION = "How long may goods be returned?"


def test_compare_shows_each_answer_with_its_sources_tokens_and_time(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = chat_of(folder, "30 days. [1]", "Thirty days. [1]", "The passage says 30 days.", "30 days. [1]")
    chat.ask(QUESTION)
    perform(chat, "/compare")
    shown = capsys.readouterr().out
    assert "1. zero_shot\nThirty days. [1]" in shown
    assert "2. zero_shot_cot\nThe passage says 30 days." in shown
    assert "[1] returns.md" in shown
    rows = [line.split() for line in shown.splitlines()[-3:-1]]
    assert [row[1] for row in rows] == ["zero_shot", "zero_shot_cot"]
    assert [(row[3], row[6]) for row in rows] == [("1", "1"), ("2", "1")]
    assert len(chat.bot.session.messages) == 2


def test_save_makes_the_question_an_item_of_a_dataset(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chat = chat_of(folder, "30 days. [1]", "Thirty days. [1]", "Twenty.")
    chat.ask(QUESTION)
    perform(chat, "/compare zero_shot chat")
    perform(chat, "/compare save 1")
    perform(chat, "/compare save 2")
    rows = (folder / "eval" / "datasets" / "chat.jsonl").read_text(encoding="utf-8").splitlines()
    items = [json.loads(row) for row in rows]
    assert [item["answer"] for item in items] == ["Thirty days. [1]", "Twenty."]
    assert items[0]["question"] == QUESTION
    assert items[0]["sources"] == ["returns.md:3"]
    assert len({item["id"] for item in items}) == 2
    assert "saved to" in capsys.readouterr().out


def test_names_of_strategies_made_of_others_are_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chat = chat_of(folder, "30 days. [1]", *["30 days. [1]"] * 11)
    chat.ask(QUESTION)
    perform(chat, "/compare zero_shot self_consistency over zero_shot")
    assert [each.name for each in chat.compared] == ["zero_shot", "self_consistency over zero_shot"]
    assert capsys.readouterr().out.splitlines()[-2].split()[-4] == "10"


@pytest.mark.parametrize(
    ("line", "error", "said"),
    [
        ("/compare", UsageError, "nothing has been asked"),
        ("/compare save 1", UsageError, "nothing has been compared"),
        ("/trace", UsageError, "no answer"),
        ("/strategy few_shoot", NotFoundError, "did you mean 'few_shot'"),
    ],
)
def test_a_slip_is_told(folder: Path, line: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        perform(chat_of(folder), line)


def test_a_variant_that_is_none_cannot_be_saved(folder: Path) -> None:
    chat = chat_of(folder, "30 days. [1]", "Thirty.")
    chat.ask(QUESTION)
    perform(chat, "/compare zero_shot")
    with pytest.raises(NotFoundError, match="no variant '2'"):
        perform(chat, "/compare save 2")


def test_the_trace_is_a_tree_of_the_strategys_steps(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chat = chat_of(folder, "Answer: 30 days", "Answer: 30 days", "Answer: 20 days")
    perform(chat, "/strategy self_consistency")
    chat.bot.strategy = type(chat.bot.strategy)(samples=3)  # type: ignore[call-arg]
    chat.ask(QUESTION)
    capsys.readouterr()
    perform(chat, "/trace")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("vote  answer 30 days · 0.69 · 30 days: 2, 20 days: 1")
    assert [line.split()[0] for line in lines if line.startswith("  sample")] == ["sample"] * 3


def test_a_trace_outlives_the_program(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bot = Chatbot(Scripted("Hm.", "30 days"), workspace=folder, prompt="chat", strategy="zero_shot_cot")
    bot.ask(QUESTION)
    again = Chatbot(Scripted(), workspace=folder, session=bot.session.id)
    perform(Chat(again, Screen(plain=True)), "/trace")
    assert "chain of thought" in capsys.readouterr().out


def test_strategies_are_listed_and_the_prompts_own_can_be_had_back(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = chat_of(folder)
    perform(chat, "/strategy zero_shot_cot")
    perform(chat, "/strategy")
    assert "* zero_shot_cot" in capsys.readouterr().out
    perform(chat, "/strategy -")
    perform(chat, "/strategy")
    assert "* zero_shot " in capsys.readouterr().out


def test_an_answer_of_several_steps_is_shown_once_and_whole(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chat = chat_of(folder, "The passage says 30 days. [1]", "30 days [1]")
    perform(chat, "/strategy zero_shot_cot")
    chat.ask(QUESTION)
    shown = capsys.readouterr().out
    assert shown.count("The passage says 30 days.") == 1
    assert "Answer: 30 days [1]" in shown


def test_a_starter_workspace_has_what_compare_needs(tmp_path: Path) -> None:
    assert (create_workspace(tmp_path / "w").root / "prompts" / "examples").is_dir()
