"""A prompt that belongs to no format, and what a conversion returns.

Every format is read into a `Draft` and written from one, so that n formats need 2n conversions and not n². A draft
keeps what a request to the model is made of, and the tests; whatever a format cannot keep becomes a sentence in
`losses`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chatbot.prompting.convert.tree import Block
from chatbot.prompting.inputs import Input
from chatbot.sampling import Sampling

AS_THE_SERVICE_DOES = Sampling()


@dataclass(frozen=True, slots=True)
class Draft:
    """A prompt between two formats."""

    name: str = ""
    description: str = ""
    model: str | None = None
    sampling: Sampling = AS_THE_SERVICE_DOES
    inputs: tuple[Input, ...] = ()
    body: Block = ()
    """Turns, threads and text, tidied."""
    schema: Mapping[str, object] | None = None
    """JSON Schema of the answer."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """What stands under `metadata.chatbot`, without the tests: strategy, demonstrations, how the answer is read."""
    tests: tuple[Mapping[str, object], ...] = ()
    """As under `metadata.chatbot.tests`: inputs, replies, assert."""
    metadata: Mapping[str, object] = field(default_factory=dict)
    """What else stands under `metadata`."""

    def input(self, name: str) -> Input | None:
        """The input of this name."""
        return next((each for each in self.inputs if each.name == name), None)

    @property
    def threads(self) -> frozenset[str]:
        """Inputs that stand for messages."""
        return frozenset(each.name for each in self.inputs if each.kind == "thread")


@dataclass(frozen=True, slots=True)
class Converted:
    """A prompt in another format, as the text of a file."""

    text: str
    losses: tuple[str, ...] = ()
    """A sentence for each thing that the prompt had and the text has not."""
    format: str = ""
    """The format of the text: a key of FORMATS."""


@dataclass(frozen=True, slots=True)
class Read:
    """A draft read from a file of another format, and what the draft could not take."""

    draft: Draft
    losses: tuple[str, ...] = ()
