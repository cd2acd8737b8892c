"""Sequential halving: finds a good variant among many with a part of the calls (Karnin et al. 2013; arXiv 2402.09723).

All that are still in see the same items; after each round the worse half leaves. What wins is good, not proven: a
claim needs items that the race has not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log2


@dataclass(frozen=True, slots=True)
class Round:
    """What is asked next."""

    variants: tuple[str, ...]
    """Still in the race."""
    start: int
    """First item of the round, in the run's order."""
    end: int
    """First item after it."""


def rounds_of(variants: int) -> int:
    """Rounds until one is left."""
    return ceil(log2(variants)) if variants > 1 else 0


def schedule(variants: int, items: int) -> list[tuple[int, int, int]]:
    """Of each round: how many variants take part, and the items from and to which they are asked.

    The calls of a round are about the same in all, and the last two see all the items that are left. Raises ValueError
    for fewer items than rounds.
    """
    count = rounds_of(variants)
    if items < count:
        raise ValueError(f"{variants} variants take {count} rounds, and there are {items} items")
    fields = [ceil(variants / 2**number) for number in range(count)]
    weights = [1 / field for field in fields]
    planned, start = [], 0
    for number, field in enumerate(fields):
        later = count - number - 1
        share = round(items * sum(weights[: number + 1]) / sum(weights)) if later else items
        end = min(max(share, start + 1), items - later)
        planned.append((field, start, end))
        start = end
    return planned


def survivors(scores: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """The better half, rounded up, of variants with their mean scores; of equal ones those that stand first."""
    ranked = sorted(scores, key=lambda each: -each[1])
    kept = {name for name, _ in ranked[: ceil(len(ranked) / 2)]}
    return tuple(name for name, _ in scores if name in kept)
