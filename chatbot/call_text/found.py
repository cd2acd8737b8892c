"""What the readers of each form hand on: a call as it was written, before it is matched with a tool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Found:
    """A call in a text."""

    name: str
    """As it stands there."""
    arguments: object
    """Mostly an object; a text where they were written as one, a list where they were."""
    positional: tuple[object, ...] = ()
    """Those that Python's call syntax gave without a name; `arguments` is then an object."""
    tagged: Mapping[str, str] = field(default_factory=dict)
    """Those that were written as text between tags, whose types only the schema knows."""
    id: str = ""
    """Empty where the form has none."""


class Malformed(Exception):
    """Here a call begins that cannot be read. Its text says why, for the model; `before` are those before it."""

    def __init__(self, message: str, before: Sequence[Found] = ()) -> None:
        super().__init__(message)
        self.before = list(before)
