"""An interval, and what every estimate is made with: a confidence level, and quantiles of the normal and t laws."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

from chatbot.evaluation.statistics.laws import student_quantile

LEVEL = 0.95
"""Confidence of every interval that is not asked for otherwise."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval."""

    low: float
    high: float
    level: float = LEVEL
    method: str = ""
    """How it was made, for the report."""

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    @property
    def half_width(self) -> float:
        """Half of its length: what stands behind ±, where it is symmetric."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its uncertainty."""

    value: float
    interval: Interval
    n: int
    """Items it rests on."""


def normal_quantile(probability: float) -> float:
    """The z below which a standard normal value lies with this probability."""
    return NormalDist().inv_cdf(probability)


def two_sided(level: float) -> float:
    """The z of a two-sided interval: 1.96 for 0.95."""
    return normal_quantile(0.5 + level / 2)


def t_two_sided(level: float, degrees: float) -> float:
    """The same of Student's t with so many degrees of freedom."""
    return student_quantile(level, degrees)
