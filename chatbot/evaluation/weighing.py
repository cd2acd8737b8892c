"""How likely a variant holds the choices of an item: its own prompt, with a question about the reply in place of one.

The prompt is filled, and documents are searched, as for any reply; what the model would then be asked to write is only
weighed. Where other scorers look at replies, it writes one as well. So a suite with `{kind: likelihood, …}` asks of a
model what benchmarks with given choices do (Brown et al. 2020, arXiv 2005.14165, section 2.4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.effects import Effect, Flow, Generate
from chatbot.errors import ChatbotError, ModelProtocolError, ProjectError
from chatbot.evaluation.records import Item, Response
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.likeliest import Offer, offer_of
from chatbot.evaluation.suite import Suite
from chatbot.messages import Reply
from chatbot.sampling import Sampling

if TYPE_CHECKING:
    from chatbot.models.model import Model

KIND = "likelihood"

WITHOUT_REPLIES = (KIND, "cost", "latency", "tokens", "retrieval")
"""Kinds of scorers that do not look at what a reply says."""

STRATEGIES = ("zero_shot", "one_shot", "few_shot")
"""Those whose first request is for the answer itself."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """What is weighed of each item."""

    offer: Offer
    entry: Entry
    """Of the suite."""
    replies: bool
    """Other scorers look at replies, so that they are asked for as well."""

    @property
    def key(self) -> str:
        """Changes with what is asked of a model."""
        table: Mapping[str, object] = self.entry.section.table
        return f"weighs {table['choices']} after {self.offer.lead!r}{', and replies' if self.replies else ''}"

    def fits(self, variant: str, strategy: str, model: Model) -> None:
        """Raises PromptError, with the scorer's line, for a variant whose choices cannot be weighed."""
        if strategy not in STRATEGIES:
            problem = f"variant {variant!r} asks by {strategy}, and choices are weighed as answers to one request"
            raise self.entry.error(problem, "kind", hint=f"use {', '.join(STRATEGIES[:-1])} or {STRATEGIES[-1]}")
        if not model.abilities.likelihoods:
            hint = "use a local model: services tell the log-probabilities of what they write, not of a given text"
            raise self.entry.error(f"{model.name} does not tell how likely given choices are", "kind", hint=hint)

    def check(self, item: Item, path: Path) -> None:
        """Raises ProjectError, with the dataset's line, for an item without choices."""
        try:
            self.offer.choices(item)
        except ChatbotError as error:
            raise ProjectError(f"{path}:{item.line}: {error.message}", hint=error.hint) from None


def weighing_of(suite: Suite) -> Weighing | None:
    """What the scorers of a suite have weighed; None where they have nothing. Raises PromptError with the line."""
    entries = [Entry(section) for section in suite.scorers if section.text("kind") == KIND]
    if not entries:
        return None
    first = entries[0]
    for entry in entries[1:]:
        if any(entry.section.table.get(key) != first.section.table.get(key) for key in ("choices", "lead")):
            raise entry.error("all scorers by likelihood weigh the same choices, after the same lead", "choices")
    replies = any(section.text("kind") not in WITHOUT_REPLIES for section in suite.scorers)
    return Weighing(offer_of(first), first, replies)


def weighed(weighing: Weighing, item: Item, replying: Flow[Response]) -> Flow[Response]:
    """What comes of `replying`, with the likelihoods of the item's choices; without a reply where none is needed.

    Raises ModelProtocolError where the model has not weighed them, and what `replying` raises.
    """
    choices, found = weighing.offer.choices(item), Reply("")
    step: Callable[[], Effect] = partial(next, replying)
    try:
        while True:
            effect = step()
            if isinstance(effect, Generate) and effect.purpose == "answer" and not found.likelihoods:
                found = yield _about(effect, weighing.offer, choices)
                if not weighing.replies:
                    replying.close()
                    return _likeliest(found)
            try:
                step = partial(replying.send, (yield effect))
            except ChatbotError as error:
                step = partial(replying.throw, error)
    except StopIteration as done:
        response: Response = done.value
        return replace(response, likelihoods=found.likelihoods, usage=response.usage + found.usage)


def _about(request: Generate, offer: Offer, choices: tuple[str, ...]) -> Generate:
    """The question how likely choices are as the reply to a request; how replies are drawn is of no matter."""
    return replace(request, candidates=choices, lead=offer.lead, sampling=Sampling(), schema=None)


def _likeliest(found: Reply) -> Response:
    """The likeliest choice in place of a reply."""
    if not found.likelihoods:
        raise ModelProtocolError("the model did not tell how likely the choices are")
    best = max(found.likelihoods, key=lambda each: each.logprob).text
    return Response(best, best, likelihoods=found.likelihoods, usage=found.usage)
