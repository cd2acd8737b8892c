"""Calls in the text of a model that has native ones."""

from __future__ import annotations

import pytest
from offered_tools import TOOLS

from chatbot.tools.leaked_calls import Streamed, is_broken_call, leaked_calls, shown_at_once

PARIS = '{"name": "get_weather", "parameters": {"city": "Paris"}}'


@pytest.mark.parametrize("text", [PARIS, f"\n <tool_call>{PARIS}</tool_call>", f"```json\n{PARIS}\n```", f"[{PARIS}]"])
def test_a_reply_that_is_nothing_but_a_call_is_one(text: str) -> None:
    assert [call.name for call in leaked_calls(text, TOOLS)] == ["get_weather"]
    assert not shown_at_once(text, TOOLS).strip()


@pytest.mark.parametrize("text", [f"Call it with {PARIS}.", "Hello.", "", "[1] says so.", "{x}", PARIS[:-9]])
def test_any_other_reply_is_an_answer(text: str) -> None:
    assert leaked_calls(text, TOOLS) == ()


@pytest.mark.parametrize("text", [f"Call it with {PARIS} now.", "Hello.\n", "[1] says so. ", "{x} and so on"])
def test_an_answer_is_shown_while_it_streams(text: str) -> None:
    stream = Streamed(TOOLS)
    assert "".join(map(stream.feed, text)) == shown_at_once(text, TOOLS) == text


def test_without_tools_everything_is_shown() -> None:
    assert Streamed(()).feed(PARIS) == PARIS


@pytest.mark.parametrize("text", ['<tool_call>{"name": "get_weather", "argum', "<tool_call>\n{oops}\n</tool_call>"])
def test_a_reply_that_begins_as_a_call_and_is_none_is_broken(text: str) -> None:
    assert is_broken_call(text, TOOLS)


@pytest.mark.parametrize(
    "text", [PARIS, "Hello.", "", "[1] says so.", "{x}", '{"city": "Paris"}', "<b>Bold</b>", "```py"]
)
def test_an_answer_is_no_broken_call(text: str) -> None:
    assert not is_broken_call(text, TOOLS)
