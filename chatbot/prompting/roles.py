"""Pieces to messages: role lines are read in the author's text, and nowhere else.

A role line (`system:`, `# user:`, …) must be a whole line of literal text. A line that any value touches, even an empty
one, is no role line, so no value can make, break or move one. Text before the first role line is the system's. White
space at a message's ends is removed where the author wrote it; an inserted value is never changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import cast

from chatbot.messages import Message, Role, Segment
from chatbot.prompting.pieces import Inserted, Literal, Piece, Placed
from chatbot.prompting.prompt_file import PromptFile

_ROLE_LINE = re.compile(r"^[ \t]*#?[ \t]*(system|user|assistant)(\[.*\])?[ \t]*:[ \t]*$", re.IGNORECASE | re.MULTILINE)


def to_messages(pieces: Iterable[Piece], file: PromptFile) -> list[Message]:
    """The messages that the pieces make.

    Raises PromptError for a thread that does not stand on a line of its own, for text behind a thread before the next
    role line, and for attributes on a role line.
    """
    joined = list(_joined(pieces))
    composer = _Composer(file)
    for index, piece in enumerate(joined):
        match piece:
            case Literal():
                composer.literal(piece, first=index == 0, last=index == len(joined) - 1)
            case Inserted():
                composer.insert(piece)
            case Placed():
                composer.place(piece)
    composer.close()
    return composer.messages


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces, with neighbouring literal ones made one."""
    for kind, group in groupby(pieces, type):
        if kind is Literal:
            literals = cast(list[Literal], list(group))
            yield Literal("".join(piece.text for piece in literals), literals[0].line)
        else:
            yield from group


@dataclass(slots=True)
class _Composer:
    """The messages so far, and the one being written."""

    file: PromptFile
    messages: list[Message] = field(default_factory=list)
    role: Role | None = "system"
    """None behind a thread, until the next role line."""
    parts: list[Segment | Literal] = field(default_factory=list)
    filled: bool = False
    """A value stands in the message, be it empty: the message exists whatever the value is."""

    def literal(self, piece: Literal, *, first: bool, last: bool) -> None:
        """Author's text, which may hold role lines; `first` and `last` say that no piece stands before and behind."""
        text, start = piece.text, 0
        for match in _ROLE_LINE.finditer(text):
            touched = (match.start() == 0 and not first) or (match.end() == len(text) and not last)
            if touched:
                continue
            line = piece.line + text.count("\n", 0, match.start())
            if match[2]:
                raise self.file.body_error(line, f"attributes on a role line are not supported: {match[0].strip()!r}")
            self._author(text[start : match.start()], line)
            self.close()
            self.role, start = cast(Role, match[1].lower()), match.end()
        self._author(text[start:], piece.line + text.count("\n", 0, start))

    def insert(self, piece: Inserted) -> None:
        """A value."""
        if self.role is None:
            raise self._behind_thread(piece.line)
        self.parts += [part for part in piece.parts if part.text]
        self.filled = True
        self.parts.append(Literal("", piece.line))

    def place(self, piece: Placed) -> None:
        """A thread."""
        if not self._at_line_start():
            raise self.file.body_error(piece.line, "a thread must stand on a line of its own")
        self.close()
        self.messages += piece.messages
        self.role = None

    def close(self) -> None:
        """Ends the message being written; one that holds nothing but white space of the author's does not exist."""
        parts = _stripped(self.parts)
        if self.role is not None and (parts or self.filled):
            self.messages.append(Message(self.role, tuple(parts)))
        self.parts, self.filled = [], False

    def _at_line_start(self) -> bool:
        """Whether nothing but white space of the author's stands before on the line."""
        if not self.parts and not self.filled:
            return True
        before = self.parts[-1]
        if not isinstance(before, Literal) or before.text.rpartition("\n")[2].strip():
            return False
        return "\n" in before.text or (len(self.parts) == 1 and not self.filled)

    def _author(self, text: str, line: int) -> None:
        if self.role is None:
            if text.strip():
                raise self._behind_thread(line)
        elif text:
            self.parts.append(Literal(text, line))

    def _behind_thread(self, line: int) -> Exception:
        return self.file.body_error(
            line, "text behind a thread belongs to no message", hint="put a role line before it"
        )


def _stripped(parts: Iterable[Segment | Literal]) -> list[Segment]:
    """The parts as segments, without the author's white space at both ends; the author's neighbours become one."""
    kept = list(parts)
    while kept and isinstance(kept[0], Literal) and not kept[0].text.strip():
        del kept[0]
    while kept and isinstance(kept[-1], Literal) and not kept[-1].text.strip():
        del kept[-1]
    segments = [_segment(part, first=i == 0, last=i == len(kept) - 1) for i, part in enumerate(kept)]
    merged: list[Segment] = []
    for segment in segments:
        if merged and merged[-1].origin == segment.origin == "author":
            segment = Segment(merged.pop().text + segment.text, "author")
        if segment.text:
            merged.append(segment)
    return merged


def _segment(part: Segment | Literal, *, first: bool, last: bool) -> Segment:
    if isinstance(part, Segment):
        return part
    text = part.text.lstrip() if first else part.text
    return Segment(text.rstrip() if last else text, "author")
