"""What `loop` is inside a loop: where it stands, what comes before and after, and, where recursive, the loop itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chatbot.prompting.budget import Budget
from chatbot.prompting.jinja.values import Function, TemplateFault, Undefined, equal


@dataclass(slots=True, eq=False)
class Loop:
    """A loop in one of its rounds."""

    items: Sequence[object]
    depth: int
    """How many loops of the same text this one stands in: 0 for none."""
    again: Callable[[object], object] | None = None
    """Goes through other items in the same way; None where the loop is not recursive."""
    index: int = 0
    """The round, from 0."""
    last_seen: tuple[object, ...] | None = None
    """What `changed` was given last."""

    def attribute(self, name: str, budget: Budget) -> object:
        """What the loop says of itself, or Undefined."""
        length = len(self.items)
        match name:
            case "index" | "index0":
                return self.index + (name == "index")
            case "revindex" | "revindex0":
                return length - self.index - (name == "revindex0")
            case "first":
                return self.index == 0
            case "last":
                return self.index == length - 1
            case "length":
                return length
            case "depth" | "depth0":
                return self.depth + (name == "depth")
            case "previtem":
                return self.items[self.index - 1] if self.index else Undefined("there is no item before the first")
            case "nextitem":
                at_end = self.index + 1 >= length
                return Undefined("there is no item behind the last") if at_end else self.items[self.index + 1]
            case "cycle":
                return Function("cycle", self._cycle)
            case "changed":
                return Function("changed", lambda *values: self._changed(values, budget))
        return Undefined(f"a loop has no {name!r}")

    def _cycle(self, *values: object) -> object:
        if not values:
            raise TemplateFault("loop.cycle needs something to go through")
        return values[self.index % len(values)]

    def _changed(self, values: tuple[object, ...], budget: Budget) -> bool:
        same = self.last_seen is not None and equal(self.last_seen, values, budget)
        self.last_seen = values
        return not same
