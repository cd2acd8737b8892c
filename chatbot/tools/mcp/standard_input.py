"""Lines of standard input for an event loop, of bounded length, whose reading holds up neither Ctrl-C nor the end.

A thread that waits in `read` cannot be stopped, and the interpreter waits for it where it holds a lock on `sys.stdin`.
So the thread here is a daemon that reads the descriptor itself. While it does, descriptor 0 is the null device: what
the tools start cannot read messages that are meant for us.
"""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress

MAX_LINE = 4 * 1024 * 1024
"""Bytes of a message, as over HTTP; a longer one ends the input."""


class StandardInput:
    """An async iterator over lines. Made on the event loop that reads it; `descriptor` is read from then on."""

    def __init__(self, descriptor: int = 0) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._source = os.dup(descriptor)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, descriptor)
        os.close(nothing)
        threading.Thread(target=self._read, daemon=True, name="mcp-stdin").start()

    def __aiter__(self) -> StandardInput:
        return self

    async def __anext__(self) -> str:
        line = await self._lines.get()
        if line is None:
            raise StopAsyncIteration
        return line

    def _read(self) -> None:
        rest = b""
        with suppress(OSError):  # the other end is gone
            while len(rest) <= MAX_LINE and (piece := os.read(self._source, 65_536)):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    self._pass_on(line.decode("utf-8", "replace"))
        self._pass_on(None)

    def _pass_on(self, line: str | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody reads any more
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
