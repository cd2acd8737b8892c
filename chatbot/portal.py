"""The synchronous face of asynchronous code: one background event loop for the whole process, started when first used.

It only carries calls over; no logic lives on either side of it. A forked child starts a loop of its own.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar, cast

from chatbot.errors import UsageError
from chatbot.forking import renewed_in_children

T = TypeVar("T")

Work = Coroutine[object, object, T]


def call(work: Work[T]) -> T:
    """The coroutine's result. An exception while waiting, such as Ctrl-C, cancels it and waits until it has ended."""
    running = _Running(work)
    try:
        running.ended.wait()
    finally:
        running.stop()
    return running.task.result()


def wait(work: Work[T]) -> T:
    """The coroutine's result, from whichever thread; for what is bounded in time, since that thread stands still.

    On the background loop itself a loop of its own does the work.
    """
    if not is_background():
        return call(work)
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, cast(Coroutine[None, None, T], work)).result()


def iterate(start: Callable[[Callable[[T], None]], Work[object]]) -> Iterator[T]:
    """What the coroutine shows, as it shows it. Leaving the iteration cancels it, and waits until it has ended."""
    shown: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()
    running = _Running(start(lambda item: shown.put((item,))), at_end=lambda: shown.put(None))
    try:
        while (item := shown.get()) is not None:
            yield item[0]
    finally:
        running.stop()
    running.task.result()


def begin(work: Work[T]) -> Future[T]:
    """Starts the coroutine on the background loop, from any thread, without waiting for it."""
    return asyncio.run_coroutine_threadsafe(work, _background()[0])


def is_background() -> bool:
    """Whether this code runs on the background loop, which must not wait for itself."""
    return threading.current_thread() is _background()[1]


async def ferry(work: Work[T]) -> T:
    """The coroutine's result, from the background loop, whichever loop asks for it; cancelling cancels it there.

    For what is bound to one loop and must serve all, such as a connection.
    """
    return await (work if asyncio.get_running_loop() is _background()[0] else asyncio.wrap_future(begin(work)))


class _Running(Generic[T]):
    """A task on the background loop."""

    task: asyncio.Task[T]

    def __init__(self, work: Work[T], at_end: Callable[[], None] = lambda: None) -> None:
        self.ended = threading.Event()
        self._at_end = at_end
        self._loop, _ = _background()
        if is_background():
            work.close()
            raise UsageError(
                "synchronous code on the chatbot's own event loop would wait for itself",
                hint="in an async tool, await aask or astream",
            )
        self._loop.call_soon_threadsafe(self._start, work)

    def _start(self, work: Work[T]) -> None:
        self.task = self._loop.create_task(work)
        self.task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[T]) -> None:
        if not task.cancelled():
            task.exception()  # so that asyncio does not complain of an error that nobody waits for any more
        self.ended.set()
        self._at_end()

    def stop(self) -> None:
        """Cancels the task unless it has ended, and waits for its clean-up."""
        if not self.ended.is_set():
            self._loop.call_soon_threadsafe(lambda: self.task.cancel())
            self.ended.wait()


class _Background:
    """The loop and its thread."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._started: list[tuple[asyncio.AbstractEventLoop, threading.Thread]] = []
        """The last is in use. Those of the processes that this one was forked from stay as they are: they share what
        their loops poll with."""
        self._stale = False
        renewed_in_children(self)

    def get(self) -> tuple[asyncio.AbstractEventLoop, threading.Thread]:
        """Both, started where they are not."""
        with self._starting:
            if self._stale or not self._started:
                loop = asyncio.new_event_loop()
                thread = threading.Thread(target=loop.run_forever, name="chatbot", daemon=True)
                thread.start()
                self._started.append((loop, thread))
                self._stale = False
            return self._started[-1]

    def inherit(self) -> None:
        """The thread is not in this process. For `forking`."""
        self._starting, self._stale = threading.Lock(), True


_BACKGROUND = _Background()
"""Shared by all threads."""


def _background() -> tuple[asyncio.AbstractEventLoop, threading.Thread]:
    return _BACKGROUND.get()
