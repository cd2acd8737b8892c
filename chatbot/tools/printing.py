"""What a tool prints is its progress: in the terminal it is told as such, and does not run into what is shown there.

Elsewhere a tool prints where its program prints. What a process prints that a tool starts, or a thread of its own, is
not known to be a tool's, and is left alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

LONGEST_LINE = 1_000
"""Characters of a line; the rest of it is dropped."""


class Lines:
    """Puts what is printed together to lines, and tells each that holds something."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._rest = ""

    def write(self, text: str) -> None:
        """Takes a piece of text."""
        *lines, self._rest = (self._rest + text[: 100 * LONGEST_LINE]).split("\n")
        for line in filter(str.strip, lines):
            self._tell(line[:LONGEST_LINE])
        self._rest = self._rest[:LONGEST_LINE]

    def end(self) -> None:
        """Tells what is left over."""
        self.write("\n")


_PRINTING: ContextVar[Lines | None] = ContextVar("printing", default=None)


@contextmanager
def printing_to(lines: Lines) -> Iterator[None]:
    """What is printed in this context, while tools are kept off the screen, goes to `lines`."""
    token = _PRINTING.set(lines)
    try:
        yield
    finally:
        _PRINTING.reset(token)


@contextmanager
def tools_kept_off_the_screen() -> Iterator[None]:
    """For the terminal: standard output and error, less what tools print there."""
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Routed(sys.stdout), _Routed(sys.stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams


class _Routed:
    """A stream for everybody but tools."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        lines = _PRINTING.get()
        if lines is None:
            return self._stream.write(text)
        lines.write(text)
        return len(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
