"""The state of one rendering: what is left of its budget, how deep it is, where it is, and what has been written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from chatbot.prompting.budget import Budget
from chatbot.prompting.jinja.values import TemplateFault, Undefined
from chatbot.prompting.provenance import Traced, joined

MAX_DEPTH = 150
"""Expressions, blocks and macro calls within each other: a template's own come to about twenty, and a macro that goes
through a schema takes about ten for each of its levels. Python's stack ends at about a thousand calls, of which each of
these takes three."""


@dataclass(slots=True)
class Scope:
    """The names that a block has set, and the block around it."""

    names: dict[str, object] = field(default_factory=dict)
    outer: Scope | None = None

    def find(self, name: str) -> object:
        """What a name stands for here, or Undefined."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return Undefined(f"{name!r} is undefined")

    def inner(self, names: Mapping[str, object] | None = None) -> Scope:
        """The scope of a block in this one."""
        return Scope(dict(names or {}), self)


@dataclass(slots=True)
class Rendering:
    """A rendering that is under way."""

    budget: Budget
    written: list[Traced] = field(default_factory=list)
    line: int = 1
    """Of what is being done."""
    depth: int = 0

    def enter(self, line: int) -> None:
        """Counts a step into an expression or a statement. Whoever enters also leaves, by `depth -= 1`."""
        self.budget.step()
        self.line = line
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TemplateFault(f"it goes more than {MAX_DEPTH} levels deep")

    def write(self, text: Traced) -> None:
        """Adds to what is written."""
        self.budget.write(len(text))
        self.written.append(text)

    @contextmanager
    def apart(self) -> Iterator[list[Traced]]:
        """What is written in this block is kept apart, for a macro or `{% set %}`."""
        before, self.written = self.written, []
        try:
            yield self.written
        finally:
            self.written = before

    def text_of(self, pieces: list[Traced]) -> Traced:
        """The pieces as one text."""
        self.budget.write(sum(map(len, pieces)))
        return joined(pieces)
