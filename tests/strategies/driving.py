"""How tests run a strategy: by hand, effect by effect, or through the real runtime with a scripted model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from chatbot.effects import Effect, Flow, Generate, Together
from chatbot.journal import Journal
from chatbot.messages import Budget, Reply, Usage, message
from chatbot.models import Scripted
from chatbot.prompting.extraction import Extraction
from chatbot.runtime import Runtime
from chatbot.strategies.attempt import solve
from chatbot.strategies.task import Outcome, Shot, Strategy, Task

QUESTION = "Ann has 3 apples and buys 4. How many has she?"

SHOTS = (
    Shot(message("user", "1 and 1?", "author"), "2", "One and one are two."),
    Shot(message("user", "2 and 3?", "author"), "5", "Two and three are five."),
)


def task(*, shots: Sequence[Shot] = (), answer: Extraction | None = None) -> Task:
    """A word problem, put to a model that is told to be careful."""
    said = (message("system", "Be careful.", "author"), message("user", QUESTION, "user"))
    return Task(Generate(said), tuple(shots), answer)


Line = str | Reply | Callable[[Generate], str]


def run(strategy: Strategy, given: Task, *replies: Line, budget: Budget | None = None) -> Outcome:
    """The outcome through the runtime, with a model that says this."""
    return run_with(Scripted(*replies), strategy, given, budget=budget)


def run_with(model: Scripted, strategy: Strategy, given: Task, *, budget: Budget | None = None) -> Outcome:
    """The outcome through the runtime, with this model."""
    journal = Journal(None)
    journal.begin_turn(None, "t", model=model.name, prompt="p")
    return asyncio.run(Runtime(model, journal).run(solve(given, strategy, budget or Budget()), "t"))


def drive(flow: Flow[Outcome], *texts: str) -> tuple[list[Effect], Outcome]:
    """The effects of a flow, whose requests are answered by hand in order, and its outcome."""
    said = iter(texts)
    effects: list[Effect] = []
    result: object = None
    while True:
        try:
            effect = flow.send(result)
        except StopIteration as done:
            return effects, done.value
        effects.append(effect)
        if isinstance(effect, Together):
            result = tuple(Reply(next(said)) for _ in effect.effects)
        else:
            result = Reply(next(said), usage=Usage(calls=1))


def spoken(request: Effect) -> list[tuple[str, str]]:
    """The messages of a request, as role and text."""
    assert isinstance(request, Generate)
    return [(each.role, each.text) for each in request.messages]
