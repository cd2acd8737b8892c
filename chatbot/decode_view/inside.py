"""A look at a local model from inside: the whole distribution at every place, and any text that might follow.

In: a model in this process, which goes on serving others meanwhile, and what is to be looked at. Out: a `View`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from chatbot.decode_view.asked import Asked
from chatbot.decode_view.view import View
from chatbot.effects import Generate
from chatbot.errors import ContextOverflow, UsageError

if TYPE_CHECKING:
    from chatbot.models.local.model import LocalModel


async def inside_view(model: LocalModel, asked: Asked) -> View:
    """All of the model's next tokens. Raises ContextOverflow where the prompt leaves no room for what is asked."""
    return await asyncio.to_thread(_view, model, asked)


def _view(model: LocalModel, asked: Asked) -> View:
    from chatbot.models.local.distribution import Reading, steps_of, tree_of

    reading = Reading(model.weights, _prompt(model, asked), ends=model.ends)
    steps = steps_of(reading, asked.strategies, way=asked.way, tokens=asked.tokens, seed=asked.seed)
    path = [step.taken.id for step in steps if step.taken.id is not None]
    tree = tree_of(reading, taken=path, depth=asked.depth, branches=asked.branches)
    said = path[:-1] if path[-1:] and path[-1] in reading.ends else path
    return View(model.name, asked.prompt, asked.strategies, reading.text(said), steps, tree)


def _prompt(model: LocalModel, asked: Asked) -> list[int]:
    """The tokens of the prompt: in the model's chat format, or those of a text that the model goes on with."""
    from chatbot.models.local.perplexity import opening_of, plain_ids

    room = max(asked.tokens, asked.depth)
    if not asked.is_raw:
        return model.prompt(Generate(asked.messages), room=room)
    tokenizer = model.weights.tokenizer
    ids = [*opening_of(tokenizer), *plain_ids(tokenizer, asked.prompt)]
    if not ids:
        raise UsageError("there is no text to go on with")
    if len(ids) + room > model.weights.context_tokens:
        said = f"the text has {len(ids):,} tokens, and {model.name} reads {model.weights.context_tokens:,}"
        raise ContextOverflow(said, hint=f"leave room for {room} tokens that may follow")
    return ids
