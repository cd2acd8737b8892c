"""What a run asks next that stops by itself: once it is decided, or after a race of many variants.

A schedule hears the scores of what came and gives the next cells. It is a pure function of them: the one that a stopped
run goes on with, and the one that the report asks how it went, hear the journal's rows and are where the run was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chatbot.evaluation.board import Board
from chatbot.evaluation.cells import Cell
from chatbot.evaluation.records import Scorer
from chatbot.evaluation.run import Asked
from chatbot.evaluation.statistics.racing import schedule as rounds_over
from chatbot.evaluation.statistics.racing import survivors
from chatbot.evaluation.stopping import Never, Rule

AHEAD = 128
"""Units that are asked before the first of them is whole: enough for hundreds of requests in flight."""


class Units:
    """The items in the run's order, in units that are asked and judged together: items, or whole clusters of them."""

    def __init__(self, order: Sequence[int], clusters: Sequence[str] | None = None) -> None:
        together: dict[str, list[int]] = {}
        for place, item in enumerate(order if clusters else ()):
            together.setdefault(clusters[item] if clusters else "", []).append(place)
        self._clusters = list(together.values())
        self.order = order
        self.largest = max(map(len, self._clusters), default=1)
        """Items of the largest unit."""

    def __len__(self) -> int:
        return len(self._clusters or self.order)

    def places(self, at: int) -> Sequence[int]:
        """Of a unit the places of its items in the order."""
        return self._clusters[at] if self._clusters else (at,)

    def items(self, start: int, end: int) -> list[int]:
        """Of the units from and to."""
        return [self.order[place] for at in range(start, end) for place in self.places(at)]


class Leg:
    """Asks the units from `start` to `end`, of whichever variants its rule says, in their order.

    It runs ahead of what is whole by `AHEAD` units at most where a rule may stop it: a single reply that stalls does
    not let the others be asked for nothing.
    """

    def __init__(self, board: Board, units: Units, start: int, end: int, rule: Rule) -> None:
        self.rule = rule
        self._board, self._units, self._end = board, units, end
        self._at = start
        self._ahead = end if isinstance(rule, Never) else AHEAD
        self._cells = self._in_order(start)
        self._waiting: tuple[int, Cell] | None = None
        self.advance()

    @property
    def over(self) -> bool:
        """Whether all that was needed has come."""
        return self._at == self._end or not self.rule.asking

    def next(self) -> Cell | None:
        """The next cell that has not come; None when all are given, or those that may be for now."""
        asking = self.rule.asking
        while self._waiting is None or self._waiting[1].variant not in asking:
            self._waiting = next(self._cells, None)
            if self._waiting is None:
                return None
        at, cell = self._waiting
        if at > self._at + self._ahead:
            return None
        self._waiting = None
        return cell

    def advance(self) -> None:
        """Shows the rule every further unit that is whole."""
        while not self.over:
            items = self._units.items(self._at, self._at + 1)
            if not all(self._board.whole(variant, item) for item in items for variant in self.rule.asking):
                return
            self._at += 1
            self.rule.see(items, self._board)

    def _in_order(self, start: int) -> Iterator[tuple[int, Cell]]:
        grid = self._board.grid
        for at in range(start, self._end):
            for place in self._units.places(at):
                for repeat in range(grid.repeats):
                    for variant in self.rule.asking:
                        number = (repeat * grid.items + place) * grid.variants + variant
                        if not self._board.came[number]:
                            yield at, Cell(number, variant, self._units.order[place], repeat)


class Until:
    """Asks all variants until a rule is settled."""

    def __init__(self, board: Board, units: Units, rule: Rule, scorers: Sequence[Scorer]) -> None:
        self.leg = Leg(board, units, 0, len(units), rule)
        self.board, self._scorers = board, scorers

    def next(self) -> Cell | None:
        """See `run.Schedule`."""
        return None if self.leg.over else self.leg.next()

    def hear(self, came: Asked) -> None:
        """See `run.Schedule`."""
        self.board.add(came.cell, self._scorers[came.cell.variant](came.item, came.response))
        self.leg.advance()

    @property
    def stage(self) -> str:
        """Where it is, for people."""
        return _open(self.leg.rule)


def _open(rule: Rule) -> str:
    """How many variants a rule has not settled."""
    left = len(rule.asking) - 1
    return f"{left} {'variant is' if left == 1 else 'variants are'} still open" if left > 0 else "all is settled"


@dataclass(frozen=True, slots=True)
class Round:
    """A round of a race."""

    variants: tuple[int, ...]
    items: int
    """Items on which they were ranked: those of the rounds before, too."""
    means: tuple[float, ...]
    """Of each over those; what has no score counts as 0."""


class Race:
    """Finds the variant that looks best by sequential halving, then asks it and the baseline items that no race saw."""

    def __init__(
        self,
        board: Board,
        units: Units,
        scorers: Sequence[Scorer],
        *,
        variants: Sequence[int],
        split: int,
        calls: float,
        prove: Callable[[int], Rule],
    ) -> None:
        """`split`: units of the race, the first ones. `calls`: units times variants that the race should take at most.
        `prove`: the rule by which the winner and the baseline are asked the rest.
        """
        self.rounds: list[Round] = []
        self.winner: int | None = None
        self.board, self._units, self._scorers, self._split, self._prove = board, units, scorers, split, prove
        planned = rounds_over(len(variants), split, calls)
        self._spans = [(start, end) for _, start, end in planned]
        self.most = board.grid.repeats * sum(field * len(units.items(start, end)) for field, start, end in planned)
        """Cells that it asks, with those that prove its winner where nothing stops that early."""
        self.most += board.grid.repeats * 2 * len(self.fresh)
        self.leg = self._leg(Never(tuple(variants)))
        self._advance()

    def next(self) -> Cell | None:
        """See `run.Schedule`."""
        return None if self.leg.over else self.leg.next()

    def hear(self, came: Asked) -> None:
        """See `run.Schedule`."""
        self.board.add(came.cell, self._scorers[came.cell.variant](came.item, came.response))
        self._advance()

    @property
    def stage(self) -> str:
        """Where it is, for people."""
        if self.winner is not None:
            return "the race is over; its winner is asked what no race saw"
        field = len(self.leg.rule.asking)
        return f"race: round {len(self.rounds) + 1} of {len(self._spans)}, {field} variants"

    @property
    def fresh(self) -> list[int]:
        """Items that the race does not see."""
        return self._units.items(self._split, len(self._units))

    def _leg(self, rule: Rule) -> Leg:
        start, end = self._spans[len(self.rounds)]
        return Leg(self.board, self._units, start, end, rule)

    def _advance(self) -> None:
        self.leg.advance()
        while self.winner is None and self.leg.over:
            variants, (_, end) = self.leg.rule.asking, self._spans[len(self.rounds)]
            items = self._units.items(0, end)
            means = tuple(self.board.mean(variant, items) for variant in variants)
            self.rounds.append(Round(variants, len(items), means))
            kept = survivors([(str(variant), mean) for variant, mean in zip(variants, means, strict=True)])
            if len(self.rounds) == len(self._spans):
                self.winner = int(kept[0])
                rule = self._prove(self.winner)
                self.leg = Leg(self.board, self._units, self._split, len(self._units), rule)
            else:
                self.leg = self._leg(Never(tuple(map(int, kept))))
