"""The events of a turn on the screen."""

from __future__ import annotations

import pytest

from chatbot.cli.answer import TurnView
from chatbot.cli.screen import Screen
from chatbot.events import Done, Notice, TextDelta, ToolEnded, ToolProgress, ToolStarted
from chatbot.messages import Answer, ToolCall, ToolResult


def test_what_a_tool_does_is_told_as_it_happens(capsys: pytest.CaptureFixture[str]) -> None:
    call = ToolCall("c1", "count_pages", '{"book": "Emma"}')
    events = [
        ToolStarted(call),
        ToolProgress(call, "page 1\n\x1b[31mof 9"),
        ToolEnded(call, ToolResult("c1", "count_pages", "9 pages")),
        TextDelta("Nine."),
        Done(Answer("Nine.")),
    ]
    TurnView(Screen(plain=True), "How long is Emma?").draw(iter(events))

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == '· count_pages({"book": "Emma"})'
    assert lines[1].startswith("· count_pages: page 1 ") and "\x1b" not in lines[1]
    assert lines[2:4] == ["· count_pages = 9 pages", "Nine."]


def test_a_notice_that_comes_after_text_stands_on_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    events = [TextDelta("Nine "), TextDelta("pages."), Notice("It is the best so far."), Done(Answer("Nine pages."))]
    TurnView(Screen(plain=True), "How long is Emma?").draw(iter(events))

    assert capsys.readouterr().out.splitlines()[:2] == ["Nine pages.", "· It is the best so far."]
