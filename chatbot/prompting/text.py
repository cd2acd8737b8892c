"""Values as a template sees them: text that remembers who wrote it, and what is missing.

`author`, `user`, … are the origins of `chatbot.messages`. Nothing here decides what a text means; it only keeps each
character with its origin while templates join and change it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile

from chatbot.messages import Message, Origin, Segment


@dataclass(frozen=True, slots=True)
class Text:
    """Runs of characters, each with its origin."""

    parts: tuple[Segment, ...] = ()

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)

    def __bool__(self) -> bool:
        return any(part.text for part in self.parts)

    def changed(self, change: Callable[[str], str]) -> Text:
        """Every run changed by itself."""
        return Text(tuple(Segment(change(part.text), part.origin) for part in self.parts))

    def stripped(self) -> Text:
        """Without white space at its ends."""
        parts = strip_start(self.parts)
        backwards = tuple(Segment(part.text[::-1], part.origin) for part in reversed(parts))
        return Text(tuple(Segment(part.text[::-1], part.origin) for part in reversed(strip_start(backwards))))


def strip_start(parts: Sequence[Segment]) -> tuple[Segment, ...]:
    """The parts without white space at their start."""
    rest = tuple(dropwhile(lambda part: not part.text.strip(), parts))
    return (Segment(rest[0].text.lstrip(), rest[0].origin), *rest[1:]) if rest else ()


def text_of(text: str, origin: Origin) -> Text:
    """A text with one origin."""
    return Text((Segment(text, origin),))


@dataclass(frozen=True, slots=True)
class Thread:
    """Messages that a template places as they are."""

    messages: tuple[Message, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.messages)


@dataclass(frozen=True, slots=True)
class Missing:
    """A value that is not there. It is false, and the filter `default` replaces it; any other use is an error."""

    what: str
    hint: str = ""

    def __bool__(self) -> bool:
        return False


def as_value(value: object, origin: Origin) -> object:
    """An input as templates see it: text gets `origin`, segments and messages keep their own, at any depth."""
    match value:
        case str():
            return text_of(value, origin)
        case Segment():
            return Text((value,))
        case Mapping():
            return {key: as_value(item, origin) for key, item in value.items()}
        case Sequence():
            return tuple(as_value(item, origin) for item in value)
    return value
