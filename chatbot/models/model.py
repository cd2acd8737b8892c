"""What a model is to the rest of the program: a name, what it can do, and one method that streams a reply.

There is no second, non-streaming path: `chatbot.models.fold` turns the stream into a `Reply`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from chatbot.effects import Generate
from chatbot.events import ModelEvent
from chatbot.models.prices import Price


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a model can do."""

    writes: bool
    """It generates text, so it can rewrite a question and sum up a conversation; a model that only quotes cannot."""
    tools: bool
    """It can call tools."""
    context_tokens: int
    """Most tokens of a request and its reply together."""
    samples: bool = False
    """It draws several replies to one request at once, for the price of reading it once."""
    likelihoods: bool = False
    """It tells how likely given texts are as its reply (`Generate.candidates`)."""
    at_once: int | None = None
    """Requests that it answers side by side, sooner than one after the other; None where that is not known."""
    images: bool = False
    """It sees pictures that go along with a message."""
    price: Price | None = None
    """What its tokens cost; None where that is not known."""
    notice: str = ""
    """What its user should know of it, in a line: that it was not made for chats, say. Told once."""


class Model(Protocol):
    """Anything that answers a request with a stream of events."""

    @property
    def name(self) -> str:
        """The spec that `connect` would make this model from, as it stands in reports and in the journal."""

    @property
    def abilities(self) -> Abilities:
        """What it can do."""

    def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        """The events of one reply. Closing the generator (`aclose`) cancels the request at the service.

        A request with candidates gets one `Weighed`, and no text.
        Of a request for several samples each event comes as `OfSample`; a sample without any event was not drawn.
        A model that is reached over a network yields `Receiving` for each response, which belongs to no sample,
        and `Waiting` where a request has to wait.
        Raises ModelError; a stream that ends without `Ended` was cut. A request is sent again only where the service
        has charged nothing for it: whoever keeps a budget counts one call for each stream.
        """

    def count_tokens(self, text: str) -> int:
        """An estimate that is good enough for a budget and never far too low."""


@runtime_checkable
class TellsStatus(Protocol):
    """A model that has something to tell of itself beside its abilities."""

    def status(self) -> tuple[tuple[str, str], ...]:
        """Names, such as `memory`, with what is to be said of them."""


def estimate_tokens(text: str) -> int:
    """Tokens of a text where the model's tokenizer is not at hand: one for every three bytes of UTF-8, rounded up.

    English comes to about four characters a token (the rule of thumb in OpenAI's tokenizer help); three leaves room for
    program text, numbers, and languages that tokenizers cut finer, where a character is two to four bytes.
    """
    return -(-len(text.encode("utf-8", "surrogatepass")) // 3)
