"""How well a model calls tools is measured by what it does with small tasks, in every way in which it can be asked."""

from __future__ import annotations

import asyncio
import json

import pytest

from chatbot.call_tasks import TASKS, CallTask, Wanted, tool_of
from chatbot.call_trial import Trial, Tried, measure
from chatbot.effects import Generate
from chatbot.errors import ModelError, ModelUnreachable, ToolsRefused, UsageError
from chatbot.messages import Reply, ToolCall
from chatbot.models import Scripted
from chatbot.models.model import Abilities
from chatbot.models.prices import FREE

QUOTES = Abilities(writes=False, tools=False, context_tokens=8_000, price=FREE)
FIVE = TASKS[:5]


def calls_of(task: CallTask) -> tuple[ToolCall, ...]:
    return tuple(
        ToolCall(f"call_{number}", wanted.tool, json.dumps(wanted.arguments, ensure_ascii=False))
        for number, wanted in enumerate(task.wanted)
    )


def task_of(request: Generate) -> CallTask:
    return next(task for task in TASKS if any(task.question == said.text for said in request.messages))


def knows(request: Generate) -> Reply:
    """A model that calls well in the protocol, and never in words."""
    task = task_of(request)
    return Reply("", calls_of(task)) if request.tools and task.wanted else Reply("Certainly.")


def speaks(request: Generate) -> Reply:
    """A model that calls well in words, and in the protocol gets every argument wrong."""
    calls = calls_of(task_of(request))
    if request.tools:
        return Reply("", tuple(ToolCall(call.id, call.name, '{"wrong": 1}') for call in calls))
    blocks = [f'<tool_call>\n{{"name": "{call.name}", "arguments": {call.arguments}}}\n</tool_call>' for call in calls]
    return Reply("\n".join(blocks) or "Hello.")


def trial_of(model: Scripted, **options: object) -> Trial:
    return asyncio.run(measure(model, **options))  # type: ignore[arg-type]


def test_every_task_can_be_solved_and_its_tools_take_what_it_wants() -> None:
    for task in TASKS:
        for wanted in task.wanted:
            assert wanted.tool in task.tools
            taken = tool_of(wanted.tool).arguments.read(json.dumps({**wanted.optional, **wanted.arguments}))
            assert taken == {**wanted.optional, **wanted.arguments}
    assert len({task.question for task in TASKS}) == len(TASKS) >= 24
    assert sum(not task.wanted for task in TASKS) >= 4
    assert sum(len(task.wanted) > 1 for task in TASKS) >= 2


def test_a_model_that_calls_well_in_the_protocol_is_asked_there() -> None:
    trial = trial_of(Scripted(knows, repeat=True))
    wordless = sum(not task.wanted for task in TASKS)
    assert trial.tried == (Tried("native", len(TASKS), 0), Tried("text", wordless, 0))
    assert trial.best == "native" and trial.tasks == trial.of == len(TASKS)


def test_a_model_that_calls_better_in_words_is_asked_in_words() -> None:
    trial = trial_of(Scripted(speaks, repeat=True))
    native, text = trial.tried
    assert text.right == len(TASKS) and native.right < text.right
    assert native.broken == sum(bool(task.wanted) for task in TASKS)
    assert trial.best == "text"


def test_of_ways_that_are_equally_good_the_first_is_taken() -> None:
    assert Trial((Tried("native", 3, 1), Tried("constrained", 3, 0), Tried("text", 2, 0)), 4, 4, 1.0).best == "native"
    assert Trial((Tried("native", 3, 1), Tried("constrained", 4, 0), Tried("text", 4, 0)), 4, 4, 1.0).best == (
        "constrained"
    )


def test_an_endpoint_that_refuses_tools_has_them_all_wrong() -> None:
    def refuses(request: Generate) -> Reply:
        if request.tools:
            raise ToolsRefused("this model does not support tools")
        return speaks(request)

    trial = trial_of(Scripted(refuses, repeat=True), tasks=FIVE)
    assert trial.tried == (Tried("native", 0, 5), Tried("text", 5, 0))


@pytest.mark.parametrize(
    "reply",
    [
        Reply("", (ToolCall("1", "weather_now", '{"city": "Bergen"}'),)),
        Reply("", (ToolCall("1", "weather_forecast", '{"city": "Oslo", "days": 1}'),)),
        Reply("", (ToolCall("1", "weather_now", '{"city": "Oslo"}'), ToolCall("2", "weather_now", '{"city": "Oslo"}'))),
        Reply("", (ToolCall("1", "weather_now", '{"city": "Oslo", "unit": "fahrenheit"}'),)),
        Reply("It is fine."),
    ],
)
def test_a_call_that_was_not_wanted_is_wrong_and_not_broken(reply: Reply) -> None:
    trial = trial_of(Scripted(reply, repeat=True), tasks=TASKS[:1])
    assert trial.tried[0] == Tried("native", 0, 0)


@pytest.mark.parametrize(
    "reply",
    [
        Reply("", (ToolCall("1", "weather_now", '{"city": "Os'),)),
        Reply("", (ToolCall("1", "weather_now", '{"town": "Oslo"}'),)),
        Reply("", (ToolCall("1", "rain", "{}"),)),
        Reply("The weather", finish="length"),
    ],
)
def test_a_call_that_no_tool_takes_is_broken(reply: Reply) -> None:
    assert trial_of(Scripted(reply, repeat=True), tasks=TASKS[:1]).tried[0] == Tried("native", 0, 1)


@pytest.mark.parametrize("arguments", ['{"city": "oslo"}', '{"city": " Oslo. "}', '{"city":"Oslo","unit":"celsius"}'])
def test_small_letters_and_full_stops_make_no_call_wrong(arguments: str) -> None:
    reply = Reply("", (ToolCall("1", "weather_now", arguments),))
    assert trial_of(Scripted(reply, repeat=True), tasks=TASKS[:1]).tried[0].right == 1


def test_true_is_no_number() -> None:
    task = CallTask("Multiply.", ("switch_light",), (Wanted("switch_light", {"room": "hall", "on": True}),))
    off = Reply("", (ToolCall("1", "switch_light", '{"room": "hall", "on": false}'),))
    assert trial_of(Scripted(off, repeat=True), tasks=[task]).tried[0].right == 0


def test_what_came_in_time_counts() -> None:
    slow = Scripted("I would have to think about that for a while.", repeat=True, delay=0.05)
    trial = trial_of(slow, seconds=0.9)
    assert trial.tasks < trial.of == len(TASKS)


def test_where_nothing_came_in_time_nothing_is_best() -> None:
    assert trial_of(Scripted("One, two.", repeat=True, delay=5.0), seconds=0.05).best is None


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    trial_of(Scripted(knows, repeat=True), tasks=FIVE, tell=lambda done, of: told.append((done, of)))
    assert told == [(number, 10) for number in range(1, 11)]


def test_a_model_that_is_not_there_is_no_model_that_calls_badly() -> None:
    def gone(_: Generate) -> Reply:
        raise ModelUnreachable("nothing listens there")

    with pytest.raises(ModelUnreachable):
        trial_of(Scripted(gone, repeat=True))


def test_a_task_that_fails_for_itself_is_not_done() -> None:
    def fails(_: Generate) -> Reply:
        raise ModelError("too long")

    assert trial_of(Scripted(fails, repeat=True), tasks=FIVE).tried[0] == Tried("native", 0, 5)


def test_a_model_that_only_quotes_is_refused() -> None:
    with pytest.raises(UsageError, match="calls no tools"):
        trial_of(Scripted("x", abilities=QUOTES))
