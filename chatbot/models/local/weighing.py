"""How likely a local model holds each candidate for its reply: the prompt in the model's own chat format, read once.

In: a request with candidates. Out: a `Likelihood` for each. A candidate is what a model would write, so it is text of
the reply, in which nothing is special. Where its first letters and the end of the prompt make one token, that token
counts as the candidate's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chatbot.effects import Generate
from chatbot.errors import ContextOverflow, ModelError
from chatbot.messages import Likelihood, Usage
from chatbot.models.local.chat_format import ChatFormat
from chatbot.models.local.forward import is_out_of_memory
from chatbot.models.local.likelihood import beginning, continuations
from chatbot.prompting.provenance import Span

if TYPE_CHECKING:
    from chatbot.models.local.engine import Engine


@dataclass(frozen=True, slots=True)
class Weighable:
    """A request with candidates, as token ids."""

    prefix: tuple[int, ...]
    """What all have in common, but for their own first tokens."""
    endings: tuple[tuple[int, ...], ...]
    """What follows with each candidate."""
    own: tuple[int, ...]
    """How many of the last tokens of each ending are the candidate's."""

    @property
    def tokens(self) -> int:
        """That a model reads."""
        return len(self.prefix) + sum(map(len, self.endings))


def weighable(chat: ChatFormat, request: Generate, *, name: str, context_tokens: int, now: datetime) -> Weighable:
    """The request as token ids. Raises ContextOverflow where the model cannot read a candidate after the prompt."""
    prompt = chat.render(request.messages, request.tools, now=now)

    def ids(text: str) -> list[int]:
        return chat.encoder.encode((*prompt, Span(text, "model")) if text else prompt)

    before = ids(request.lead)
    wholes = [ids(request.lead + candidate) for candidate in request.candidates]
    if (longest := max(map(len, wholes))) > context_tokens:
        raise ContextOverflow(
            f"the prompt and a choice are {longest:,} tokens long, and {name} reads {context_tokens:,}",
            hint="shorten the prompt, or take a model that reads more",
        )
    same = [_in_common(before, whole) for whole in wholes]
    shared = min(same)
    return Weighable(
        tuple(before[:shared]),
        tuple(tuple(whole[shared:]) for whole in wholes),
        tuple(len(whole) - begin for whole, begin in zip(wholes, same, strict=True)),
    )


def weigh(
    engine: Engine, given: Weighable, candidates: Sequence[str], *, adapter: str = ""
) -> tuple[tuple[Likelihood, ...], Usage]:
    """The likelihood of each candidate of a request, and what was read for it.

    Prefixes that the engine keeps are not read again: not the demonstrations that all items of a suite begin with.
    Raises ModelError for what fails while it computes.
    """
    weights = engine.weights
    try:
        with weights.adapters.turn(adapter):
            read = beginning(weights.model, given.prefix, engine.kept, adapter)
            found = continuations(weights.model, read, given.endings)
    except RuntimeError as error:
        said = "there is not enough memory" if is_out_of_memory(error) else " ".join(str(error).split())[:300]
        raise ModelError(f"local:{weights.name} failed while it weighed {len(candidates)} choices: {said}") from error
    likelihoods = tuple(
        Likelihood(text, sum(row[-own:]), own) for text, row, own in zip(candidates, found, given.own, strict=True)
    )
    return likelihoods, Usage(given.tokens, 0, read.cached, cost=0.0)


def _in_common(before: Sequence[int], whole: Sequence[int]) -> int:
    """How many tokens two texts begin with alike; never all of the longer one."""
    pairs = zip(before, whole[:-1], strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(before), len(whole) - 1))
