"""The most that a request can take, told before it is made: what must be set aside so that a cap holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chatbot import codec
from chatbot.effects import Generate
from chatbot.messages import Reply, Usage
from chatbot.models.model import Abilities

MESSAGE_TOKENS = 16
"""Most that a chat template adds to a message: role, marks, line ends."""

REQUEST_TOKENS = 256
"""Most that a service adds to a request: its own system lines, the date, the frame of the tools."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Money and tokens."""

    dollars: float = 0.0
    tokens: int = 0
    cut: int = 0
    """Calls of it that were cut, or lost: each counts as much as it can have taken."""

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.dollars + other.dollars, self.tokens + other.tokens, self.cut + other.cut)


def held(request: Generate, abilities: Abilities, reply_tokens: int) -> Generate:
    """The request with a length that its replies are held to: `reply_tokens`, or what the context has left of them."""
    if request.sampling.max_tokens is not None or not abilities.writes or request.candidates:
        return request
    longest = min(reply_tokens, max(1, abilities.context_tokens - most_of(request)))
    return replace(request, sampling=replace(request.sampling, max_tokens=longest))


def most_of(request: Generate) -> int:
    """The most tokens that a request can be: no tokenizer makes more of a text than it has bytes."""
    texts = [*request.messages, *request.tools, *([request.schema] if request.schema is not None else [])]
    bytes_ = sum(len(codec.encode(each).encode()) for each in texts)
    return REQUEST_TOKENS + MESSAGE_TOKENS * len(request.messages) + bytes_


def worst_case(request: Generate, abilities: Abilities, reply: Reply | None = None) -> Spent:
    """The most that a request which is held to a length can take; less where its whole reply is known.

    A price that is not known counts as nothing: `Purse.admit` sees to it.
    """
    if not abilities.writes:
        return Spent()
    if request.candidates:
        return charged(Usage(most_of(request) * len(request.candidates), len(request.candidates)), abilities)
    longest = (request.sampling.max_tokens or 0) * request.samples
    if reply is not None:
        longest = min(longest, sum(len(codec.encode(each).encode()) for each in (reply.text, reply.reasoning)))
    return charged(Usage(most_of(request), longest), abilities)


def charged(usage: Usage, abilities: Abilities) -> Spent:
    """What a usage comes to: the service's own figure where it gives one."""
    price = abilities.price
    dollars = usage.cost if usage.cost is not None else price.of(usage) if price else 0.0
    return Spent(dollars, usage.input_tokens + usage.output_tokens)
