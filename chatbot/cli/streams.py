"""Standard output and error as everybody in this process writes to them: nothing that commands a terminal gets out.

What the program says goes through `screen`. This is for the rest: a library's warning, a log line, a traceback, the
help of the command line. Only what draws on purpose (`console`, the input line) writes to the stream behind.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TextIO, cast

from chatbot.visible import Readable


class GuardedStream:
    """A stream to which only `readable` text is written, and that shows what its encoding has."""

    def __init__(self, stream: TextIO) -> None:
        self.unguarded = stream
        self._text = Readable()

    def write(self, text: str) -> int:
        """Writes the text; returns its length."""
        put(self.unguarded, self._text.piece(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Writes each."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        return getattr(self.unguarded, name)


def guard_streams() -> None:
    """From here on standard output and error are guarded, for as long as the process lives."""
    sys.stdout = cast(TextIO, GuardedStream(sys.stdout))
    sys.stderr = cast(TextIO, GuardedStream(sys.stderr))


def unguarded(stream: TextIO) -> TextIO:
    """The stream behind, for those who draw."""
    return cast(TextIO, getattr(stream, "unguarded", stream))


def put(stream: TextIO, text: str) -> None:
    """Writes what the stream's encoding can show of the text."""
    try:
        stream.write(text)
    except UnicodeEncodeError:  # a terminal of another encoding
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding))
