"""What a run has spent by the journal, whoever counted: the calls say it themselves."""

from __future__ import annotations

from collections.abc import Iterable

from chatbot.journal import Journal
from chatbot.models.model import Abilities, Model
from chatbot.models.purse import REPLY_TOKENS, Caps
from chatbot.models.worst_case import Spent, charged, held, worst_case

UNKNOWN = Abilities(writes=True, tools=False, context_tokens=0)
"""Of a model that a run has asked and asks no more."""


def spent_before(journal: Journal, run_id: str, caps: Caps, models: Iterable[Model]) -> Spent:
    """What a run has taken so far, by the journal: calls that were cut as much as they can have been.

    Nothing where nothing is capped: then nobody asks.
    """
    if caps.dollars is None and caps.tokens is None:
        return Spent()
    abilities = {model.name: model.abilities for model in models}
    spent = Spent()
    for name, usage in journal.spending(run_id).items():
        spent += charged(usage, abilities.get(name, UNKNOWN))
    for name, request, reply in journal.unreported(run_id):
        if name in abilities:
            request = held(request, abilities[name], caps.reply_tokens or REPLY_TOKENS)
            spent += worst_case(request, abilities[name], reply) + Spent(cut=reply is None)
    return spent
