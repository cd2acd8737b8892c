"""How replies end: whole, or in one of the ways that are counted apart and never judged."""

from __future__ import annotations

import pytest

from chatbot.evaluation.endings import Ending, ending_of
from chatbot.evaluation.records import Response
from chatbot.messages import ToolCall, ToolResult, ToolUse

CALL = ToolUse(ToolCall("1", "f", "{}"), ToolResult("1", "f", ""))


@pytest.mark.parametrize(
    ("response", "ending"),
    [
        (Response("Yes."), "whole"),
        (Response("Ye", finish="length"), "length"),
        (Response("", finish="length"), "length"),
        (Response("Ye", finish="filtered"), "filtered"),
        (Response("Ye", finish="truncated"), "truncated"),
        (Response("Ye", finish="interrupted"), "interrupted"),
        (Response(" \n"), "empty"),
        (Response("<think>Perhaps.</think>\n"), "empty"),
        (Response("", tool_uses=(CALL,)), "whole"),
        (Response("", value={}), "whole"),
        (Response("", declined=True), "whole"),
        (Response("", error="the service is down"), "error"),
    ],
)
def test_each_way_to_end_has_its_class(response: Response, ending: Ending) -> None:
    assert ending_of(response) == ending
