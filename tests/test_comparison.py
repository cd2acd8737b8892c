"""Variants answer one question over the same passages, and the conversation stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot import Chatbot
from chatbot.comparison import compare
from chatbot.errors import NotFoundError, UsageError
from chatbot.models import Scripted

ROOT = Path(__file__).parents[1]


def bot_of(model: Scripted, tmp_path: Path) -> Chatbot:
    (tmp_path / "notes.md").write_text("# Returns\n\nShoes may be returned within 30 days.\n", encoding="utf-8")
    return Chatbot(model, knowledge=tmp_path, workspace=ROOT, durable=False)


def test_each_variant_reads_the_same_passages(tmp_path: Path) -> None:
    model = Scripted("30 days. [1]", "They say 30 days. [1]", "Within 30 days. [1]")
    bot = bot_of(model, tmp_path)
    first, second = compare(bot, "How long may shoes be returned?", ["zero_shot", "zero_shot_cot"])
    assert (first.name, second.name) == ("zero_shot", "zero_shot_cot")
    assert all("Shoes may be returned" in request.messages[-1].text for request in model.requests[:2])
    assert first.answer.citations and second.answer.citations
    assert (first.answer.usage.calls, second.answer.usage.calls) == (1, 2)
    assert first.seconds >= 0
    assert bot.session.messages == ()


def test_prompts_can_be_compared_too(tmp_path: Path) -> None:
    model = Scripted("a", "b")
    compared = list(compare(bot_of(model, tmp_path), "How long may shoes be returned?", ["chat", "question"]))
    assert [each.answer.text for each in compared] == ["a", "b"]
    assert "passage" in model.requests[0].messages[0].text
    assert "passage" not in model.requests[1].messages[0].text


def test_a_name_that_is_neither_gets_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"neither a strategy nor a prompt 'zero_shots'.*'zero_shot'"):
        list(compare(bot_of(Scripted(), tmp_path), "Why?", ["zero_shots"]))


def test_a_model_that_only_quotes_has_nothing_to_compare(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("Shoes.\n", encoding="utf-8")
    bot = Chatbot("extractive", knowledge=tmp_path, workspace=ROOT, durable=False)
    with pytest.raises(UsageError, match="only quotes"):
        list(compare(bot, "Why?", ["zero_shot"]))
