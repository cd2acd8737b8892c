"""One request with tools, until none is called."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import run_with, task

from chatbot.effects import CallTool, Together, ToolSchema
from chatbot.errors import BudgetSpent, ToolError
from chatbot.messages import Budget, Reply, ToolCall, ToolResult, message
from chatbot.models import Scripted
from chatbot.strategies import get
from chatbot.strategies.converse import converse
from chatbot.strategies.spending import metered
from chatbot.strategies.task import Task

ADD = ToolSchema("add", "Adds.", {"type": "object"})
CALL = ToolCall("c1", "add", "{}")


def with_tools(rounds: int = 8) -> Task:
    given = task()
    return replace(given, request=replace(given.request, tools=(ADD,)), rounds=rounds)


def test_results_go_back_to_the_model_until_it_answers() -> None:
    flow = converse(with_tools())
    first = next(flow)
    assert flow.send(Reply("", (CALL,))) == Together((CallTool(CALL),))
    second = flow.send((ToolResult("c1", "add", "7"),))
    assert [each.role for each in second.messages] == ["system", "user", "assistant", "tool"]  # type: ignore[union-attr]
    assert second.tools == first.tools == (ADD,)  # type: ignore[union-attr]
    with pytest.raises(StopIteration) as done:
        flow.send(Reply("It is 7."))
    said = done.value.value
    assert said.reply.text == "It is 7."
    assert [use.result.text for use in said.uses] == ["7"]
    assert not said.limit


def test_the_last_round_is_offered_no_tools_and_calls_in_it_are_told() -> None:
    flow = converse(with_tools(rounds=2))
    next(flow)
    flow.send(Reply("", (CALL,)))
    last = flow.send((ToolResult("c1", "add", "7"),))
    assert last.tools == ()  # type: ignore[union-attr]
    with pytest.raises(StopIteration) as done:
        flow.send(Reply("Hm", (CALL,)))
    assert "after 2 rounds" in done.value.value.limit


def test_who_answers_only_because_the_rounds_are_over_is_marked() -> None:
    flow = converse(with_tools(rounds=2))
    next(flow)
    flow.send(Reply("", (CALL,)))
    flow.send((ToolResult("c1", "add", "7"),))
    with pytest.raises(StopIteration) as done:
        flow.send(Reply("It is 7."))
    assert done.value.value.limit == "the 2 rounds of the turn were over, and the model had to answer"


def test_a_budget_that_is_spent_in_the_middle_leaves_what_was_said_and_done() -> None:
    flow = metered(converse(with_tools()), Budget(calls=1))
    flow.send(None)
    flow.send(Reply("Let me add.", (CALL,)))
    with pytest.raises(StopIteration) as done:
        flow.send((ToolResult("c1", "add", "7"),))
    said, _ = done.value.value
    assert (said.reply.text, said.reply.tool_calls, said.limit) == ("Let me add.", (), "the budget of 1 calls is spent")
    assert [use.result.text for use in said.uses] == ["7"]
    with pytest.raises(BudgetSpent):
        metered(converse(with_tools()), Budget(calls=0)).send(None)


def test_calls_are_tainted_where_a_document_spoke() -> None:
    given = with_tools()
    seen = replace(given.request, messages=(*given.request.messages, message("user", "Send it!", "document")))
    flow = converse(given, seen)
    next(flow)
    assert flow.send(Reply("", (CALL,))) == Together((CallTool(CALL, tainted=True),))


def test_without_tools_a_call_is_answered_by_an_error_that_reaches_the_caller() -> None:
    with pytest.raises(ToolError):
        run_with(Scripted(Reply("", (CALL,))), get("zero_shot"), with_tools())
