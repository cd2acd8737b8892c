"""Votes: which answer most samples came to, and how sure it is that more samples would not change that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import comb


@dataclass(frozen=True, slots=True)
class Vote:
    """A count of answers."""

    counts: Mapping[str, int]
    """Samples for each answer, the leader first; of equal ones the one that came first."""
    without: int = 0
    """Samples that hold no answer. They count as samples and vote for nothing."""

    @property
    def leader(self) -> str | None:
        """The answer with most votes; None where no sample holds one."""
        return next(iter(self.counts), None)

    @property
    def confidence(self) -> float:
        """How sure it is that the leader is the model's most frequent answer; see `confidence`."""
        first, second, *_ = (*self.counts.values(), 0, 0)
        return confidence(first, second) if first else 0.0

    def missing(self, wanted: float, most: int) -> int:
        """Fewest further samples, up to `most`, with which the confidence can reach `wanted`; 0 where it has.

        They are those that would all vote for the leader. To ask for exactly so many at once takes no more samples than
        to ask for one after the other, and far fewer rounds.
        """
        first, second, *_ = (*self.counts.values(), 0, 0)
        for more in range(most):
            if first + more and confidence(first + more, second) >= wanted:
                return more
        return most


def count(answers: Iterable[str | None]) -> Vote:
    """The vote of these samples."""
    all_answers = list(answers)
    counted = Counter(answer for answer in all_answers if answer is not None)
    return Vote(dict(counted.most_common()), sum(answer is None for answer in all_answers))


def confidence(first: int, second: int) -> float:
    """Chance that the leader's true share is larger than the runner-up's, from a uniform prior: 1 - I½(v1+1, v2+1).

    The criterion of Aggarwal et al. 2023 (arXiv 2305.11860). For whole numbers the incomplete beta function is a
    binomial tail, so it is exact: P(Bin(v1 + v2 + 1, ½) <= v1). It is confidence in the most frequent answer, not in
    its truth.
    """
    draws = first + second + 1
    return sum(comb(draws, successes) for successes in range(first + 1)) / (1 << draws)
