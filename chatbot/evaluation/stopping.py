"""Rules that stop asking: never, once it is decided, once it is known as exactly as wished.

Whoever asks tells a rule of each unit, an item or a cluster of items, in the order of the run and not in the order in
which replies came: so what was quick to come has no more weight, and a run that was stopped and goes on comes to the
same. A variant for which a rule is settled is not asked any more, and what it was settled by is kept apart from cells
that were on their way then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, sqrt
from typing import Protocol

from chatbot.errors import ProjectError
from chatbot.evaluation.board import Board
from chatbot.evaluation.statistics.interval import LEVEL, two_sided
from chatbot.evaluation.statistics.power import ALPHA
from chatbot.evaluation.statistics.proportions import wilson
from chatbot.evaluation.statistics.sequential import Evidence
from chatbot.evaluation.statistics.several import holm


class Rule(Protocol):
    """Says which variants are asked on."""

    @property
    def asking(self) -> tuple[int, ...]:
        """Variants that are asked the next unit; none when all is settled."""

    def see(self, unit: Sequence[int], board: Board) -> None:
        """Takes in a unit's items, of which all that was asked has come."""


@dataclass(frozen=True, slots=True)
class Never:
    """Asks everything."""

    asking: tuple[int, ...]

    def see(self, unit: Sequence[int], board: Board) -> None:
        """Nothing changes it."""


@dataclass(slots=True)
class Pair:
    """A variant and the baseline, on the units by which they were compared."""

    variant: int
    seen: list[int] = field(default_factory=list)
    """Items, in the order of the run."""
    settled: bool = False


class UntilDecided:
    """Stops for each variant once it is better, worse, or equivalent within the margin; corrected for all of them.

    The test is always valid: it may be looked at after every unit. `largest` is the number of items of the largest
    unit.
    """

    def __init__(
        self, variants: Sequence[int], baseline: int, *, largest: int = 1, margin: float | None = None
    ) -> None:
        self.pairs = {variant: Pair(variant) for variant in variants}
        self.evidence = {variant: Evidence(margin) for variant in variants}
        self._baseline, self._largest = baseline, largest
        self.asking = _with_baseline(self.pairs, baseline)
        """The baseline and what is not decided."""

    def see(self, unit: Sequence[int], board: Board) -> None:
        """Raises ProjectError for a score that is not between 0 and 1."""
        for pair in self.pairs.values():
            if not pair.settled:
                pair.seen += unit
                found = _differences(pair.variant, self._baseline, unit, board)
                if found:
                    self._bet(pair.variant, found)
        corrected = holm([each.p for each in self.evidence.values()])
        for (variant, evidence), p in zip(self.evidence.items(), corrected, strict=True):
            self.pairs[variant].settled |= p < ALPHA or evidence.equivalent()
        self.asking = _with_baseline(self.pairs, self._baseline)

    def _bet(self, variant: int, found: Sequence[float]) -> None:
        try:
            self.evidence[variant].see(sum(found) / self._largest, len(found) / self._largest)
        except ValueError as error:
            raise ProjectError(
                f"this suite cannot be asked until it is decided: {error}",
                hint="let its first scorer give 0 to 1, or ask everything",
            ) from None


class UntilNarrow:
    """Stops for each variant once the interval of its difference is no wider than ± `width`; ordinary statistics hold.

    It looks only at how much variants differ, never at which is ahead: so a test that supposes that nobody looked keeps
    its level (Chow and Robbins 1965, of intervals). A single variant is asked until its own mean is known as exactly.
    """

    def __init__(self, variants: Sequence[int], baseline: int, width: float, *, clustered: bool = False) -> None:
        self.pairs = {variant: Pair(variant) for variant in variants or [baseline]}
        self._spreads = {variant: _Spread() for variant in self.pairs}
        self._baseline, self._width, self._clustered = baseline, width, clustered
        self.asking = _with_baseline(self.pairs, baseline)
        """The baseline and what is not known well enough."""

    def see(self, unit: Sequence[int], board: Board) -> None:
        """One more unit."""
        for variant, pair in self.pairs.items():
            if not pair.settled:
                pair.seen += unit
                found = self._values(variant, unit, board)
                if found:
                    self._spreads[variant].see(found)
                pair.settled = self._reach(variant) <= self._width
        self.asking = _with_baseline(self.pairs, self._baseline)

    def _values(self, variant: int, unit: Sequence[int], board: Board) -> list[float]:
        if variant != self._baseline:
            return _differences(variant, self._baseline, unit, board)
        return [value for item in unit if (value := board.value(variant, item)) is not None]

    def _reach(self, variant: int) -> float:
        spread = self._spreads[variant]
        if variant != self._baseline:
            return spread.reach_about_zero
        return spread.reach_about_mean(binary=spread.binary and not self._clustered)


@dataclass(slots=True)
class _Spread:
    """Sums over units, from which the width of an interval follows."""

    items: int = 0
    total: float = 0.0
    squares: float = 0.0
    crossed: float = 0.0
    sizes: float = 0.0
    binary: bool = True

    def see(self, values: Sequence[float]) -> None:
        total, size = sum(values), len(values)
        self.items += size
        self.total += total
        self.squares += total**2
        self.crossed += total * size
        self.sizes += size**2
        self.binary &= all(value in (0, 1) for value in values)

    @property
    def reach_about_zero(self) -> float:
        """Of a mean difference that is taken to be 0: that of Bonett and Price without its term of the difference."""
        return two_sided(LEVEL) * sqrt(self.squares + 2) / (self.items + 2)

    def reach_about_mean(self, *, binary: bool) -> float:
        """Of a mean: Wilson's for items that are right or wrong, else from the deviations of the units."""
        if not self.items:
            return inf
        if binary:
            return wilson(round(self.total), self.items).half_width
        mean = self.total / self.items
        deviations = self.squares - 2 * mean * self.crossed + mean**2 * self.sizes
        return two_sided(LEVEL) * sqrt(max(0.0, deviations) + 1) / self.items


def _with_baseline(pairs: dict[int, Pair], baseline: int) -> tuple[int, ...]:
    left = {variant for variant, pair in pairs.items() if not pair.settled}
    return tuple(sorted(left | {baseline})) if left else ()


def _differences(variant: int, baseline: int, unit: Sequence[int], board: Board) -> list[float]:
    """Of the items that both have a score for."""
    values = ((board.value(variant, item), board.value(baseline, item)) for item in unit)
    return [one - two for one, two in values if one is not None and two is not None]
