"""The cells of a run: every item, asked by every variant, so and so often; each with a number that never changes.

All variants meet the items in one random order, which the seed decides: whatever is stopped half-way has asked them the
same. The numbers follow that order, so a run of a million cells is a count, and nothing is listed before it is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Cell:
    """One asking."""

    number: int
    variant: int
    """Place in the suite's variants."""
    item: int
    """Place in the dataset's items."""
    repeat: int
    """From 0: an item that is asked again."""


@dataclass(frozen=True, slots=True)
class Grid:
    """All cells of a run."""

    variants: int
    items: int
    repeats: int
    seed: int

    def __len__(self) -> int:
        return self.variants * self.items * self.repeats

    def __iter__(self) -> Iterator[Cell]:
        order = self.order()
        return (self.numbered(number, order) for number in range(len(self)))

    def order(self) -> list[int]:
        """The items' places, in the order in which all variants meet them."""
        order = list(range(self.items))
        Random(self.seed).shuffle(order)
        return order

    def numbered(self, number: int, order: list[int]) -> Cell:
        """The cell of a number; `order` is `order()`, which many such calls share."""
        rest, variant = divmod(number, self.variants)
        repeat, place = divmod(rest, self.items)
        return Cell(number, variant, order[place], repeat)

    def number(self, variant: int, item: int, repeat: int, order: list[int]) -> int:
        """The number of a cell; `order` is `order()`."""
        return (repeat * self.items + order.index(item)) * self.variants + variant

    def beside(self, cell: Cell, variant: int) -> int:
        """Number of the cell in which another variant meets the same item, for the same time."""
        return cell.number - cell.variant + variant
