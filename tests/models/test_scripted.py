"""The model that says what it was told to."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.effects import Generate
from chatbot.errors import ModelError, ModelRefused, UsageError
from chatbot.events import Ended, TextDelta
from chatbot.messages import Reply, ToolCall, Usage, message
from chatbot.models.fold import fold
from chatbot.models.scripted import Scripted, scripted

ASKED = Generate((message("user", "Hello?", "user"),))


def ask(model: Scripted, request: Generate = ASKED) -> Reply:
    return asyncio.run(fold(model.stream(request)))


def test_replies_come_in_order_and_requests_are_kept() -> None:
    model = Scripted("one", Reply("two", finish="length"))
    assert [ask(model).text, ask(model).finish] == ["one", "length"]
    assert model.requests == [ASKED, ASKED]


def test_it_streams_word_by_word() -> None:
    async def events() -> list[object]:
        return [event async for event in Scripted("Hello  there,\nyou ").stream(ASKED)]

    words = ["Hello", "  there,", "\nyou", " "]
    assert asyncio.run(events()) == [*map(TextDelta, words), Ended("complete")]


@given(st.text(max_size=60))
def test_the_words_join_to_the_text(text: str) -> None:
    assert ask(Scripted(text)).text == text


def test_calls_usage_and_reasoning_are_replayed() -> None:
    call = ToolCall("call-1", "add", '{"a": 1}')
    reply = Reply("", (call,), usage=Usage(5, 2), reasoning="I should add.")
    assert ask(Scripted(reply)) == reply


def test_a_truncated_reply_is_truncated() -> None:
    assert ask(Scripted(Reply("half", finish="truncated"))) == Reply("half", finish="truncated")


def test_when_the_replies_run_out_it_says_so() -> None:
    model = Scripted("one")
    ask(model)
    with pytest.raises(ModelError, match=r"1 replies, and this is request 2 .answer."):
        ask(model)


def test_a_repeating_script_begins_again() -> None:
    model = Scripted("one", "two", repeat=True)
    assert [ask(model).text for _ in range(5)] == ["one", "two", "one", "two", "one"]


def test_a_reply_may_be_made_of_the_request() -> None:
    model = Scripted(lambda request: request.messages[-1].text.upper())
    assert ask(model).text == "HELLO?"


def test_a_reply_may_be_an_error() -> None:
    def refuse(_: Generate) -> str:
        raise ModelRefused("no")

    with pytest.raises(ModelRefused):
        ask(Scripted(refuse))


def test_a_script_is_read_from_a_file(tmp_path: Path) -> None:
    lines = [
        {"text": "", "tool_calls": [{"name": "add", "arguments": {"a": 1}}]},
        {"text": "It is 1.", "reasoning": "easy"},
        {"text": "It", "finish": "length"},
    ]
    path = tmp_path / "script.jsonl"
    path.write_text("\n\n".join(map(json.dumps, lines)))
    model = scripted(str(path))
    assert ask(model).tool_calls == (ToolCall("call-1", "add", '{"a": 1}'),)
    assert (ask(model).reasoning, ask(model).finish) == ("easy", "length")


def test_inline_text_is_said_every_time() -> None:
    model = scripted("text=Hello there")
    assert [ask(model).text, ask(model).text] == ["Hello there"] * 2
    assert model.name == "scripted:text=Hello there"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{nope", "script.jsonl:1 is not JSON"),
        ("[]", "script.jsonl:1 is not a JSON object"),
        ('{"txt": "a"}', "did you mean 'text'"),
        ('{"text": 1}', "are texts"),
        ('{"finish": "complet"}', "did you mean 'complete'"),
        ('{"tool_calls": [{}]}', "tool call 1 needs a name"),
    ],
)
def test_a_line_that_is_no_reply_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "script.jsonl"
    path.write_text(line)
    with pytest.raises(UsageError, match=complaint):
        scripted(str(path))


def test_a_missing_script_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        scripted(str(tmp_path / "none.jsonl"))
