"""A look at a model, whichever way it can be looked at: a local one from inside, any other from outside."""

from __future__ import annotations

from dataclasses import replace

from chatbot.decode_view.asked import SEQUENCES, Asked
from chatbot.decode_view.inside import inside_view
from chatbot.decode_view.reported import reported_view, writings_of
from chatbot.decode_view.view import View
from chatbot.models.in_process import is_in_process
from chatbot.models.model import Model


async def looked_at(model: Model, asked: Asked, *, write: bool | None = None) -> View:
    """The view of a model.

    write: also what each strategy writes, which takes a reply for each; None for local models, which cost nothing.
    Raises ModelError where the model tells no log-probabilities, UsageError where it cannot be looked at as asked.
    """
    if is_in_process(model):
        view = await inside_view(model, asked)
        write = not asked.is_raw if write is None else write
    else:
        view = await reported_view(model, asked)
    if write:
        strategies = asked.strategies if asked.is_named else (*asked.strategies, *SEQUENCES)
        view = replace(view, written=await writings_of(model, asked, strategies))
    return view
