"""Standard output and error as everybody in this process writes to them: nothing that commands a terminal gets out.

What the program says goes through `screen`. This is for the rest: a library's warning, a log line, a traceback, the
help of the command line. Only what draws on purpose (`console`, the input line) writes to the stream behind.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable
from typing import TextIO, cast

from chatbot.errors import UsageError
from chatbot.visible import Readable


class ReaderLeft(Exception):
    """Whoever read what is written has gone, as `head` does; click would make a failure of the system's own error."""


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

    def flush(self) -> None:
        """Lets out what was written."""
        flush(self.unguarded)

    def __getattr__(self, name: str) -> object:
        return getattr(self.unguarded, name)


def guard_streams() -> None:
    """From here on standard output and error are guarded, for as long as the process lives."""
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # for those who draw: a terminal of another encoding
    sys.stdout = cast(TextIO, GuardedStream(sys.stdout))
    sys.stderr = cast(TextIO, GuardedStream(sys.stderr))


def _open_closed() -> None:
    """Lets standard streams that came closed lead nowhere.

    The next file that is opened would have their number, and get what a library prints.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    if None in (sys.stdin, sys.stdout, sys.stderr):
        sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
        sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
        sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def unguarded(stream: TextIO) -> TextIO:
    """The stream behind, for those who draw."""
    return cast(TextIO, getattr(stream, "unguarded", stream))


def put(stream: TextIO, text: str) -> None:
    """Writes what the stream's encoding can show of the text. Raises ReaderLeft, and UsageError where it cannot."""
    try:
        stream.write(text)
    except UnicodeEncodeError:  # a terminal of another encoding
        encoding = stream.encoding or "ascii"
        put(stream, text.encode(encoding, "replace").decode(encoding))
    except OSError as error:
        raise _unwritable(stream, error) from error


def flush(stream: TextIO) -> None:
    """Lets out what was written. Raises as `put`."""
    try:
        stream.flush()
    except OSError as error:
        raise _unwritable(stream, error) from error


def _unwritable(stream: TextIO, error: OSError) -> ReaderLeft | UsageError:
    """The error to raise. What the stream still holds leads nowhere, so that it does not fail as the program ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if isinstance(error, BrokenPipeError):
        return ReaderLeft()
    return UsageError(f"the output cannot be written: {error.strerror}", hint="check where it goes to")
