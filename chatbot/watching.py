"""Watching a turn: its events as they happen, less what should not be shown, and as something to iterate over.

Left out are addresses that would carry something out (`answer_links`), and markers that point nowhere (`cite`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable

from chatbot.context import Past
from chatbot.events import Searched, Show, TextDelta, ToolEnded, ToolStarted, TurnEvent
from chatbot.messages import Answer
from chatbot.retrieval.cite import MarkerFilter
from chatbot.tools.answer_links import Heard, OutgoingText, Outlet


class Watch:
    """Stands between a turn and whoever watches it. show: None where nobody does, and only `text` is wanted."""

    def __init__(self, show: Show | None, past: Past, question: str, outlet: Outlet) -> None:
        self._show = show
        self._numbers = {item.number for item in past.ledger}
        self._heard = Heard.of(past.history, (question,), (item.passage.text for item in past.ledger))
        self._outgoing = OutgoingText(outlet, lambda: self._heard)
        self._markers = MarkerFilter(self._numbers)
        self.text = ""
        """What was shown, or could have been, of the message that is being written."""

    @classmethod
    def over(cls, text: str, past: Past, question: str, outlet: Outlet) -> Watch:
        """Of a text that nobody has watched: what would have been shown of it."""
        watch = cls(None, past, question, outlet)
        watch(TextDelta(text))
        return watch

    def __call__(self, event: TurnEvent) -> None:
        """Passes the event on."""
        if isinstance(event, TextDelta):
            self._pass_on(self._markers.feed(self._outgoing.feed(event.text)))
            return
        self.end()
        if isinstance(event, Searched):
            self._numbers |= {item.number for item in event.found}
            self._hear(item.passage.text for item in event.found)
        if isinstance(event, ToolEnded):
            self._hear((event.result.text,))
        if isinstance(event, Searched | ToolStarted):
            self.text = ""  # what was said before a tool ran is a message of its own
        if self._show:
            self._show(event)

    def end(self) -> None:
        """Lets go of what the filters held back."""
        self._pass_on(self._markers.feed(self._outgoing.flush()) + self._markers.flush())

    def _hear(self, texts: Iterable[str]) -> None:
        self._heard = Heard(self._heard.said, (*self._heard.others, *texts))

    def _pass_on(self, text: str) -> None:
        self.text += text
        if text and self._show:
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
