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

    right_as_right: int
    right: int
    """Items that people call right, and among them those the judge calls right: sensitivity."""
    wrong_as_wrong: int
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


def corrected_rate(judged_right: int, n: int, labelled: Labelled, level: float = LEVEL) -> Estimate:
    """The true share of right items: (p + q0 - 1) / (q0 + q1 - 1), with the interval of Lee et al. 2025 (2511.21140).

    q1 and q0 are the judge's sensitivity and specificity; that they are estimates too is in the interval. Estimate them
    again where a variant writes in another style. Raises ValueError without labels of both kinds, and for a judge that
    tells right from wrong hardly better than a coin.
    """
    if not labelled.right or not labelled.wrong or not n:
        raise ValueError("a judge is corrected by items that people call right and items that they call wrong")
    q1, q0 = labelled.sensitivity, labelled.specificity
    skill = q0 + q1 - 1
    if skill < LEAST_SKILL:
        raise ValueError(f"this judge finds {q1:.0%} of what is right and {q0:.0%} of what is wrong: that is no judge")
    p = judged_right / n
    rate = (p + q0 - 1) / skill
    inside = min(1.0, max(0.0, rate))
    variance = (
        p * (1 - p) / n
        + (1 - inside) ** 2 * q0 * (1 - q0) / labelled.wrong
        + inside**2 * q1 * (1 - q1) / labelled.right
    ) / skill**2
    reach = two_sided(level) * sqrt(variance)
    interval = Interval(max(0.0, rate - reach), min(1.0, rate + reach), level, "judge corrected")
    return Estimate(inside, interval, n)
