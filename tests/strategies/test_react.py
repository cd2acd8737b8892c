"""Thoughts, actions and observations in turn, in the protocol or in text, until there is an answer or a vote."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from driving import QUESTION, Line, spoken, task
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot import portal
from chatbot.effects import CallTool, Effect, Flow, Generate, Together
from chatbot.errors import ContextOverflow, UsageError
from chatbot.journal import Journal
from chatbot.messages import Budget, Message, Reply, Segment, ToolCall, ToolResult, message
from chatbot.models import Scripted
from chatbot.models.model import Abilities
from chatbot.prompting.extraction import Extraction
from chatbot.runtime import Runtime
from chatbot.strategies import get
from chatbot.strategies.attempt import solve
from chatbot.strategies.call_limits import SAME, TWICE
from chatbot.strategies.react import NATIVE, React
from chatbot.strategies.react_text import STOP, WISH
from chatbot.strategies.self_consistency import SelfConsistency
from chatbot.strategies.task import Outcome, Strategy, Task
from chatbot.strategies.zero_shot import ZeroShot
from chatbot.tools import Toolbox, tool

NUMBER = Extraction("last_number")
MUTE = Abilities(writes=True, tools=False, context_tokens=4_000)
"""Of a model that writes and calls nothing."""


@tool(impact="none")
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@tool(impact="reads")
def search(query: str) -> str:
    """Searches the shelf."""
    return f"Nothing on {query}."


@tool(impact="writes")
def buy(thing: str) -> str:
    """Buys something."""
    return f"bought {thing}"


BOX = Toolbox([add, search, buy])


def acting(answer: Extraction | None = NUMBER, *, abilities: Abilities | None = None) -> Task:
    """The word problem, with tools."""
    given_task = task(answer=answer)
    given_task = given_task.asking(replace(given_task.request, tools=BOX.schemas()))
    return replace(given_task, abilities=abilities) if abilities else given_task


def drive(flow: Flow[Outcome], *results: object) -> tuple[list[Effect], Outcome]:
    """The effects of a flow, each answered by hand, and its outcome."""
    effects: list[Effect] = []
    given_results = iter((None, *results))
    while True:
        try:
            effects.append(flow.send(next(given_results)))
        except StopIteration as done:
            return effects, done.value


async def work(strategy: Strategy, given_task: Task, model: Scripted, budget: Budget) -> Outcome:
    journal = Journal(None)
    journal.begin_turn(None, "t", model=model.name, prompt="p")
    return await Runtime(model, journal, tools=BOX).run(solve(given_task, strategy, budget), "t")


def run(strategy: Strategy, given_task: Task, *replies: Line, budget: Budget | None = None) -> tuple[Outcome, Scripted]:
    """The outcome through the runtime with real tools, and the model with what it was asked."""
    model = Scripted(*replies)
    return asyncio.run(work(strategy, given_task, model, budget or Budget())), model


def calls(*made: tuple[str, str], text: str = "", number: int = 1) -> Reply:
    """A reply that calls tools in the protocol."""
    return Reply(text, tuple(ToolCall(f"c{number}-{at}", *each) for at, each in enumerate(made)))


def act(name: str, given_input: str, thought: str = "Hm.") -> str:
    return f"Thought: {thought}\nAction: {name}\nAction Input: {given_input}"


ADD = act("add", '{"a": 3, "b": 4}')
FINAL = "Thought: I know it.\nFinal Answer: 7"

# --- the exact sequence of effects ------------------------------------------------------------------------------------


def test_in_the_protocol_a_call_is_made_and_its_result_goes_back() -> None:
    given_task = acting()
    call = ToolCall("c1", "add", '{"a": 3, "b": 4}')
    effects, outcome = drive(
        React()(given_task), Reply("I need the sum.", (call,)), (ToolResult("c1", "add", "7"),), Reply("She has 7.")
    )
    system, user = given_task.request.messages
    asked = replace(user, parts=(*user.parts, Segment(NATIVE, "author")))
    first = replace(given_task.request, messages=(system, asked), purpose="step")
    said = Message("assistant", (Segment("I need the sum.", "model"),), (call,))
    observed = Message("tool", (Segment("7", "tool"),), call_id="c1")
    assert effects == [
        first,
        Together((CallTool(call),)),
        replace(first, messages=(system, asked, said, observed)),
    ]
    assert (outcome.text, outcome.answer, outcome.limit, outcome.shown) == ("She has 7.", "7", "", "")
    assert [use.result.text for use in outcome.uses] == ["7"]


def test_in_text_an_action_becomes_a_call_and_its_result_an_observation() -> None:
    given_task = acting(abilities=MUTE)
    call = ToolCall("step-1", "add", '{"a": 3, "b": 4}')
    made_up = f"{ADD}\nObservation: 12\nFinal Answer: 12"
    effects, outcome = drive(React()(given_task), Reply(made_up), (ToolResult("step-1", "add", "7"),), Reply(FINAL))
    first, made, second = effects
    assert isinstance(first, Generate) and isinstance(second, Generate)
    assert (first.purpose, first.tools, first.sampling.stop) == ("step", (), (STOP,))
    assert spoken(first)[-1][1].startswith(QUESTION + WISH.partition("{")[0])
    assert made == Together((CallTool(call),))
    said = message("assistant", ADD, "model")
    observed = Message("user", (Segment("Observation: ", "author"), Segment("7", "tool")))
    assert second == replace(first, messages=(*first.messages, said, observed))
    assert (outcome.text, outcome.answer, outcome.limit, outcome.shown) == ("7", "7", "", "")
    assert outcome.uses[0].call == call


@pytest.mark.parametrize(("form", "offered"), [("native", True), ("text", False)])
def test_the_form_can_be_chosen_whatever_the_model_is_said_to_be_able_to(form: str, offered: bool) -> None:
    asked = next(get("react", form=form)(acting(abilities=MUTE if offered else None)))
    assert isinstance(asked, Generate)
    assert bool(asked.tools) == offered


def test_each_step_is_in_the_trace() -> None:
    outcome, _ = run(React(), acting(abilities=MUTE), ADD, FINAL)
    thought, answer = outcome.trace.steps
    assert (outcome.trace.kind, outcome.trace.answer) == ("react", "7")
    assert (thought.kind, thought.text) == ("thought", "Hm.")
    assert [(each.kind, each.text, each.note) for each in thought.steps] == [("tool", "7", 'add {"a": 3, "b": 4}')]
    assert (answer.kind, answer.text, answer.answer, answer.note) == ("answer", "7", "7", "I know it.")


def test_several_calls_of_one_reply_go_out_together() -> None:
    outcome, model = run(
        React(), acting(), calls(("add", '{"a": 1, "b": 2}'), ("add", '{"a": 3, "b": 4}')), "They make 3 and 7."
    )
    assert [use.result.text for use in outcome.uses] == ["3", "7"]
    assert [each.text for each in model.requests[1].messages[-2:]] == ["3", "7"]


def test_an_answer_is_read_where_the_prompt_wants_it_behind_a_marker() -> None:
    outcome, _ = run(React(), acting(Extraction("after"), abilities=MUTE), FINAL)
    assert outcome.answer == "7"


def test_the_papers_finish_is_an_answer() -> None:
    outcome, _ = run(React(), acting(abilities=MUTE), "Thought 1: Easy.\nAction 1: Finish[7]")
    assert outcome.answer == "7"


# --- what models do wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (act("serch", "apples"), "there is no tool 'serch' (did you mean 'search'?)"),
        (act("add", "three and four"), "the arguments of add are not JSON"),
        (act("add", '{"a": 3, "c": 4}'), "wrong arguments for add: b is missing"),
        ("Thought: I am stuck.", "that is neither an action nor an answer"),
        ("", "that is neither an action nor an answer"),
        ("Observation: 7", "that is neither an action nor an answer"),
    ],
)
def test_what_is_wrong_with_an_action_is_its_observation(written: str, told: str) -> None:
    outcome, model = run(React(), acting(abilities=MUTE), written, FINAL)
    role, said = spoken(model.requests[1])[-1]
    assert role == "user" and said.startswith("Observation: ") and told in said
    assert outcome.answer == "7"


@pytest.mark.parametrize(
    ("name", "given_input", "told"),
    [("serch", "{}", "did you mean 'search'"), ("add", '{"a": 3}', "b is missing"), ("add", "3", "one JSON object")],
)
def test_in_the_protocol_too_it_is_the_calls_result(name: str, given_input: str, told: str) -> None:
    outcome, model = run(React(), acting(), calls((name, given_input)), "7")
    role, said = spoken(model.requests[1])[-1]
    assert role == "tool" and told in said
    assert outcome.answer == "7"


def test_names_are_known_however_they_are_spelled() -> None:
    outcome, _ = run(React(), acting(abilities=MUTE), "Action: `Add`(3, 4)", FINAL)
    assert outcome.uses[0].result.text == "7"


@pytest.mark.parametrize("abilities", [None, MUTE])
def test_an_action_that_is_repeated_for_the_same_result_is_told_so(abilities: Abilities | None) -> None:
    first, again = '{"a": 3, "b": 4}', '{"b": 4,  "a": 3}'
    replies = (
        (act("add", first), act("add", again), FINAL)
        if abilities
        else (calls(("add", first)), calls(("add", again), number=2), "7")
    )
    outcome, model = run(React(), acting(abilities=abilities), *replies)
    assert spoken(model.requests[2])[-1][1].removeprefix("Observation: ") == f"7{SAME}"
    assert "made before: add" in outcome.trace.steps[1].note


def test_an_action_that_is_repeated_again_ends_the_use_of_tools() -> None:
    again = [calls(("add", '{"a": 3, "b": 4}'), number=number) for number in range(3)]
    outcome, model = run(React(), acting(), *again, "7")
    assert [each.result.failed for each in outcome.uses] == [False, False, True]
    assert (outcome.answer, model.requests[3].tools) == ("7", ())
    assert "the same call again and again: add" in outcome.limit


def test_the_same_call_twice_in_one_reply_is_run_once_and_both_have_a_result() -> None:
    both = calls(("add", '{"a": 1, "b": 2}'), ("add", '{"b": 2, "a": 1}'), ("add", '{"a": 3, "b": 4}'))
    outcome, model = run(React(), acting(), both, "7")
    asked = model.requests[1].messages[-3:]
    assert [each.call_id for each in asked] == ["c1-0", "c1-1", "c1-2"]
    assert [use.result.attempts for use in outcome.uses] == [1, 0, 1]
    assert asked[1].text.endswith(TWICE)


def test_an_empty_reply_is_asked_for_again() -> None:
    outcome, model = run(React(), acting(), "", "7")
    assert "your reply is empty" in spoken(model.requests[1])[-1][1]
    assert outcome.answer == "7"


def test_a_result_taints_the_calls_that_follow_and_keeps_its_origin() -> None:
    outcome, model = run(
        React(), acting(abilities=MUTE), act("search", "apples"), act("buy", "apples"), act("add", "1, 2"), FINAL
    )
    assert model.requests[1].messages[-1].origins == {"author", "tool"}
    assert "the call needs approval" in outcome.uses[1].result.text


# --- out of steps -----------------------------------------------------------------------------------------------------


def search_for(number: int) -> str:
    return act("search", f"thing {number}")


def test_out_of_steps_a_vote_answers_and_both_are_told() -> None:
    vote = SelfConsistency(ZeroShot(), samples=3)
    replies = (search_for(1), search_for(2), "8", "7", "7")
    outcome, model = run(React(steps=2, fallback=vote), acting(abilities=MUTE), *replies)
    assert (outcome.answer, outcome.text) == ("7", "7")
    assert outcome.limit == "react came to no answer in 2 steps, so self_consistency answered"
    assert [each.kind for each in outcome.trace.steps] == ["thought", "thought", "vote"]
    assert outcome.trace.note == outcome.limit
    assert len(outcome.uses) == 1  # nothing could be made of the last action's result
    assert [spoken(each)[-1][1] for each in model.requests[2:]] == [QUESTION] * 3
    assert [each.tools for each in model.requests[2:]] == [()] * 3
    assert outcome.confidence is not None


def test_left_to_itself_it_takes_the_papers_seven_steps_and_at_most_its_21_samples() -> None:
    replies = [search_for(number) for number in range(7)]
    outcome, model = run(React(), acting(abilities=MUTE), *replies, *["Answer: 7"] * 4)
    assert len(model.requests) == 7 + 4  # four samples that agree decide the vote
    assert outcome.answer == "7"
    assert React().fallback == SelfConsistency(samples=21, adaptive=True)


def test_without_a_fallback_there_is_no_answer_and_it_is_told_why() -> None:
    outcome, _ = run(React(steps=1, fallback=None), acting(abilities=MUTE), search_for(1))
    assert (outcome.answer, outcome.text) == (None, "Hm.")
    assert outcome.limit == "react came to no answer in 1 steps"


def test_a_step_that_was_cut_makes_no_call_and_the_fallback_answers() -> None:
    cut = Reply(act("buy", "app"), finish="length")
    outcome, _ = run(React(fallback=ZeroShot()), acting(abilities=MUTE), cut, "7")
    assert outcome.uses == ()
    assert "step 1 ended early (length)" in outcome.limit
    assert outcome.answer == "7"


def test_an_answer_that_was_cut_is_returned_as_such() -> None:
    outcome, _ = run(React(), acting(abilities=MUTE), Reply("Final Answer: she has 7", finish="length"))
    assert (outcome.answer, outcome.finish) == ("7", "length")


def overflows(_: Generate) -> str:
    raise ContextOverflow("too long")


def test_steps_that_outgrow_the_models_context_lead_to_the_fallback() -> None:
    outcome, _ = run(React(fallback=ZeroShot()), acting(abilities=MUTE), search_for(1), overflows, "7")
    assert (outcome.answer, outcome.limit) == (
        "7",
        "the steps no longer fit the model's context, so zero_shot answered",
    )


def test_a_question_that_does_not_fit_is_no_reason_to_fall_back() -> None:
    with pytest.raises(ContextOverflow):
        run(React(), acting(), overflows)


def test_without_steps_or_tools_it_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 1"):
        React(steps=0)
    with pytest.raises(UsageError, match="none are offered"):
        next(React()(task()))


# --- budgets, votes, both worlds --------------------------------------------------------------------------------------

FULL = React(steps=3, fallback=SelfConsistency(ZeroShot(), samples=3))


@pytest.mark.parametrize("abilities", [None, MUTE])
@pytest.mark.parametrize("limit", range(8))
def test_a_budget_may_end_at_every_call_and_the_outcome_says_so(limit: int, abilities: Abilities | None) -> None:
    steps: Callable[[int], Line] = search_for if abilities else lambda n: calls(("search", f'{{"query": "{n}"}}'))
    replies = (steps(1), steps(2), steps(3), "7", "7", "7")
    outcome, model = run(FULL, acting(abilities=abilities), *replies, budget=Budget(calls=limit))
    assert len(model.requests) == outcome.usage.calls == min(limit, 6)
    assert (f"budget of {limit} calls" in outcome.limit) == (limit < 6)
    assert outcome.answer == ("7" if limit > 3 else None)
    assert len(outcome.trace.steps) >= min(limit, 3)


JUNK = st.text(max_size=30) | st.sampled_from(
    [FINAL, ADD, search_for(1), "Action: add", "Action: buy(", "Final Answer:", '{"action": "add", "action_input": 3}']
)


@settings(max_examples=40)
@given(st.lists(JUNK, min_size=6, max_size=6), st.integers(0, 7), st.booleans())
def test_whatever_the_model_writes_it_ends_within_its_budget(replies: list[str], limit: int, native: bool) -> None:
    given_task = acting(abilities=None if native else MUTE)
    outcome, model = run(FULL, given_task, *replies, budget=Budget(calls=limit))
    assert len(model.requests) == outcome.usage.calls <= limit
    assert outcome.limit or outcome.trace.steps[-1].kind == "answer"


def test_a_vote_over_it_draws_paths_of_their_own() -> None:
    strategy = get("self_consistency over react", samples=2)
    paths = [ADD, act("add", "1, 1"), "Final Answer: 7", "Final Answer: 7"]
    outcome, model = run(strategy, acting(abilities=MUTE), *paths)
    assert [each.sample for each in model.requests] == [0, 1, 0, 1]
    assert (outcome.answer, len(outcome.trace.steps)) == ("7", 2)


def test_it_can_be_told_what_to_fall_back_to() -> None:
    made = get("react", fallback={"name": "self_consistency", "over": "zero_shot", "samples": 3}, steps=3)
    assert made == FULL
    assert get("react", fallback=None).demonstrates == 0
    assert get("react").demonstrates is None


@pytest.mark.parametrize("abilities", [None, MUTE])
def test_sync_and_async_callers_get_the_same(abilities: Abilities | None) -> None:
    def outcome_of() -> tuple[Task, Scripted]:
        first = ADD if abilities else calls(("add", '{"a": 3, "b": 4}'))
        return acting(abilities=abilities), Scripted(first, FINAL)

    synced = portal.call(work(React(), *outcome_of(), Budget()))
    awaited = asyncio.run(work(React(), *outcome_of(), Budget()))
    assert replace(synced, usage=awaited.usage) == awaited
    assert synced.answer == "7"
