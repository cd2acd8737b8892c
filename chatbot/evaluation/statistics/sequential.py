"""A test that may be looked at after every item, as often as one likes, and stopped whenever it decides."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log

from chatbot.evaluation.statistics.power import ALPHA


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the items on which two variants differ have shown so far. Items must come in random order."""

    only_first: int = 0
    only_second: int = 0
    peak: float = 0.0
    """Logarithm of the largest e-value so far."""

    def seen(self, first: bool, second: bool) -> Evidence:
        """With one more item: whether the first was right, and the second. If both alike, nothing is learnt."""
        if first == second:
            return self
        a, b = self.only_first + first, self.only_second + second
        return Evidence(a, b, max(self.peak, log_e_value(a, b)))

    @property
    def p(self) -> float:
        """A p-value that holds whenever it is looked at: 1 over the largest e-value so far."""
        return min(1.0, exp(-self.peak))

    def decided(self, alpha: float = ALPHA) -> bool:
        """Whether the variants differ."""
        return self.peak >= -log(alpha)


def log_e_value(only_first: int, only_second: int) -> float:
    """Logarithm of 2^(b+c) B(b+1, c+1): what the counts are worth against equality, from a uniform prior.

    If the variants are equal it exceeds 1/alpha, ever, with a chance of alpha at most (Ville 1939); an ordinary p-value
    looked at after every ten items is below .05 at some time in 21% of runs.
    """
    b, c = only_first, only_second
    return (b + c) * log(2) + lgamma(b + 1) + lgamma(c + 1) - lgamma(b + c + 2)
