"""A look at any model from outside: one reply with the log-probabilities that the service tells, and what it writes.

In: a `Model` and what is to be looked at. Out: a `View`. The view is of the service's own way: it cannot be asked how
another text would go on, so the tree has its alternatives beside that way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from chatbot.decode_view.asked import Asked
from chatbot.decode_view.view import View, Written
from chatbot.effects import Generate
from chatbot.errors import ModelError, ModelRefused, UsageError
from chatbot.messages import Reply
from chatbot.models.fold import fold
from chatbot.models.model import Model
from chatbot.models.next_token import Strategy
from chatbot.models.reported_tokens import MOST_ALTERNATIVES, comb_of, steps_of
from chatbot.sampling import Sampling

FEWER_ALTERNATIVES = 5
"""What services report that refuse `MOST_ALTERNATIVES`."""


async def reported_view(model: Model, asked: Asked) -> View:
    """What the model tells of its next tokens. Raises ModelError where it tells nothing, UsageError for raw text."""
    if asked.is_raw:
        raise UsageError(f"{model.name} is asked in its chat format", hint="only local models go on with raw text")
    reply = await _scored(model, asked)
    steps = steps_of(reply.scores, asked.strategies)
    if not steps:
        raise ModelError(
            f"{model.name} tells no log-probabilities of its tokens",
            hint="ask a local model, or a service that reports logprobs (OpenAI's chat models, vLLM, llama.cpp)",
        )
    tree = comb_of(steps, branches=asked.branches, depth=asked.depth)
    text = "".join(score.text for score in reply.scores)
    return View(model.name, asked.prompt, asked.strategies, text, steps, tree, is_whole=False)


async def writings_of(model: Model, asked: Asked, strategies: Sequence[Strategy]) -> tuple[Written, ...]:
    """What each strategy writes; a strategy that the model refuses has its reason instead."""
    return tuple(await asyncio.gather(*(_written(model, asked, each) for each in strategies)))


async def _scored(model: Model, asked: Asked) -> Reply:
    try:
        return await _reply(model, asked, asked.way, MOST_ALTERNATIVES)
    except ModelRefused as refused:
        if "logprobs" not in refused.message:
            raise
        return await _reply(model, asked, asked.way, FEWER_ALTERNATIVES)


async def _written(model: Model, asked: Asked, strategy: Strategy) -> Written:
    try:
        reply = await _reply(model, asked, strategy.sampling, 0)
    except ModelError as error:
        return Written(strategy.name, "", failure=f"{error.message} — {error.hint}" if error.hint else error.message)
    logprob = sum(score.logprob for score in reply.scores) if reply.scores else None
    return Written(strategy.name, reply.text, reply.finish, logprob, len(reply.scores))


async def _reply(model: Model, asked: Asked, sampling: Sampling, alternatives: int) -> Reply:
    bounded = replace(sampling, max_tokens=asked.tokens, seed=asked.seed, logprobs=alternatives)
    return await fold(model.stream(Generate(asked.messages, purpose="step", sampling=bounded)))
