"""How well a model calls tools in each of the ways in which it can be asked, measured on `call_tasks`.

Every task is put to the model in every way, greedily, as a chat would put it: what it cannot write is sent back to it
where a chat would. No tool is run. A reply is right where it makes the calls that the question wants, and no others.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chatbot.call_tasks import TASKS, CallTask, Wanted, tool_of
from chatbot.effects import Generate
from chatbot.errors import ModelError, ModelRefused, ModelUnreachable, ToolArgumentError, ToolsRefused, UsageError
from chatbot.journal import Journal
from chatbot.messages import ToolCall, message
from chatbot.models.call_rungs import RUNGS, Rung, on_rung, rungs_of
from chatbot.models.model import Model
from chatbot.runtime import Runtime
from chatbot.sampling import Sampling
from chatbot.strategies.spoken_calls import Asked, ask
from chatbot.strategies.task import Task

SECONDS = 300.0
"""Longest that a trial takes: what has come by then counts."""

AT_ONCE = 4
"""Requests that go out side by side: services answer them together, and a local model writes them together."""

REPLY_TOKENS = 1024
"""Room for a model that thinks before it calls."""

SYSTEM = "You are a helpful assistant. Call a tool where one helps, else answer in a short sentence."


@dataclass(frozen=True, slots=True)
class Seen:
    """What one task came to in one way."""

    task: int
    rung: Rung
    right: bool
    broken: bool
    """A call could not be read or broke its schema, or the reply broke off."""


@dataclass(frozen=True, slots=True)
class Tried:
    """How one way did, on the tasks that every way has seen."""

    rung: Rung
    right: int
    broken: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What was measured."""

    tried: tuple[Tried, ...]
    """Each way that the model has, from the first of the ladder down."""
    tasks: int
    """That were put to the model in every way."""
    of: int
    """All tasks; there was no time for the others."""
    seconds: float

    @property
    def best(self) -> Rung | None:
        """The way with the most right replies, of equals the first; None where nothing was measured."""
        if not self.tasks:
            return None
        return max(self.tried, key=lambda each: (each.right, -RUNGS.index(each.rung))).rung


async def measure(
    model: Model,
    *,
    tasks: Sequence[CallTask] = TASKS,
    seconds: float = SECONDS,
    reply_tokens: int = REPLY_TOKENS,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Trial:
    """Puts the tasks to the model in every way that it has, a task at a time in all ways, until the time is over.

    tell: told how many replies have come, of how many. Raises UsageError for a model that does not write, and what a
    model raises that cannot be asked at all.
    """
    rungs, started, seen = rungs_of(model), time.perf_counter(), list[Seen]()
    if not rungs:
        raise UsageError(f"{model.name} only quotes, and calls no tools", hint="name a model that writes: --model")
    models = {rung: on_rung(model, rung) for rung in rungs}
    gate = asyncio.Semaphore(AT_ONCE)

    async def put(number: int, rung: Rung) -> None:
        async with gate:
            seen.append(await _put(models[rung], number, tasks[number], rung, reply_tokens))
        tell(len(seen), len(tasks) * len(rungs))

    work = [asyncio.ensure_future(put(number, rung)) for number in range(len(tasks)) for rung in rungs]
    try:
        done, _ = await asyncio.wait(work, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for each in done:
            each.result()
    finally:
        for each in work:
            each.cancel()
        await asyncio.gather(*work, return_exceptions=True)
    return _counted(seen, rungs, len(tasks), time.perf_counter() - started)


def _counted(seen: Sequence[Seen], rungs: Sequence[Rung], tasks: int, seconds: float) -> Trial:
    """Only tasks that were seen in all ways are compared."""
    times = Counter(each.task for each in seen)
    whole = {number for number, ways in times.items() if ways == len(rungs)}
    counted = [each for each in seen if each.task in whole]
    tried = tuple(
        Tried(
            rung,
            right=sum(each.right for each in counted if each.rung == rung),
            broken=sum(each.broken for each in counted if each.rung == rung),
        )
        for rung in rungs
    )
    return Trial(tried, len(whole), tasks, seconds)


async def _put(model: Model, number: int, task: CallTask, rung: Rung, reply_tokens: int) -> Seen:
    tools = tuple(tool_of(name).schema for name in task.tools)
    request = Generate(
        (message("system", SYSTEM, "author"), message("user", task.question, "user")),
        purpose="step",
        tools=tools,
        sampling=Sampling(temperature=0.0, max_tokens=reply_tokens),
    )
    journal, trace_id = Journal(None), uuid.uuid4().hex
    journal.begin_turn(None, trace_id, model=model.name, prompt="call_trial")
    try:
        asked = await Runtime(model, journal).run(ask(Task(request, abilities=model.abilities), request), trace_id)
    except ModelError as error:
        if isinstance(error, ModelUnreachable | ModelRefused) and not isinstance(error, ToolsRefused):
            raise  # it is not there, which says nothing of how it calls
        return Seen(number, rung, right=False, broken=True)
    if asked.spoken and rung != "text":
        return Seen(number, rung, right=False, broken=True)  # it had to be asked in words after all
    return _judged(asked, number, task, rung)


def _judged(asked: Asked, number: int, task: CallTask, rung: Rung) -> Seen:
    calls = [_read(call, task) for call in asked.reply.tool_calls]
    broken = bool(asked.limit) or asked.reply.finish != "complete" or None in calls
    missing = list(task.wanted)
    for call in calls:
        fitting = next((wanted for wanted in missing if call is not None and _fits(call, wanted)), None)
        if fitting is None:
            return Seen(number, rung, right=False, broken=broken)
        missing.remove(fitting)
    return Seen(number, rung, right=not missing and not broken, broken=broken)


def _read(call: ToolCall, task: CallTask) -> tuple[str, dict[str, object]] | None:
    """Name and arguments as the tool would take them; None where it would not."""
    if call.name not in task.tools or call.flaw:
        return None
    try:
        return call.name, tool_of(call.name).arguments.read(call.arguments)
    except ToolArgumentError:
        return None


def _fits(call: tuple[str, dict[str, object]], wanted: Wanted) -> bool:
    name, arguments = call
    if name != wanted.tool or not wanted.arguments.keys() <= arguments.keys():
        return False
    known = {**wanted.optional, **wanted.arguments}
    return all(key in known and _same(value, known[key]) for key, value in arguments.items())


def _same(value: object, wanted: object) -> bool:
    """Whether values mean the same: letters may be small or capital, and a text may end in a full stop."""
    match value, wanted:
        case str(), str():
            return " ".join(value.split()).casefold().rstrip(".!") == wanted.casefold()
        case list(), list():
            return len(value) == len(wanted) and all(map(_same, value, wanted))
        case dict(), dict():
            return value.keys() == wanted.keys() and all(_same(value[key], wanted[key]) for key in wanted)
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)
