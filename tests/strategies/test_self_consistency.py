"""A vote over samples: who wins, how sure it is, and how few samples an adaptive one takes."""

from __future__ import annotations

import asyncio

import pytest
from driving import SHOTS, drive, run, run_with, spoken, task
from hypothesis import given
from hypothesis import strategies as st

from chatbot import portal
from chatbot.effects import Generate, Together
from chatbot.errors import ModelUnreachable, UsageError
from chatbot.journal import Journal
from chatbot.messages import Budget
from chatbot.models import Scripted
from chatbot.prompting.extraction import Extraction
from chatbot.runtime import Runtime
from chatbot.strategies import get
from chatbot.strategies.attempt import solve
from chatbot.strategies.votes import confidence

NUMBER = Extraction("last_number")


def test_all_samples_go_out_together_and_differ_in_their_number_only() -> None:
    (asked,), outcome = drive(get("self_consistency", samples=3)(task(answer=NUMBER)), "7", "8", "7")
    assert isinstance(asked, Together)
    assert [each.sample for each in asked.effects if isinstance(each, Generate)] == [0, 1, 2]
    assert {each.sampling.temperature for each in asked.effects if isinstance(each, Generate)} == {0.7}
    assert {each.purpose for each in asked.effects if isinstance(each, Generate)} == {"step"}
    assert len({str(spoken(each)) for each in asked.effects}) == 1
    assert outcome.answer == "7"


def test_the_first_sample_that_came_to_the_leader_speaks_for_it() -> None:
    outcome = run(get("self_consistency", samples=3), task(answer=NUMBER), "It is 8.", "It is 7.", "So: 7.")
    assert outcome.text == "It is 7."
    assert outcome.confidence == confidence(2, 1)
    assert [step.answer for step in outcome.trace.steps] == ["8", "7", "7"]
    assert "7: 2, 8: 1" in outcome.trace.note


def test_samples_without_an_answer_vote_for_nothing_and_are_counted() -> None:
    outcome = run(get("self_consistency", samples=3), task(answer=NUMBER), "No idea.", "None.", "7")
    assert outcome.answer == "7"
    assert "2 without an answer" in outcome.trace.note


def test_where_no_sample_holds_an_answer_there_is_none() -> None:
    outcome = run(get("self_consistency", samples=2), task(answer=NUMBER), "No idea.", "None.")
    assert outcome.answer is None
    assert outcome.confidence == 0
    assert outcome.text == "No idea."


def test_it_samples_what_it_is_told_to() -> None:
    (asked,), _ = drive(
        get("self_consistency over few_shot_cot", samples=2)(task(shots=SHOTS)), "Answer: 7", "Answer: 7"
    )
    assert isinstance(asked, Together)
    assert "One and one are two." in str(spoken(asked.effects[0]))


def test_left_to_itself_it_reasons_from_demonstrations_where_there_are_some() -> None:
    with_shots, _ = drive(get("self_consistency", samples=1)(task(shots=SHOTS)), "Answer: 7")
    without, _ = drive(get("self_consistency", samples=1)(task()), "Answer: 7")
    assert "One and one are two." in str(with_shots)
    assert "step by step" in str(without)


def test_strategies_of_several_calls_are_sampled_in_step() -> None:
    strategy = get("self_consistency over zero_shot_cot", samples=2)
    (reasoning, conclusions), outcome = drive(strategy(task(answer=NUMBER)), "Hm, 7.", "Hm, 8.", "7", "7")
    assert isinstance(reasoning, Together)
    assert isinstance(conclusions, Together)
    assert outcome.answer == "7"
    assert outcome.text.startswith("Hm, 7.")


def test_votes_of_votes_draw_samples_of_their_own() -> None:
    inner = {"name": "self_consistency", "over": "zero_shot", "samples": 2}
    (asked,), outcome = drive(get("self_consistency", over=inner, samples=2)(task(answer=NUMBER)), "7", "7", "7", "8")
    assert isinstance(asked, Together)
    assert [each.sample for each in asked.effects if isinstance(each, Generate)] == [0, 1, 2, 3]
    assert outcome.answer == "7"


# --- adaptive ---------------------------------------------------------------------------------------------------------


def test_an_adaptive_vote_that_agrees_ends_after_four_samples() -> None:
    model = Scripted("7", repeat=True)
    outcome = run_with(model, get("self_consistency", samples=40, adaptive=True), task(answer=NUMBER))
    assert len(model.requests) == 4
    assert outcome.confidence == confidence(4, 0) > 0.95


def test_an_adaptive_vote_asks_for_as_many_as_may_decide() -> None:
    effects, _ = drive(
        get("self_consistency", samples=40, adaptive=True)(task(answer=NUMBER)), "7", "7", "8", "7", "7", "7", "7"
    )
    assert [len(each.effects) for each in effects if isinstance(each, Together)] == [4, 3]


def test_a_vote_that_is_never_decided_ends_at_its_samples() -> None:
    model = Scripted("7", "8", repeat=True)
    outcome = run_with(model, get("self_consistency", samples=10, adaptive=True), task(answer=NUMBER))
    assert len(model.requests) == 10
    assert outcome.confidence is not None and outcome.confidence < 0.95


# --- faults -----------------------------------------------------------------------------------------------------------


def fails(_: Generate) -> str:
    raise ModelUnreachable("gone")


def test_a_sample_that_fails_costs_only_itself() -> None:
    outcome = run(get("self_consistency", samples=3), task(answer=NUMBER), "7", fails, "7")
    assert outcome.answer == "7"
    assert "1 failed" in outcome.trace.note


def test_where_every_sample_fails_the_failure_is_told() -> None:
    with pytest.raises(ModelUnreachable, match="gone"):
        run(get("self_consistency", samples=2), task(), fails, fails)


@given(st.integers(0, 12))
def test_with_a_budget_the_best_so_far_is_returned_and_marked(calls: int) -> None:
    model = Scripted("7", repeat=True)
    given_task = task(answer=NUMBER)
    outcome = run_with(model, get("self_consistency", samples=10), given_task, budget=Budget(calls=calls))
    assert len(model.requests) == outcome.usage.calls == min(calls, 10)
    assert bool(outcome.limit) == (calls < 10)
    assert outcome.answer == ("7" if calls else None)


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"temperature": -1.0}, {"confidence": 1.0}, {"confidence": 0.2}])
def test_numbers_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="self_consistency cannot"):
        get("self_consistency", **wrong)


# --- both worlds ------------------------------------------------------------------------------------------------------


def test_sync_and_async_callers_get_the_same() -> None:
    def work(model: Scripted):  # type: ignore[no-untyped-def]
        journal = Journal(None)
        journal.begin_turn(None, "t", model="m", prompt="p")
        return Runtime(model, journal).run(
            solve(task(answer=NUMBER), get("self_consistency", samples=3), Budget()), "t"
        )

    replies = ("7", "8", "7")
    assert portal.call(work(Scripted(*replies))).answer == asyncio.run(work(Scripted(*replies))).answer == "7"
