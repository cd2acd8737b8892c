"""A prompt file's answer to one item, in one call: for apps, scripts, and the tests that a prompt file carries.

outcome = solve("word_problem", {"question": "…"}, model="openai:gpt-4o-mini")
outcome.answer, outcome.confidence, outcome.usage, outcome.trace
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot import portal, strategies
from chatbot.journal import Journal, MessageState
from chatbot.messages import Budget
from chatbot.models.connect import connect
from chatbot.prompting import Prompt
from chatbot.runtime import Runtime
from chatbot.sampling import Sampling
from chatbot.sampling_names import sampling_of
from chatbot.strategies.attempt import Means, attempt, strategy_of
from chatbot.strategies.task import Outcome, Strategy
from chatbot.tools import Tool, Toolbox
from chatbot.tools.secret_values import Secrets

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from chatbot.models.model import Model
    from chatbot.retrieval.embed import Vectors


def solve(
    prompt: str | Path | Prompt,
    inputs: Mapping[str, object],
    *,
    model: str | Model | BaseChatModel,
    strategy: str | Strategy | None = None,
    decode: str | Sampling = "",
    tools: Sequence[Tool] = (),
    budget: Budget | None = None,
) -> Outcome:
    """The outcome of one item.

    prompt: name, path, or a loaded one. strategy: None for the one that the prompt names.
    decode: how replies are drawn, before what the prompt says: `min-p=0.1`, `beam=4`, … (see `chatbot.sampling_names`).
    tools: what the model may call. budget: None for the prompt's own.

    Raises ChatbotError. A budget that is spent is no error: `outcome.limit` says so, and the answer is the best so far.
    """
    work = asolve(prompt, inputs, model=model, strategy=strategy, decode=decode, tools=tools, budget=budget)
    return portal.call(work)


async def asolve(
    prompt: str | Path | Prompt,
    inputs: Mapping[str, object],
    *,
    model: str | Model | BaseChatModel,
    strategy: str | Strategy | None = None,
    decode: str | Sampling = "",
    tools: Sequence[Tool] = (),
    budget: Budget | None = None,
) -> Outcome:
    """As `solve`, on your own event loop."""
    loaded = prompt if isinstance(prompt, Prompt) else Prompt.load(prompt)
    chosen = strategies.get(strategy) if isinstance(strategy, str) else strategy or strategy_of(loaded)
    connected, box = connect(model), Toolbox(tools, secrets=Secrets.of_environment(os.environ))
    sampling = loaded.sampling.overridden(sampling_of(decode))
    means = Means(
        sampling, tools=box.schemas(), abilities=connected.abilities, count=connected.count_tokens, budget=budget
    )
    journal, trace_id = Journal(None), uuid.uuid4().hex
    state: MessageState = "failed"
    journal.begin_turn(None, trace_id, model=connected.name, prompt=loaded.version)
    try:
        runtime = Runtime(connected, journal, tools=box, embed=_embed)
        outcome = await runtime.run(attempt(loaded, inputs, chosen, means), trace_id)
        state = "complete"
    finally:
        journal.end_turn(trace_id, state)
    return outcome


def _embed(texts: Sequence[str]) -> Vectors:
    from chatbot.retrieval.embed import embedder

    return embedder().embed(texts)
