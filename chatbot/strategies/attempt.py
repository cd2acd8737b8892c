"""A prompt and its inputs to a task, and a task to an outcome: what chat, Python and evaluation run alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from chatbot.effects import Embed, Flow, Generate, ToolSchema
from chatbot.errors import OUT_OF_TIME, BudgetSpent, UsageError
from chatbot.messages import Budget, Segment, Step
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.prompting import Prompt
from chatbot.prompting.demonstrations import Demonstration, select, texts_to_embed
from chatbot.sampling import Sampling
from chatbot.strategies.registry import LoadPrompt, get
from chatbot.strategies.spending import metered
from chatbot.strategies.structured import Structured
from chatbot.strategies.task import WRITES, Act, Outcome, Shot, Strategy, Task, call_tools


@dataclass(frozen=True, slots=True)
class Means:
    """What an attempt has beside the prompt."""

    sampling: Sampling | None = None
    """How to draw; None for the prompt's own."""
    tools: tuple[ToolSchema, ...] = ()
    abilities: Abilities = WRITES
    count: Callable[[str], int] = estimate_tokens
    """Tokens of a text, by the model's estimate."""
    budget: Budget | None = None
    """None for the prompt's own."""
    act: Act = call_tools
    """Runs the calls that the model makes."""


def strategy_of(prompt: Prompt, load: LoadPrompt = Prompt.load) -> Strategy:
    """The strategy that a prompt file names. Raises PromptError, with its line, where there is none such."""
    wish = prompt.settings.strategy
    declared = {"schema": prompt.outputs} if prompt.outputs and wish.name == Structured.name else {}
    try:
        return get(wish.name, load=load, **{**declared, **wish.options})
    except UsageError as error:
        raise prompt.file.error(error.message, at=("metadata", "chatbot", "strategy"), hint=error.hint) from error


def attempt(
    prompt: Prompt, inputs: Mapping[str, object], strategy: Strategy | None = None, means: Means = Means()
) -> Flow[Outcome]:
    """Answers one item. `strategy` None: the one that the prompt names.

    Raises PromptError for inputs that do not fit and for a strategy that lacks demonstrations, and what the model
    raises. A budget that is spent is no error: the outcome is the best so far, and says so.
    """
    strategy = strategy or strategy_of(prompt)
    shots = yield from demonstrate(prompt, inputs, strategy, means.count)
    request = Generate(tuple(prompt.render(**inputs)), tools=means.tools, sampling=means.sampling or prompt.sampling)
    task = Task(request, shots, prompt.settings.answer, act=means.act, abilities=means.abilities)
    return (yield from solve(task, strategy, means.budget or prompt.settings.budget))


def solve(task: Task, strategy: Strategy, budget: Budget) -> Flow[Outcome]:
    """The outcome of a task, with what was spent on it."""
    (outcome, usage) = yield from metered(_within(task, strategy), budget)
    return replace(outcome, usage=usage)


def _within(task: Task, strategy: Strategy) -> Flow[Outcome]:
    try:
        outcome = yield from strategy(task)
    except BudgetSpent as error:
        return Outcome("", None, Step(strategy.name, note=error.message), limit=error.message)
    return replace(outcome, limit=OUT_OF_TIME) if outcome.finish == "interrupted" else outcome


def demonstrate(
    prompt: Prompt, item: Mapping[str, object], strategy: Strategy, count: Callable[[str], int]
) -> Flow[tuple[Shot, ...]]:
    """The demonstrations that a strategy shows with an item, rendered; never the item itself."""
    pool, choice = prompt.pool, prompt.settings.examples
    if pool is None or choice is None or strategy.demonstrates == 0:
        return ()
    if strategy.demonstrates is not None:
        choice = replace(choice, k=min(choice.k, strategy.demonstrates))
    texts = texts_to_embed(pool, choice, item)
    vectors = (yield Embed(texts)) if texts else None
    return tuple(_shot(prompt, each) for each in select(pool, choice, item, vectors=vectors, count=count))


def _shot(prompt: Prompt, demonstration: Demonstration) -> Shot:
    """The user's turn is the one that the prompt makes of the demonstration's inputs."""
    question = prompt.render(**{name: _authored(value) for name, value in demonstration.inputs.items()})[-1]
    return Shot(question, demonstration.answer, demonstration.rationale)


def _authored(value: object) -> object:
    """A value of a pool: it stands in the project's own files, so its text is the author's."""
    match value:
        case str():
            return Segment(value, "author")
        case Mapping():
            return {key: _authored(item) for key, item in value.items()}
        case list():
            return [_authored(item) for item in value]
    return value
