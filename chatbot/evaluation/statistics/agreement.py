"""How far judges agree beyond chance: kappa of two, kappa of many, alpha where some have not judged all.

Kappa falls where one verdict is rare, though judges agree as before: the plain share stands beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import permutations


def raw_agreement(first: Sequence[str], second: Sequence[str]) -> float:
    """Share of the items on which two judges say the same."""
    pairs = list(zip(first, second, strict=True))
    return sum(one == two for one, two in pairs) / len(pairs)


def cohen_kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Agreement of two judges beyond chance (Cohen 1960); 1 where both only ever say one and the same."""
    n = len(first)
    one, two = Counter(first), Counter(second)
    expected = sum(count * two[verdict] for verdict, count in one.items()) / n**2
    return 1.0 if expected == 1 else (raw_agreement(first, second) - expected) / (1 - expected)


def fleiss_kappa(verdicts: Sequence[Sequence[str]]) -> float:
    """Agreement of many judges beyond chance (Fleiss 1971): a row an item, with the same number of verdicts in each."""
    counts = [Counter(row) for row in verdicts]
    judges, n = len(verdicts[0]), len(verdicts)
    if any(len(row) != judges for row in verdicts) or judges < 2:
        raise ValueError("each item needs the verdicts of all judges, and of two at least: see krippendorff_alpha")
    within = sum((sum(c * c for c in row.values()) - judges) / (judges * (judges - 1)) for row in counts) / n
    whole = sum(counts, Counter[str]())
    expected = sum((count / (n * judges)) ** 2 for count in whole.values())
    return 1.0 if expected == 1 else (within - expected) / (1 - expected)


def krippendorff_alpha(verdicts: Sequence[Sequence[str | None]]) -> float:
    """Agreement beyond chance where None stands for a verdict that was not given (Krippendorff 2011, nominal).

    Items with fewer than two verdicts say nothing. 1 where all verdicts are one and the same.
    """
    weights: dict[tuple[str, str], float] = {}
    for row in verdicts:
        given = [verdict for verdict in row if verdict is not None]
        for pair in permutations(range(len(given)), 2):
            key = (given[pair[0]], given[pair[1]])
            weights[key] = weights.get(key, 0.0) + 1 / (len(given) - 1)
    totals: dict[str, float] = {}
    for (first, _), weight in weights.items():
        totals[first] = totals.get(first, 0.0) + weight
    n = sum(totals.values())
    if n == 0:
        raise ValueError("no item has two verdicts")
    observed = sum(weight for (first, second), weight in weights.items() if first != second) / n
    expected = sum(a * b for one, a in totals.items() for two, b in totals.items() if one != two) / (n * (n - 1))
    return 1.0 if expected == 0 else 1 - observed / expected
