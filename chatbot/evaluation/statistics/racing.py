"""Sequential halving: finds a good variant among many with a part of the calls (Karnin et al. 2013; arXiv 2402.09723).

All that are still in see the same items; after each round the worse half leaves. What wins is good, not proven: a
claim needs items that the race has not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log2

STEPS = 20
"""Ways to share the items among the rounds that are tried, from as many items in each to as many calls in each."""


def rounds_of(variants: int) -> int:
    """Rounds until one is left."""
    return ceil(log2(variants)) if variants > 1 else 0


def schedule(variants: int, items: int, calls: float = 0) -> list[tuple[int, int, int]]:
    """Of each round: how many variants take part, and the items from and to which they are asked.

    The last two see all the items. Rounds that all take as many calls ask few items of many variants, and lose good
    ones by chance; so the first rounds are as long as `calls` allow, at most as long as the last. Where even rounds of
    as many calls each take more than that, it is those. Raises ValueError for fewer items than rounds.
    """
    count = rounds_of(variants)
    if items < count:
        raise ValueError(f"{variants} variants take {count} rounds, and there are {items} items")
    fields = [ceil(variants / 2**number) for number in range(count)]
    for step in range(STEPS + 1):
        planned = _shared(fields, items, step / STEPS)
        if cost(planned) <= calls:
            break
    return planned


def cost(planned: Sequence[tuple[int, int, int]]) -> int:
    """Calls of all rounds."""
    return sum(field * (end - start) for field, start, end in planned)


def _shared(fields: Sequence[int], items: int, evenness: float) -> list[tuple[int, int, int]]:
    """Rounds with items in inverse proportion to so great a power of the field: 1 makes their calls even."""
    weights = [field**-evenness for field in fields]
    planned, start = [], 0
    for number, field in enumerate(fields):
        later = len(fields) - number - 1
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
