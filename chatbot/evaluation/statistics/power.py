"""How many items it takes to show a difference, and which difference so many items can show.

Two-sided, with the items paired. `discordance` is the share of the items on which two variants differ: take it from a
pilot, for nothing else decides as much.
"""

from __future__ import annotations

from math import ceil, inf, sqrt

from chatbot.evaluation.statistics.interval import normal_quantile

ALPHA = 0.05
"""Chance of a difference being shown where there is none."""

POWER = 0.8
"""Chance of a difference being shown where there is one."""


def items_for(difference: float, discordance: float, *, alpha: float = ALPHA, power: float = POWER) -> int:
    """Items to show a difference of two accuracies: (z_a sqrt(D) + z_b sqrt(D - d^2))^2 / d^2, rounded up.

    A difference of .05 where the variants differ on a fifth of the items takes 626. Raises ValueError for a difference
    that is 0, or larger than the discordance allows.
    """
    if not 0 < abs(difference) <= discordance <= 1:
        raise ValueError(f"no difference of {difference:g} can come of {discordance:g} discordant items")
    z_alpha, z_beta = normal_quantile(1 - alpha / 2), normal_quantile(power)
    reach = z_alpha * sqrt(discordance) + z_beta * sqrt(discordance - difference**2)
    return ceil((reach / difference) ** 2)


def items_for_means(
    difference: float,
    between: float,
    *,
    within: tuple[float, float] = (0.0, 0.0),
    repeats: tuple[int, int] = (1, 1),
    alpha: float = ALPHA,
    power: float = POWER,
) -> float:
    """Items to show a difference of two means: (z_a + z_b)^2 (w^2 + s1^2/K1 + s2^2/K2) / d^2 (Miller 2024, eq. 9).

    between: variance over the items of the true difference, w^2. within: variance of each variant's score on an item
    that is asked again, s^2. repeats: how often each is asked, K. Not rounded.
    """
    if difference == 0:
        return inf
    noise = between + within[0] / repeats[0] + within[1] / repeats[1]
    return (normal_quantile(1 - alpha / 2) + normal_quantile(power)) ** 2 * noise / difference**2


def smallest_difference(n: int, discordance: float, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """The smallest difference of two accuracies that n items show; infinite where they show none at all.

    The inverse of `items_for`, by halving: to a millionth.
    """
    if n < 1 or items_for(discordance, discordance, alpha=alpha, power=power) > n:
        return inf
    low, high = 0.0, discordance
    while high - low > 1e-6:
        middle = (low + high) / 2
        if items_for(middle, discordance, alpha=alpha, power=power) <= n:
            high = middle
        else:
            low = middle
    return high


def smallest_difference_of_means(n: int, deviation: float, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """The smallest difference of two means that n pairs show, where the differences have this standard deviation."""
    return (normal_quantile(1 - alpha / 2) + normal_quantile(power)) * deviation / sqrt(n) if n else inf
