"""Simpler questions are asked for, answered in turn with what was found before, and the question itself comes last."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from driving import QUESTION, drive, run, run_with, spoken, task
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot import portal
from chatbot.effects import CallTool, Generate, Together, ToolSchema
from chatbot.errors import UsageError
from chatbot.journal import Journal
from chatbot.messages import Budget, Message, Reply, Segment, ToolCall, ToolResult, message
from chatbot.models import Scripted
from chatbot.prompting.extraction import Extraction
from chatbot.runtime import Runtime
from chatbot.strategies import get
from chatbot.strategies.attempt import solve
from chatbot.strategies.least_to_most import DECOMPOSE, FIRST, LAST, NEXT, LeastToMost

NUMBER = Extraction("last_number")
LIST = "1. How many had she?\n2. How many buys she?"
REPLIES = (LIST, "She has 3.", "She buys 4.", "3 and 4 make 7.")

# --- the exact sequence of effects ------------------------------------------------------------------------------------


def test_each_question_is_asked_with_those_before_it_and_their_answers() -> None:
    given_task = task(answer=NUMBER)
    effects, outcome = drive(LeastToMost()(given_task), *REPLIES)
    system, user = given_task.request.messages

    def ending_with(*parts: Segment) -> Message:
        return replace(user, parts=(*user.parts, *parts))

    decompose = ending_with(Segment(DECOMPOSE.format(most=5), "author"))
    first = (system, ending_with(Segment(FIRST, "author"), Segment("How many had she?", "model")))
    second = (
        *first,
        message("assistant", "She has 3.", "model"),
        Message("user", (Segment(NEXT, "author"), Segment("How many buys she?", "model"))),
    )
    last = (*second, message("assistant", "She buys 4.", "model"), message("user", LAST, "author"))
    step = replace(given_task.request, purpose="step")
    assert effects == [
        replace(step, messages=(system, decompose)),
        replace(step, messages=first),
        replace(step, messages=second),
        replace(given_task.request, messages=last),
    ]
    assert (outcome.text, outcome.answer, outcome.limit) == ("3 and 4 make 7.", "7", "")
    assert outcome.shown == outcome.text  # only the last is shown while it streams


def test_where_the_prompt_does_not_say_how_its_answer_is_read_a_line_is_asked_for() -> None:
    effects, outcome = drive(LeastToMost()(task()), LIST, "3", "4", "3 and 4 make 7.\nAnswer: 7")
    assert "'Answer:'" in spoken(effects[-1])[-1][1]
    assert outcome.answer == "7"


def test_tools_are_called_for_the_questions_and_not_for_the_list() -> None:
    add = ToolSchema("add", "Adds.", {"type": "object"})
    given_task = task(answer=NUMBER)
    given_task = given_task.asking(replace(given_task.request, tools=(add,)))
    flow = LeastToMost()(given_task)
    call = ToolCall("c1", "add", "{}")
    results = [None, Reply("1. How many had she?"), Reply("", (call,)), (ToolResult("c1", "add", "3"),), Reply("3")]
    listed, asked, acted, again, last = [flow.send(each) for each in results]
    assert (listed.tools, asked.tools) == ((), (add,))  # type: ignore[union-attr]
    assert acted == Together((CallTool(call),))
    assert [each.role for each in last.messages] == ["system", "user", "assistant", "tool", "assistant", "user"]  # type: ignore[union-attr]
    assert again.messages == last.messages[:4]  # type: ignore[union-attr]
    with pytest.raises(StopIteration) as done:
        flow.send(Reply("7"))
    assert [use.result.text for use in done.value.value.uses] == ["3"]


def test_each_step_is_in_the_trace() -> None:
    outcome = run(LeastToMost(), task(answer=NUMBER), *REPLIES)
    assert outcome.trace.kind == "least_to_most"
    assert [(each.kind, each.text, each.note) for each in outcome.trace.steps] == [
        ("decomposition", LIST, ""),
        ("subquestion", "She has 3.", "How many had she?"),
        ("subquestion", "She buys 4.", "How many buys she?"),
        ("answer", "3 and 4 make 7.", ""),
    ]


# --- lists that are none ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("listed", ["", "None.", f"1. {QUESTION}", Reply("1. How many has she", finish="length")])
def test_a_list_that_fails_leads_to_a_direct_answer(listed: str | Reply) -> None:
    model = Scripted(listed, "7")
    outcome = run_with(model, LeastToMost(), task(answer=NUMBER))
    assert spoken(model.requests[1]) == spoken(task().request)
    assert model.requests[1].purpose == "answer"
    assert outcome.answer == "7"
    assert "answered at once" in outcome.trace.steps[0].note


def test_a_list_that_has_no_end_is_cut() -> None:
    endless = "\n".join(f"{number}. Is it {number}?" for number in range(1, 90))
    model = Scripted(endless, *["no"] * 3, "7")
    outcome = run_with(model, LeastToMost(subquestions=3), task(answer=NUMBER))
    assert len(model.requests) == 5
    assert outcome.answer == "7"


def test_the_question_itself_is_not_asked_as_one_of_them() -> None:
    model = Scripted("1. How many buys she?\n2. How many has she?", "4", "7")
    run_with(model, LeastToMost(), task(answer=NUMBER))  # QUESTION ends in "How many has she?"
    assert len(model.requests) == 3


def test_an_empty_answer_on_the_way_does_not_stop_it() -> None:
    assert run(LeastToMost(), task(answer=NUMBER), LIST, "", "4", "7").answer == "7"


def test_a_number_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 1"):
        get("least_to_most", subquestions=0)


# --- budgets, votes, both worlds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("calls", range(6))
def test_a_budget_may_end_at_every_call_and_the_outcome_says_so(calls: int) -> None:
    model = Scripted(*REPLIES)
    outcome = run_with(model, LeastToMost(), task(answer=NUMBER), budget=Budget(calls=calls))
    assert len(model.requests) == outcome.usage.calls == min(calls, 4)
    assert (f"budget of {calls} calls" in outcome.limit) == (calls < 4)
    assert outcome.answer == ("7" if calls >= 4 else None)
    assert outcome.text == ["", "", "She has 3.", "She buys 4.", "3 and 4 make 7.", "3 and 4 make 7."][calls]


@settings(max_examples=40)
@given(
    st.lists(st.text(max_size=40) | st.sampled_from([LIST, "1. a?", "7"]), min_size=7, max_size=7), st.integers(0, 8)
)
def test_whatever_the_model_writes_it_ends_within_its_budget(replies: list[str], calls: int) -> None:
    model = Scripted(*replies)
    outcome = run_with(model, LeastToMost(), task(answer=NUMBER), budget=Budget(calls=calls))
    assert len(model.requests) == outcome.usage.calls <= min(calls, 7)
    assert outcome.limit or outcome.trace.steps[-1].kind == "answer"


def test_a_vote_over_it_draws_paths_of_their_own() -> None:
    strategy = get("self_consistency over least_to_most", samples=2)
    effects, outcome = drive(strategy(task(answer=NUMBER)), "1. a?", "1. b?", "3", "3", "7", "7")
    rounds = [each for each in effects if isinstance(each, Together)]
    asked = [each for round_ in rounds for each in round_.effects if isinstance(each, Generate)]
    assert [each.sample for each in asked] == [0, 1] * 3
    assert {each.purpose for each in asked} == {"step"}
    assert (outcome.answer, outcome.confidence is not None) == ("7", True)


def test_sync_and_async_callers_get_the_same() -> None:
    def work():  # type: ignore[no-untyped-def]
        journal = Journal(None)
        journal.begin_turn(None, "t", model="m", prompt="p")
        return Runtime(Scripted(*REPLIES), journal).run(solve(task(answer=NUMBER), LeastToMost(), Budget()), "t")

    assert portal.call(work()).trace == asyncio.run(work()).trace
