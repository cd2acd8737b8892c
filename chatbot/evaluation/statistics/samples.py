"""Several samples of an item: chance that one of k is right, that all are, and that a vote of k is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from itertools import combinations
from math import comb
from random import Random

import numpy as np
from numpy.typing import NDArray

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


def majority_curve(answers: Sequence[Hashable | None], right: Collection[Hashable]) -> list[float]:
    """The chance that a vote of k of these samples is right, for every k from 1 on, over all ways to choose them.

    `right`: the answers that are. It counts the ways instead of going through them: for each number of votes that a
    right answer may have, those in which all others have fewer, or as many and share the lead.
    """
    counts = Counter(answer for answer in answers if answer is not None)
    n, silent = len(answers), sum(answer is None for answer in answers)
    ways = np.zeros(n + 1)
    for answer in (each for each in counts if each in right):
        others = [count for other, count in counts.items() if other != answer]
        ways += _leading(counts[answer], others, silent)
    return [round(float(ways[k] / comb(n, k)), 12) for k in range(1, n + 1)]


def _leading(own: int, others: Sequence[int], silent: int) -> NDArray[np.float64]:
    """Ways to choose 0, 1, … samples so that an answer with `own` of them leads; a shared lead counts in part."""
    n = own + sum(others) + silent
    found = np.zeros(n + 1)
    shares = 1 / np.arange(1, len(others) + 2)
    for votes in range(1, own + 1):
        if votes > max(others, default=0):
            rest = _chosen(n - own, n - own)
        else:
            rest = shares @ _rivals(others, silent, votes, n)
        found[votes:] += comb(own, votes) * _padded(rest, n + 1)[: n + 1 - votes]
    return found


def _rivals(others: Sequence[int], silent: int, votes: int, n: int) -> NDArray[np.float64]:
    """Ways in which no rival has more votes; a row for each number of rivals with as many, a column a number drawn."""
    ways = np.zeros((len(others) + 1, n + 1))
    ways[0] = _padded(_chosen(silent, silent), n + 1)
    for count in others:
        fewer = _chosen(count, votes - 1)
        grown = np.stack([np.convolve(row, fewer)[: n + 1] for row in ways])
        if count >= votes:
            grown[1:, votes:] += comb(count, votes) * ways[:-1, :-votes]
        ways = grown
    return ways


def _chosen(count: int, most: int) -> NDArray[np.float64]:
    """Ways to choose 0, 1, … and at most so many of these."""
    return np.array([comb(count, k) for k in range(min(count, most) + 1)], dtype=np.float64)


def _padded(row: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    return np.pad(row, (0, max(0, length - len(row))))


def _right(answers: Sequence[str | None], gold: str) -> float:
    counts = Counter(answer for answer in answers if answer is not None)
    most = max(counts.values(), default=0)
    leaders = [answer for answer, count in counts.items() if count == most]
    return 1 / len(leaders) if gold in leaders else 0.0


def _check(n: int, right: int, k: int) -> None:
    if not 1 <= k <= n or not 0 <= right <= n:
        raise ValueError(f"{k} of {n} samples, of which {right} are right, cannot be drawn")
