"""A draft is criticised and rewritten until there is nothing to criticise; the last whole one is the answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from driving import SHOTS, drive, run, run_with, spoken, task
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot import portal
from chatbot.effects import Generate, Together, ToolSchema
from chatbot.errors import UsageError
from chatbot.journal import Journal
from chatbot.messages import Budget, Reply, ToolCall, ToolResult, message
from chatbot.models import Scripted
from chatbot.prompting.extraction import Extraction
from chatbot.runtime import Runtime
from chatbot.strategies import get
from chatbot.strategies.attempt import solve
from chatbot.strategies.self_refine import FEEDBACK, REFINE, STOP, SelfRefine, is_content
from chatbot.strategies.structured import Structured

NUMBER = Extraction("last_number")
REPLIES = ("It is 8.", "3 and 4 are not 8.", "It is 7.", STOP)
WISH = FEEDBACK.format(criteria=SelfRefine().criteria)

# --- the exact sequence of effects ------------------------------------------------------------------------------------


def test_draft_feedback_and_rewriting_follow_each_other_with_all_that_was_said() -> None:
    given_task = task(answer=NUMBER)
    effects, outcome = drive(SelfRefine()(given_task), *REPLIES)
    draft = replace(given_task.request, purpose="step")
    criticise = (
        *draft.messages,
        message("assistant", "It is 8.", "model"),
        message("user", WISH, "author"),
    )
    rewrite = (*criticise, message("assistant", "3 and 4 are not 8.", "model"), message("user", REFINE, "author"))
    again = (*rewrite, message("assistant", "It is 7.", "model"), message("user", WISH, "author"))
    assert effects == [draft, *(replace(draft, messages=messages) for messages in (criticise, rewrite, again))]
    assert (outcome.text, outcome.answer, outcome.limit, outcome.shown) == ("It is 7.", "7", "", "")


def test_each_step_is_in_the_trace() -> None:
    outcome = run(SelfRefine(), task(answer=NUMBER), *REPLIES)
    assert [(each.kind, each.text, each.answer) for each in outcome.trace.steps] == [
        ("draft", "It is 8.", "8"),
        ("feedback", "3 and 4 are not 8.", None),
        ("refinement", "It is 7.", "7"),
        ("feedback", STOP, None),
    ]


def test_a_draft_that_is_good_costs_one_request_more() -> None:
    model = Scripted("It is 7.", STOP)
    assert run_with(model, SelfRefine(), task(answer=NUMBER)).text == "It is 7."
    assert len(model.requests) == 2


def test_rewriting_ends_where_the_answer_stays_and_its_wording_is_the_last() -> None:
    model = Scripted("7", "Say what they are.", "7 apples")
    outcome = run_with(model, SelfRefine(rounds=4), task(answer=NUMBER))
    assert (outcome.text, outcome.answer, len(model.requests)) == ("7 apples", "7", 3)


def test_rounds_are_bounded() -> None:
    model = Scripted("0", "Wrong.", "1", "Wrong.", "2", "Wrong.", "3")
    assert run_with(model, SelfRefine(rounds=3), task(answer=NUMBER)).answer == "3"
    assert len(model.requests) == 7


def test_what_makes_an_answer_good_can_be_said() -> None:
    (_, feedback), _ = drive(get("self_refine", criteria="is it a haiku")(task()), "Seven.", STOP)
    assert "is it a haiku" in spoken(feedback)[-1][1]


def test_what_tools_found_for_the_draft_goes_along_as_theirs() -> None:
    add = ToolSchema("add", "Adds.", {"type": "object"})
    given_task = task(answer=NUMBER)
    flow = SelfRefine()(given_task.asking(replace(given_task.request, tools=(add,))))
    call = ToolCall("c1", "add", "{}")
    results = [None, Reply("", (call,)), (ToolResult("c1", "add", "7"),), Reply("It is 7.")]
    first, _, _, feedback = [flow.send(each) for each in results]
    assert isinstance(first, Generate) and isinstance(feedback, Generate)
    assert (first.tools, feedback.tools) == ((add,), ())
    assert ("7", "tool") in [(part.text, part.origin) for part in feedback.messages[-1].parts]
    with pytest.raises(StopIteration) as done:
        flow.send(Reply(STOP))
    assert len(done.value.value.uses) == 1


# --- when feedback is content -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "feedback",
    [
        STOP,
        STOP.upper(),
        "'Nothing to improve.'",
        "**Nothing to improve**",
        "The sum is right. Nothing to improve.",
        "Nothing to improve. All of it is correct.",
        "There is nothing left to improve.",
        "Nothing needs to change.",
        "<think>Is the sum wrong?</think>Nothing to improve.",
        "",
        "  \n",
    ],
)
def test_feedback_is_content_where_it_says_so_or_nothing(feedback: str) -> None:
    assert is_content(feedback)


@pytest.mark.parametrize(
    "feedback",
    [
        "3 and 4 are not 8.",
        "Nothing to improve in the tone, but the sum is wrong.",
        "Nothing to improve. However, the unit is missing.",
        "1. The sum is wrong.\nNothing to improve.",
        "- The sum is wrong.\n- Nothing to improve.",
        "It says nothing.",
    ],
)
def test_praise_with_a_but_is_not(feedback: str) -> None:
    assert not is_content(feedback)


# --- drafts and rewritings that are no good ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refined", "why"),
    [("", "no answer"), ("I have mended it.", "no answer"), (Reply("It is 7", finish="length"), "length")],
)
def test_a_rewriting_that_is_cut_or_has_lost_the_answer_is_left_aside(refined: str | Reply, why: str) -> None:
    outcome = run(SelfRefine(), task(answer=NUMBER), "It is 8.", "Wrong.", refined)
    assert (outcome.text, outcome.answer) == ("It is 8.", "8")
    assert outcome.trace.steps[-1].kind == "refinement" and why in outcome.trace.steps[-1].note


@pytest.mark.parametrize("draft", ["", Reply("It is", finish="length"), Reply("No.", finish="filtered")])
def test_a_draft_that_was_cut_is_returned_as_such(draft: str | Reply) -> None:
    model = Scripted(draft)
    outcome = run_with(model, SelfRefine(), task(answer=NUMBER))
    assert len(model.requests) == 1
    assert outcome.finish == (draft.finish if isinstance(draft, Reply) else "complete")


@pytest.mark.parametrize("wrong", [{"rounds": 0}, {"criteria": " "}, {"over": Structured({"type": "object"})}])
def test_options_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="self_refine cannot"):
        get("self_refine", **wrong)


# --- composed ---------------------------------------------------------------------------------------------------------


def test_the_draft_may_come_from_any_strategy() -> None:
    strategy = get("self_refine over few_shot_cot")
    assert strategy.demonstrates is None
    effects, outcome = drive(strategy(task(shots=SHOTS)), "Hm.\nAnswer: 8", "Wrong.", "Well.\nAnswer: 7", STOP)
    assert "One and one are two." in str(spoken(effects[0]))
    assert "One and one are two." not in str(spoken(effects[1]))
    assert outcome.answer == "7"  # read as the draft's strategy reads it


def test_a_vote_may_write_the_draft_without_tools() -> None:
    given_task = task(answer=NUMBER)
    given_task = given_task.asking(replace(given_task.request, tools=(ToolSchema("add", "Adds.", {}),)))
    strategy = get("self_refine", over={"name": "self_consistency", "over": "zero_shot", "samples": 3})
    (votes, _), outcome = drive(strategy(given_task), "7", "8", "7", STOP)
    assert isinstance(votes, Together)
    assert {each.tools for each in votes.effects if isinstance(each, Generate)} == {()}
    assert outcome.trace.steps[0].steps[0].kind == "sample"


def test_a_vote_over_it_draws_paths_of_their_own() -> None:
    strategy = get("self_consistency over self_refine", samples=2)
    model = Scripted("8", "7", "Wrong.", STOP, "7", STOP)
    outcome = run_with(model, strategy, task(answer=NUMBER))
    assert [each.sample for each in model.requests] == [0, 1, 0, 1, 0, 0]
    assert (outcome.answer, outcome.trace.note) == ("7", "7: 2")


# --- budgets, both worlds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("calls", range(6))
def test_a_budget_may_end_at_every_call_and_the_outcome_says_so(calls: int) -> None:
    model = Scripted(*REPLIES)
    outcome = run_with(model, SelfRefine(), task(answer=NUMBER), budget=Budget(calls=calls))
    assert len(model.requests) == outcome.usage.calls == min(calls, 4)
    assert (f"budget of {calls} calls" in outcome.limit) == (calls < 4)
    assert outcome.answer == [None, "8", "8", "7", "7", "7"][calls]


@settings(max_examples=40)
@given(st.lists(st.text(max_size=40) | st.sampled_from([STOP, "7", "8"]), min_size=7, max_size=7), st.integers(0, 8))
def test_whatever_the_model_writes_it_ends_within_its_budget(replies: list[str], calls: int) -> None:
    model = Scripted(*replies)
    outcome = run_with(model, SelfRefine(rounds=3), task(answer=NUMBER), budget=Budget(calls=calls))
    assert len(model.requests) == outcome.usage.calls <= calls
    whole = [each for each in outcome.trace.steps if each.kind in ("draft", "refinement") and not each.note]
    assert not whole or outcome.text in [each.text for each in whole]


def test_sync_and_async_callers_get_the_same() -> None:
    def work():  # type: ignore[no-untyped-def]
        journal = Journal(None)
        journal.begin_turn(None, "t", model="m", prompt="p")
        return Runtime(Scripted(*REPLIES), journal).run(solve(task(answer=NUMBER), SelfRefine(), Budget()), "t")

    assert portal.call(work()).trace == asyncio.run(work()).trace
