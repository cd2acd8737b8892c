"""What a template writes: the author's text, inserted values and whole threads, kept apart."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.messages import Message, Segment


@dataclass(frozen=True, slots=True)
class Literal:
    """Text of the template itself: the only text in which roles are read."""

    text: str
    line: int
    """Line of the body on which it begins."""


@dataclass(frozen=True, slots=True)
class Inserted:
    """A value in its place."""

    parts: tuple[Segment, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A thread in its place."""

    messages: tuple[Message, ...]
    line: int


Piece = Literal | Inserted | Placed
