"""How well a model predicts a text, in the units that the field reports: nats a token, perplexity, bits a byte.

Tokens are each model's own, so cross-entropy and perplexity compare models of one tokenizer only; bits per byte compare
all (Gao et al. 2020, The Pile, arXiv 2101.00027, section 3.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextScore:
    """What a text costs a model; scores of parts add up to the score of the whole."""

    nats: float = 0.0
    """Minus the sum of the natural logarithms of the tokens' probabilities."""
    tokens: int = 0
    """That were predicted."""
    bytes: int = 0
    """Of UTF-8, of the text that these tokens make up."""

    def __add__(self, other: TextScore) -> TextScore:
        return TextScore(self.nats + other.nats, self.tokens + other.tokens, self.bytes + other.bytes)

    @property
    def cross_entropy(self) -> float:
        """Nats a token. Raises ZeroDivisionError where nothing was predicted, as the others do."""
        return self.nats / self.tokens

    @property
    def perplexity(self) -> float:
        """The exponential of the cross-entropy; infinite where it is beyond what a float holds."""
        try:
            return math.exp(self.cross_entropy)
        except OverflowError:
            return math.inf

    @property
    def bits_per_byte(self) -> float:
        """What an arithmetic coder that asks the model would need for a byte of the text."""
        return self.nats / math.log(2) / self.bytes
