"""What asking the same items again has shown: how much of the noise it lessens, and what several tries are worth."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.evaluation.estimating import Table, estimate_of
from chatbot.evaluation.statistics.interval import Estimate
from chatbot.evaluation.statistics.repeats import Variance, split
from chatbot.evaluation.statistics.samples import majority_curve, pass_all_k, pass_at_k
from chatbot.evaluation.voting import SIZES

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tries:
    """What so many tries of an item are worth."""

    k: int
    one_right: Estimate
    """pass@k: the chance that one of them is right."""
    all_right: Estimate
    """pass^k: the chance that all of them are."""
    vote: Estimate | None
    """maj@k: the chance that a vote of them is; None where no prompt reads an answer."""
    tokens: float
    """Of all of them."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """A variant that was asked several times."""

    name: str
    variance: Variance | None
    """None with fewer than two items that have all their scores."""
    tries: tuple[Tries, ...]
    """Empty where scores are not 0 and 1."""


def repeated(
    name: str, values: Table, answers: Codes, tokens: Table, clusters: Sequence[str] | None = None
) -> Repeated:
    """What the repeats of a variant show, over the items that have all their scores.

    values, answers, tokens: a row an item, a column a repeat. An answer is a number that stands for it, 0 for none.
    """
    whole = np.flatnonzero(np.isfinite(values).all(axis=1))
    scores, codes = values[whole], answers[whole]
    groups = [clusters[item] for item in whole.tolist()] if clusters is not None else None
    variance = split(scores) if len(whole) > 1 else None
    if not len(whole) or not np.isin(scores, (0, 1)).all():
        return Repeated(name, variance, ())
    known = tokens[np.isfinite(tokens)]
    each = float(known.mean()) if len(known) else 0.0
    sizes = [k for k in SIZES if k <= scores.shape[1]]
    votes = _votes(scores, codes) if codes.any() else None
    tries = [_tries(k, scores, None if votes is None else votes[:, k - 1], groups, k * each) for k in sizes]
    return Repeated(name, variance, tuple(tries))


def _tries(k: int, scores: Table, votes: Table | None, clusters: Sequence[str] | None, tokens: float) -> Tries:
    n, right = scores.shape[1], scores.sum(axis=1).astype(int).tolist()
    one, every = (
        estimate_of(np.array([chance(n, c, k) for c in right]), clusters) for chance in (pass_at_k, pass_all_k)
    )
    assert one is not None and every is not None  # there is an item at least
    return Tries(k, one, every, None if votes is None else estimate_of(votes, clusters), tokens)


def _votes(scores: Table, codes: Codes) -> Table:
    """The curve of each item: a row an item, a column a size of the vote."""
    return np.array([_curve(own.tolist(), row) for own, row in zip(codes, scores, strict=True)])


def _curve(codes: Sequence[int], scores: Table) -> list[float]:
    answers: list[Hashable | None] = [code or None for code in codes]
    right = {code for code, score in zip(codes, scores.tolist(), strict=True) if code and score == 1}
    return majority_curve(answers, right)
