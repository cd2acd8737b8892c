"""What a model might say next, as values: the distribution over its next token, before and after a choice of decoding.

Pure; no model is asked here. Probabilities are what is compared and shown; entropy is in bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log2

from chatbot.sampling import Sampling


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to choose the next token, and how it is written."""

    name: str
    """As `--decode` has it: `top-p=0.9, temperature=0.8`."""
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Candidate:
    """A token that may come next."""

    text: str
    probability: float
    id: int | None = None
    """Its number in the model's vocabulary, where that is known."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """How likely the tokens are that may come next."""

    candidates: tuple[Candidate, ...]
    """The likeliest first; all of them have a chance."""
    rest: float
    """The probability of all other tokens together."""
    entropy: float
    """In bits."""
    tokens: int | None
    """How many tokens have a chance; None where that is not known."""
    is_least: bool = False
    """The entropy is a lower bound: the service tells of the likeliest tokens only."""
    slack: float = 0.0
    """How much less `rest`, and more each probability, may be: 0 where they are known."""


@dataclass(frozen=True, slots=True)
class Reweighed:
    """What a strategy makes of a distribution."""

    strategy: str
    distribution: Distribution | None
    reason: str = ""
    """Why there is no distribution to show."""


@dataclass(frozen=True, slots=True)
class Step:
    """One place of a text, and the token that it goes on with."""

    before: Distribution
    """As the model has it."""
    after: tuple[Reweighed, ...]
    """As each strategy has it, in the order in which they were given."""
    taken: Candidate
    """The token, with the probability that the model gave it."""
    rank: int | None
    """Its place among all tokens, from 1; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A token in a tree of alternatives."""

    token: Candidate
    """With the probability after all that stands before it."""
    probability: float
    """Of the whole way from the root."""
    is_taken: bool = False
    """The text goes this way."""
    branches: tuple[Branch, ...] = ()
    """What may follow, likeliest first; empty where the tree ends."""


def entropy_of(probabilities: Iterable[float], *, rest: float = 0.0, largest: float = 1.0) -> float:
    """Entropy in bits. Where there is a `rest` of tokens, none of them likelier than `largest`, it is the least that
    there can be.
    """
    known = -sum(p * log2(p) for p in probabilities if p > 0)
    return max(known + (rest * -log2(min(largest, rest)) if rest > 0 else 0.0), 0.0)


def rank_of(taken: Candidate, candidates: Sequence[Candidate]) -> int | None:
    """The place of a token among the likeliest, from 1; None where it is not one of them."""
    return next((place for place, each in enumerate(candidates, 1) if each.text == taken.text), None)
