"""What a rule is, and what it finds: a line, what is wrong with it, why that matters, and the change to make.

A rule is a function from a subject to faults; what it says of itself (id, reason, severity) stands beside it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

Severity = Literal["error", "warning"]
"""error: the prompt does not work, or not elsewhere. warning: it works less well than it could."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend in a prompt."""

    rule: str
    severity: Severity
    path: Path
    line: int
    message: str
    """What is so."""
    why: str
    """The reason to change it, in a sentence."""
    change: str
    """The concrete change; lines of the file as they should read stand on lines of their own."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule's function finds."""

    line: int
    """Of the file, from 1."""
    message: str
    change: str
    path: Path | None = None
    """Where it is not the prompt's own file: that of its examples."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[T]):
    """One thing that prompts are held to."""

    id: str
    why: str
    check: Callable[[T], Iterable[Fault]]
    severity: Severity = "warning"

    def findings(self, subject: T, path: Path) -> Iterator[Finding]:
        """What it finds in the prompt at a path."""
        for fault in self.check(subject):
            place = fault.path or path
            yield Finding(self.id, self.severity, place, fault.line, fault.message, self.why, fault.change)
