"""Pieces to messages: role lines are read in the author's text, and nowhere else.

A role line (`system:`, `# user:`, …) must be a whole line of literal text. A line that any value touches, even an empty
one, is no role line, so no value can make, break or move one. Text before the first role line is the system's. White
space at a message's ends is removed where the author wrote it; an inserted value is never changed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, dropwhile, groupby
from typing import cast

from chatbot.errors import PromptError
from chatbot.messages import Message, Role, Segment
from chatbot.prompting.pieces import Inserted, Literal, Piece, Placed
from chatbot.prompting.prompt_file import PromptFile

ROLE_LINE = re.compile(
    r"^[ \t]*(?:#[ \t]*)?(system|user|assistant)(\[.*\])?[ \t]*:[ \t]*$", re.IGNORECASE | re.MULTILINE
)
"""A line that begins a message, where it stands in the author's text."""


def to_messages(pieces: Iterable[Piece], file: PromptFile) -> list[Message]:
    """The messages that the pieces make.

    Raises PromptError for a thread that does not stand on a line of its own, for text behind a thread before the next
    role line, and for attributes on a role line.
    """
    runs = list(_runs(pieces))
    composer = _Composer(file)
    for index, run in enumerate(runs):
        match run:
            case _Written():
                composer.write(run, first=index == 0, last=index == len(runs) - 1)
            case Inserted():
                composer.insert(run)
            case Placed():
                composer.place(run)
    composer.close()
    return composer.messages


@dataclass(frozen=True, slots=True)
class _Written:
    """The author's text between two values, in one, be it of several pieces."""

    text: str
    pieces: tuple[Literal, ...]

    def line(self, offset: int) -> int:
        """The line of the body on which this character of the text stands."""
        starts = list(accumulate((len(piece.text) for piece in self.pieces), initial=0))
        index = bisect_right(starts, offset, hi=len(self.pieces)) - 1
        piece = self.pieces[index]
        return piece.line + piece.text.count("\n", 0, offset - starts[index])


def _runs(pieces: Iterable[Piece]) -> Iterator[_Written | Inserted | Placed]:
    for is_literal, group in groupby(pieces, lambda piece: isinstance(piece, Literal)):
        if is_literal:
            literals = tuple(cast(Iterable[Literal], group))
            yield _Written("".join(piece.text for piece in literals), literals)
        else:
            yield from cast(Iterable[Inserted | Placed], group)


@dataclass(slots=True)
class _Composer:
    """The messages so far, and the one being written."""

    file: PromptFile
    messages: list[Message] = field(default_factory=list)
    role: Role | None = "system"
    """None behind a thread, until the next role line."""
    parts: list[str | Segment] = field(default_factory=list)
    """The author's text, and what was inserted into it."""
    filled: bool = False
    """A value stands in the message, be it empty: the message exists whatever the value is."""
    line_blank: bool = True
    """Nothing but white space of the author's stands on this line so far."""

    def write(self, run: _Written, *, first: bool, last: bool) -> None:
        """Author's text, which may hold role lines; `first` and `last` say that nothing stands before and behind."""
        text, start = run.text, 0
        for match in ROLE_LINE.finditer(text):
            touched = (match.start() == 0 and not first) or (match.end() == len(text) and not last)
            if touched:
                continue
            if match[2]:
                message = f"attributes on a role line are not supported: {match[0].strip()!r}"
                raise self.file.body_error(run.line(match.start(1)), message)
            self._author(run, start, match.start())
            self.close()
            self.role, self.line_blank, start = cast(Role, match[1].lower()), False, match.end()
        self._author(run, start, len(text))

    def insert(self, value: Inserted) -> None:
        """A value."""
        if self.role is None:
            raise self._behind_thread(value.line)
        self.parts += [part for part in value.parts if part.text]
        self.filled, self.line_blank = True, False

    def place(self, thread: Placed) -> None:
        """A thread."""
        if not self.line_blank:
            raise self.file.body_error(thread.line, "a thread must stand on a line of its own")
        self.close()
        self.messages += thread.messages
        self.role, self.line_blank = None, False

    def close(self) -> None:
        """Ends the message being written; one that holds nothing but white space of the author's does not exist."""
        parts = _stripped(self.parts)
        if self.role is not None and (parts or self.filled):
            self.messages.append(Message(self.role, tuple(parts)))
        self.parts, self.filled = [], False

    def _author(self, run: _Written, start: int, end: int) -> None:
        text = run.text[start:end]
        if self.role is None:
            if text.strip():
                raise self._behind_thread(run.line(start + len(text) - len(text.lstrip())))
        elif text:
            self.parts.append(text)
        if text:
            line = text.rpartition("\n")[2]
            self.line_blank = not line.strip() and (self.line_blank or "\n" in text)

    def _behind_thread(self, line: int) -> PromptError:
        return self.file.body_error(
            line, "text behind a thread belongs to no message", hint="put a role line before it"
        )


def _stripped(parts: list[str | Segment]) -> list[Segment]:
    """The parts as segments, without the author's white space at both ends; neighbours of the author's become one."""
    kept = list(dropwhile(_is_blank, parts))
    while kept and _is_blank(kept[-1]):
        kept.pop()
    if kept and isinstance(kept[0], str):
        kept[0] = kept[0].lstrip()
    if kept and isinstance(kept[-1], str):
        kept[-1] = kept[-1].rstrip()
    merged: list[Segment] = []
    for origin, group in groupby(map(_as_segment, kept), lambda segment: segment.origin):
        segments = list(group)
        merged += [Segment("".join(part.text for part in segments), "author")] if origin == "author" else segments
    return merged


def _is_blank(part: str | Segment) -> bool:
    return isinstance(part, str) and not part.strip()


def _as_segment(part: str | Segment) -> Segment:
    return part if isinstance(part, Segment) else Segment(part, "author")
