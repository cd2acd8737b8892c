"""Several prompts or strategies on one question, over the same passages: which says it better, and at what price.

One question shows how variants differ, not which is better: that takes many, and `eval`.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from chatbot import portal, strategies
from chatbot.bot import Chatbot
from chatbot.context import Past, Setting
from chatbot.effects import Flow
from chatbot.errors import NotFoundError, UsageError, nearest
from chatbot.journal import MessageState
from chatbot.messages import Answer
from chatbot.prompting import list_prompts
from chatbot.strategies.attempt import strategy_of
from chatbot.turn import look_up, vary

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Variant:
    """A prompt and a strategy, by the name they were asked for with."""

    name: str
    setting: Setting


@dataclass(frozen=True, slots=True)
class Compared:
    """What a variant came to."""

    name: str
    answer: Answer
    seconds: float
    """From asking to the whole answer; variants run one after the other, so none slows another down."""


def compare(bot: Chatbot, question: str, names: Sequence[str], past: Past | None = None) -> Iterator[Compared]:
    """The variants' answers, each as soon as it is there. The conversation stays as it is.

    names: strategies (`few_shot`, `self_consistency over few_shot_cot`) or prompts; a name that is both is a strategy.
    past: what was said before; None for the whole conversation so far.

    Raises NotFoundError for a name that is neither, and what the model raises.
    """
    if not bot.model.abilities.writes:
        raise UsageError(f"{bot.model.name} only quotes, so no two prompts differ", hint="name a model with /model")
    portal.call(bot.prepare())
    variants = [_variant(bot, name) for name in names]
    past = past or bot.session.past
    looked = _run(bot, look_up(question, past, bot.setting()))
    for variant in variants:
        started = time.perf_counter()
        answer = _run(bot, vary(looked, past, variant.setting))
        yield Compared(variant.name, answer, time.perf_counter() - started)


def _variant(bot: Chatbot, name: str) -> Variant:
    setting = bot.setting()
    try:
        return Variant(name, replace(setting, strategy=strategies.get(name, load=bot.load_prompt)))
    except NotFoundError as error:
        no_strategy = error
    try:
        prompt = bot.load_prompt(name)
    except NotFoundError:
        known = [*strategies.STRATEGIES, *(prompt.name for prompt in list_prompts(bot.workspace.prompts))]
        message = f"there is neither a strategy nor a prompt {name!r}"
        raise NotFoundError(message, hint=nearest(name, known)) from no_strategy
    strategy = bot.strategy or strategy_of(prompt, bot.load_prompt)
    return Variant(name, replace(setting, prompt=prompt, sampling=bot.drawn(prompt), strategy=strategy))


def _run(bot: Chatbot, flow: Flow[T]) -> T:
    """Runs a flow apart from the conversation; what it asks is journalled like everything else."""
    trace_id = uuid.uuid4().hex
    state: MessageState = "failed"
    bot.journal.begin_turn(None, trace_id, model=bot.model.name, prompt=bot.prompt.name)
    try:
        result = portal.call(bot.runtime(trace_id).run(flow, trace_id))
        state = "complete"
    except KeyboardInterrupt:
        state = "interrupted"
        raise
    finally:
        bot.journal.end_turn(trace_id, state)
    return replace(result, trace_id=trace_id) if isinstance(result, Answer) else result
