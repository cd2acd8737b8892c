"""Generators as tools: each value they yield is told as progress, and the last word is the result.

What a generator returns is its result; where it returns nothing (an async generator cannot), the last value that it
yielded is. A generator whose call is over, because its time was up or the turn was stopped, is closed at its next
`yield`, also in a thread that nothing else could stop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, closing, suppress
from typing import Generic, TypeVar

from chatbot.tools.printing import Lines

T = TypeVar("T")

MAX_TOLD = 1_000
"""Most pieces of progress of one call that are told: what yields more often is not read by anybody."""


class Progress(Generic[T]):
    """Passes what a call yields on to `tell`, on the event loop that this was made on and from any thread.

    shape: makes of a yielded value what is told.
    """

    def __init__(self, tell: Callable[[T], None], shape: Callable[[object], T]) -> None:
        self._tell, self._shape = tell, shape
        self._loop = asyncio.get_running_loop()
        self._left = MAX_TOLD
        self.printed = Lines(self.add)
        """What the call prints, where that is not for the screen."""
        self.over = False
        """The call has ended: nothing more is told, and nothing more need be yielded."""

    def add(self, value: object) -> None:
        """Tells what was yielded."""
        if self._left and not self.over:
            self._left -= 1
            text = self._shape(value)
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._pass_on, text)

    def _pass_on(self, text: T) -> None:
        if not self.over:
            self._tell(text)


def drain(generator: Generator[object, None, object], progress: Progress[T]) -> object:
    """The result of a generator that runs in this thread."""
    last: object = None
    with closing(generator):
        while not progress.over:
            try:
                last = next(generator)
            except StopIteration as end:
                return last if end.value is None else end.value
            progress.add(last)
    return last


async def drain_async(generator: AsyncGenerator[object, None], progress: Progress[T]) -> object:
    """The result of an async generator."""
    last: object = None
    async with aclosing(generator):
        async for last in generator:
            progress.add(last)
    return last
