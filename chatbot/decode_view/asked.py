"""What is to be looked at: a prompt, the strategies to compare on it, and how far to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.messages import Message, message
from chatbot.models.next_token import Strategy
from chatbot.sampling import Sampling
from chatbot.sampling_names import read_decoding


def _read(*names: str) -> tuple[Strategy, ...]:
    return tuple(Strategy(name, read_decoding(name)) for name in names)


SINGLE = _read(
    "greedy",
    "temperature=0.7",
    "temperature=1.5",
    "top-k=5",
    "top-p=0.9",
    "min-p=0.1",
    "typical=0.9",
    "temperature=1, repetition-penalty=1.2",
)
"""Shown where nobody names a strategy: values that the papers and the services use, and that differ to the eye."""

SEQUENCES = _read("beam=4", "contrastive=0.6, top-k=4")
"""Shown beside them in what each strategy writes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A look at a model."""

    prompt: str
    messages: tuple[Message, ...]
    strategies: tuple[Strategy, ...]
    """The first of them chooses the way of the text, where a person named them."""
    way: Sampling = Sampling(temperature=0)
    """How the tokens of the way are chosen."""
    is_named: bool = False
    """A person named the strategies, so no others are shown."""
    tokens: int = 8
    """Of the way."""
    depth: int = 3
    """Of the tree, in tokens."""
    branches: int = 3
    """Of the tree at each place."""
    seed: int = 0
    """Of what is drawn."""
    is_raw: bool = False
    """The prompt is text that the model goes on with, in no chat format; of local models only."""


def asked_for(prompt: str, named: Sequence[str] = ()) -> Asked:
    """A look at what follows a prompt, with the strategies that were named, or with those that differ to the eye.

    Raises UsageError for a strategy that means nothing.
    """
    messages = (message("user", prompt, "user"),)
    if not named:
        return Asked(prompt, messages, SINGLE)
    strategies = _read(*(name.strip() for name in named))
    return Asked(prompt, messages, strategies, way=strategies[0].sampling, is_named=True)
