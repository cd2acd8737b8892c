"""The rate that a judge reports, corrected for the mistakes it makes on items that people have labelled."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from chatbot.evaluation.statistics.interval import LEVEL, Estimate, Interval, two_sided

LEAST_SKILL = 0.1
"""Of sensitivity plus specificity less 1: below it the judge says next to nothing, and the correction breaks."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """How a judge did on items with a human label."""

    right_as_right: float
    right: int
    """Items that people call right, and among them those the judge calls right, or half so: sensitivity."""
    wrong_as_wrong: float
    wrong: int
    """The same for wrong ones: specificity."""

    @property
    def sensitivity(self) -> float:
        """Share of the right ones that the judge calls right."""
        return self.right_as_right / self.right

    @property
    def specificity(self) -> float:
        """Share of the wrong ones that it calls wrong."""
        return self.wrong_as_wrong / self.wrong


def corrected_rate(
    judged_right: float, n: int, labelled: Labelled, *, variance: float | None = None, level: float = LEVEL
) -> Estimate:
    """The true share of right items: (p + q0 - 1) / (q0 + q1 - 1), with the interval of Lee et al. 2025 (2511.21140).

    q1 and q0 are the judge's sensitivity and specificity; that they are estimates too is in the interval. Estimate them
    again where a variant writes in another style. variance: of the judged share, where items do not stand alone; else
    p (1 - p) / n. Raises ValueError without labels of both kinds, and for a judge that tells right from wrong hardly
    better than a coin.
    """
    skill = _skill(labelled, n)
    q1, q0 = labelled.sensitivity, labelled.specificity
    p = judged_right / n
    rate = (p + q0 - 1) / skill
    inside = min(1.0, max(0.0, rate))
    variance = (
        (p * (1 - p) / n if variance is None else variance)
        + (1 - inside) ** 2 * q0 * (1 - q0) / labelled.wrong
        + inside**2 * q1 * (1 - q1) / labelled.right
    ) / skill**2
    reach = two_sided(level) * sqrt(variance)
    interval = Interval(max(0.0, rate - reach), min(1.0, rate + reach), level, "judge corrected")
    return Estimate(inside, interval, n)


def corrected_difference(difference: float, error: float, n: int, labelled: Labelled, level: float = LEVEL) -> Estimate:
    """The true difference of two variants on the same items: what is judged of it, over q0 + q1 - 1.

    A judge that errs the same for both makes every difference smaller by that factor, and never turns its sign.
    error: standard error of the judged difference; that q0 and q1 are estimates is added to it (delta method). Raises
    ValueError as `corrected_rate` does.
    """
    skill = _skill(labelled, n)
    q1, q0 = labelled.sensitivity, labelled.specificity
    found = difference / skill
    of_skill = q1 * (1 - q1) / labelled.right + q0 * (1 - q0) / labelled.wrong
    reach = two_sided(level) * sqrt(error**2 + found**2 * of_skill) / skill
    interval = Interval(max(-1.0, found - reach), min(1.0, found + reach), level, "judge corrected")
    return Estimate(min(1.0, max(-1.0, found)), interval, n)


def _skill(labelled: Labelled, n: int) -> float:
    """What a judge is better than a coin. Raises ValueError for one that is not, or of whom that is not known."""
    if not labelled.right or not labelled.wrong or not n:
        raise ValueError("a judge is corrected by items that people call right and items that they call wrong")
    q1, q0 = labelled.sensitivity, labelled.specificity
    if q0 + q1 - 1 < LEAST_SKILL:
        raise ValueError(f"this judge finds {q1:.0%} of what is right and {q0:.0%} of what is wrong: that is no judge")
    return q0 + q1 - 1
