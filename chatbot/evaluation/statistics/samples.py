"""Several samples of an item: chance that one of k is right, that all are, and that a vote of k is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from math import comb
from random import Random

SUBSETS = 1_000
"""Votes that are held, where there are more ways to choose k of the samples."""


def pass_at_k(n: int, right: int, k: int) -> float:
    """Chance that one of k samples is right, from n of which `right` are: 1 - C(n-c, k) / C(n, k).

    Unbiased (Chen et al. 2021, arXiv 2107.03374); to take 1 - (1 - c/n)^k instead is .594 where the truth is .672.
    """
    _check(n, right, k)
    return 1 - comb(n - right, k) / comb(n, k)


def pass_all_k(n: int, right: int, k: int) -> float:
    """Chance that all of k samples are right, which is reliability: C(c, k) / C(n, k) (Yao et al. 2024, pass^k)."""
    _check(n, right, k)
    return comb(right, k) / comb(n, k)


def majority_at_k(answers: Sequence[str | None], gold: str, k: int, *, seed: int = 0) -> float:
    """Chance that a vote of k of these samples is right; an equal vote counts by its share, and None votes for nothing.

    Over all ways to choose k of the samples, or `SUBSETS` of them at random.
    """
    n = len(answers)
    _check(n, 0, k)
    if comb(n, k) <= SUBSETS:
        votes = [_right(chosen, gold) for chosen in combinations(answers, k)]
    else:
        random = Random(seed)
        votes = [_right(random.sample(answers, k), gold) for _ in range(SUBSETS)]
    return sum(votes) / len(votes)


def _right(answers: Sequence[str | None], gold: str) -> float:
    counts = Counter(answer for answer in answers if answer is not None)
    most = max(counts.values(), default=0)
    leaders = [answer for answer, count in counts.items() if count == most]
    return 1 / len(leaders) if gold in leaders else 0.0


def _check(n: int, right: int, k: int) -> None:
    if not 1 <= k <= n or not 0 <= right <= n:
        raise ValueError(f"{k} of {n} samples, of which {right} are right, cannot be drawn")
