"""Figures in words: shares as percent, differences as points, money, times, counts, each as short as stays true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import floor, isfinite, log10

from chatbot.evaluation.statistics.interval import Estimate

MINUS = "\u2212"

MOST_DIGITS = 8
"""Behind the point: a hundredth of a millionth of a dollar."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What scores are called, and how they are written."""

    name: str
    share: bool = True
    """From 0 to 1: written as percent, and differences as points."""
    less_is_better: bool = False

    def value(self, value: float) -> str:
        """A score."""
        return percent(value) if self.share else number(value)

    def difference(self, value: float) -> str:
        """A difference of scores, with its sign."""
        if not isfinite(value):
            return "not known"
        shown = f"{100 * value:+.1f}" if self.share else signed(value)
        return shown.replace("-", MINUS)

    @property
    def unit(self) -> str:
        """What stands behind a difference."""
        return "points" if self.share else ""

    def span(self, estimate: Estimate) -> str:
        """The interval of a score."""
        return f"[{self.value(estimate.interval.low)}, {self.value(estimate.interval.high)}]"

    def span_of_difference(self, estimate: Estimate) -> str:
        """The interval of a difference."""
        return f"[{self.difference(estimate.interval.low)}, {self.difference(estimate.interval.high)}]"


def percent(value: float) -> str:
    """A share: 72.5 %."""
    return f"{100 * value:.1f}\u00a0%".replace("-", MINUS) if isfinite(value) else "not known"


def number(value: float) -> str:
    """Any figure with three digits that mean something: 0.00123, 12.3, 12,300."""
    if not isfinite(value):
        return "not known"
    digits = 2 - floor(log10(abs(value))) if value else 0
    return f"{value:,.{min(max(digits, 0), MOST_DIGITS)}f}".replace("-", MINUS)


def signed(value: float) -> str:
    """The same with its sign."""
    return f"+{number(value)}" if value >= 0 else number(value)


def money(value: float | None) -> str:
    """US dollars."""
    return "not known" if value is None else f"${number(value)}"


def seconds(value: float) -> str:
    """A time: 12 ms, 3.4 s, 2 min 5 s."""
    if not isfinite(value):
        return "not known"
    if value < 1:
        return f"{1000 * value:.0f}\u00a0ms" if value >= 0.01 else f"{1000 * value:.2g}\u00a0ms"
    if value < 100:
        return f"{value:.1f}\u00a0s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}\u00a0h {minutes}\u00a0min" if hours else f"{minutes}\u00a0min {rest}\u00a0s"


def chance(p: float) -> str:
    """A p-value."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def counted(count: int, one: str, many: str = "") -> str:
    """1 item, 2 items."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


Write = Callable[[float], str]
