"""Axes: from figures to places on a drawing, and the round figures at which ticks stand.

Places along a drawing are percent of its width, so that it fits a phone as it fits a desk, and its letters keep their
size.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

TICKS = 5
"""About as many as a reader takes in."""

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_WITHIN_TEN = (1.0, 2.0, 5.0)
"""Ticks of a decade of a logarithmic axis that spans few of them."""


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high`, which lies from place 0 to 1."""

    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where a figure stands, from 0 to 1; what lies beyond an end stands at the end."""
        at, low, high = (log10(each) if self.logarithmic else each for each in (self._held(value), self.low, self.high))
        return (at - low) / (high - low) if high > low else 0.5

    def _held(self, value: float) -> float:
        return min(max(value, self.low), self.high)


def linear(values: Iterable[float], *, least: float | None = None, most: float | None = None) -> Scale:
    """An axis that holds the values between round figures. `least` and `most` are bounds that no figure can pass.

    Values that are not finite have no place and are left out.
    """
    known = [value for value in values if isfinite(value)] or [0.0]
    low, high = min(known), max(known)
    if low == high:
        low, high = low - (abs(low) / 10 or 0.5), high + (abs(high) / 10 or 0.5)
    step = _step((high - low) / TICKS)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    ticks = [round(number * step, 12) for number in range(first, last + 1)]
    inside = [
        tick for tick in ticks if (least is None or tick >= least - 1e-12) and (most is None or tick <= most + 1e-12)
    ]
    low = min(inside[0], max(low, least)) if least is not None else inside[0]
    high = max(inside[-1], min(high, most)) if most is not None else inside[-1]
    return Scale(low, high, tuple(inside))


def logarithmic(values: Iterable[float]) -> Scale:
    """An axis for figures over nought, such as costs and times, on which twice as much is always as far.

    Raises ValueError where no value is over nought.
    """
    known = [value for value in values if isfinite(value) and value > 0]
    if not known:
        raise ValueError("a logarithmic axis needs a figure over nought")
    first, last = floor(log10(min(known)) + 1e-9), ceil(log10(max(known)) - 1e-9)
    last = max(last, first + 1)
    within = _WITHIN_TEN if last - first <= 2 else (1.0,)
    ticks = [part * 10.0**decade for decade in range(first, last) for part in within] + [10.0**last]
    low = max((tick for tick in ticks if tick <= min(known) * (1 + 1e-9)), default=ticks[0])
    high = min((tick for tick in ticks if tick >= max(known) * (1 - 1e-9)), default=ticks[-1])
    if low == high:
        low, high = 10.0**first, 10.0**last
    kept = tuple(tick for tick in ticks if low <= tick <= high)
    every = ceil(len(kept) / (TICKS + 2))
    return Scale(low, high, kept[::every], logarithmic=True)


def _step(raw: float) -> float:
    """The round figure next over this one."""
    size = 10.0 ** floor(log10(raw))
    return size * next(step for step in _STEPS if step * size >= raw * (1 - 1e-9))
