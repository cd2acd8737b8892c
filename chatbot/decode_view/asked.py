"""What is to be looked at: a prompt, the strategies to compare on it, and how far to look."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.messages import Message
from chatbot.models.next_token import Strategy
from chatbot.sampling import Sampling

SINGLE = (
    Strategy("greedy", Sampling(temperature=0)),
    Strategy("temperature=0.7", Sampling(temperature=0.7)),
    Strategy("temperature=1.5", Sampling(temperature=1.5)),
    Strategy("top-k=5", Sampling(top_k=5)),
    Strategy("top-p=0.9", Sampling(top_p=0.9)),
    Strategy("min-p=0.1", Sampling(min_p=0.1)),
    Strategy("typical=0.9", Sampling(typical_p=0.9)),
    Strategy("temperature=1, repetition-penalty=1.2", Sampling(temperature=1, repetition_penalty=1.2)),
)
"""Shown where nobody names a strategy: values that the papers and the services use, and that differ to the eye."""

SEQUENCES = (
    Strategy("beam=4", Sampling(beams=4)),
    Strategy("contrastive=0.6, top-k=4", Sampling(contrastive_alpha=0.6, top_k=4)),
)
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
