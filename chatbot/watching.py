"""Watching a turn: its events as they happen, less what should not be shown, and as something to iterate over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine

from chatbot.events import Searched, TextDelta, ToolStarted, TurnEvent
from chatbot.messages import Answer
from chatbot.retrieval.cite import MarkerFilter
from chatbot.runtime import Show


class Watch:
    """Passes a turn's events on, less the markers in its text that point nowhere, and keeps what was shown."""

    def __init__(self, show: Show | None, numbers: set[int]) -> None:
        self._show = show
        self._numbers = numbers
        self._filter = MarkerFilter(numbers)
        self.text = ""

    def __call__(self, event: TurnEvent) -> None:
        """Passes on one event."""
        assert self._show is not None
        if isinstance(event, TextDelta):
            self._pass_on(self._filter.feed(event.text))
            return
        self.end()
        if isinstance(event, Searched):
            self._numbers |= {item.number for item in event.found}
        if isinstance(event, Searched | ToolStarted):
            self.text = ""  # what was said before a tool ran is a message of its own
        self._show(event)

    def end(self) -> None:
        """Lets go of what the filter held back."""
        self._pass_on(self._filter.flush())

    def _pass_on(self, text: str) -> None:
        if text and self._show:
            self.text += text
            self._show(TextDelta(text))


async def events_of(start: Callable[[Show], Coroutine[object, object, Answer]]) -> AsyncGenerator[TurnEvent, None]:
    """What the coroutine shows. Closing the iteration cancels it, and waits until it has ended."""
    shown: asyncio.Queue[TurnEvent | None] = asyncio.Queue()
    task = asyncio.ensure_future(start(shown.put_nowait))

    def finish(task: asyncio.Task[Answer]) -> None:
        if not task.cancelled():
            task.exception()  # so that asyncio does not complain of an error that nobody waits for any more
        shown.put_nowait(None)

    task.add_done_callback(finish)
    try:
        while (event := await shown.get()) is not None:
            yield event
        await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
