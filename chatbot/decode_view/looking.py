"""A look at a model, whichever way it can be looked at: a local one from inside, any other from outside."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

from chatbot.decode_view.asked import SEQUENCES, Asked
from chatbot.decode_view.inside import inside_view
from chatbot.decode_view.reported import reported_view, writings_of
from chatbot.decode_view.view import View
from chatbot.models.model import Model

if TYPE_CHECKING:
    from chatbot.models.local.model import LocalModel


async def looked_at(model: Model, asked: Asked, *, write: bool | None = None) -> View:
    """The view of a model.

    write: also what each strategy writes, which takes a reply for each; None for local models, which cost nothing.
    Raises ModelError where the model tells no log-probabilities, UsageError where it cannot be looked at as asked.
    """
    if _is_local(model):
        view = await inside_view(model, asked)
        write = not asked.is_raw if write is None else write
    else:
        view = await reported_view(model, asked)
    if write:
        view = replace(view, written=await writings_of(model, asked, (*asked.strategies, *SEQUENCES)))
    return view


def _is_local(model: Model) -> TypeGuard[LocalModel]:
    """Whether its weights are in this process; torch is imported where the name says so."""
    if not model.name.startswith("local:"):
        return False
    from chatbot.models.local.model import LocalModel

    return isinstance(model, LocalModel)
