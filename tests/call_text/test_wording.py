"""A request with tools, as plain messages."""

from __future__ import annotations

import json
from dataclasses import replace

from chatbot.call_text import in_words
from chatbot.effects import Generate, ToolSchema
from chatbot.messages import Message, ToolCall, message

ADD = ToolSchema("add", "Adds.", {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}})


def test_a_request_without_a_system_part_gets_one() -> None:
    request = Generate((message("user", "Hello?", "user"),), tools=(ADD,))
    assert [each.role for each in in_words(request).messages] == ["system", "user"]


def test_arguments_that_are_no_json_are_shown_as_they_were() -> None:
    said = Message("assistant", tool_calls=(ToolCall("1", "add", "{oops"),))
    (shown,) = in_words(Generate((said,))).messages
    assert json.loads(shown.text.splitlines()[1]) == {"name": "add", "arguments": "{oops"}


def test_no_more_stop_sequences_than_the_protocol_allows() -> None:
    request = Generate((message("user", "Hello?", "user"),), tools=(ADD,))
    request = replace(request, sampling=replace(request.sampling, stop=("a", "b", "c", "d")))
    assert in_words(request).sampling.stop == ("a", "b", "c", "d")
