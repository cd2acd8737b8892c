"""Running a tool's function within its time, on the event loop or in a thread that it has to itself.

A function that runs in a thread cannot be stopped from outside: when its time is over, or nobody waits for it any more,
it is left behind, in a daemon thread that neither holds up the other tools nor the end of the program. What it does to
the world goes on, and `left_behind` tells of it; a generator is closed at its next `yield`. An async function is
cancelled. One that computes without ever awaiting holds up the event loop, and nothing here can stop it: such a
function should not be async.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import threading
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeVar, cast

from chatbot.forking import in_children
from chatbot.tools.printing import printing_to
from chatbot.tools.progress import Progress, drain, drain_async

T = TypeVar("T")

GRACE = 0.5
"""Seconds that an async function has for its clean-up when it is cancelled."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What a function raised, as a value."""

    error: BaseException


class OutOfTime(Exception):
    """The time was over. `left`: the function could not be stopped, and goes on."""

    def __init__(self, *, left: bool) -> None:
        super().__init__()
        self.left = left


@dataclass(slots=True, eq=False)
class _Job:
    """A function that runs."""

    name: str
    ended: bool = False

    def leave(self) -> None:
        """Nobody waits for it any more."""
        _LEFT.add(self)
        if self.ended:
            _LEFT.discard(self)

    def end(self, _: object = None) -> None:
        self.ended = True
        _LEFT.discard(self)


_LEFT: set[_Job] = set()


def left_behind() -> tuple[str, ...]:
    """Names of the functions that nobody waits for any more and that could not be stopped: they go on."""
    return tuple(sorted(job.name for job in _LEFT.copy()))


async def run_within(
    seconds: float,
    function: Callable[..., object],
    arguments: Mapping[str, object],
    shape: Callable[[object], T],
    *,
    name: str,
    tell: Callable[[T], None] = lambda _: None,
) -> T | Failure:
    """What `shape` makes of the function's result, or what it raised. Raises OutOfTime when the time is over.

    name: what `left_behind` calls the function.
    tell: told on the event loop of what a generator yields while it runs, as `shape` makes it.
    """
    job, progress = _Job(name), Progress(tell, shape)
    deadline = asyncio.get_running_loop().time() + seconds
    call = functools.partial(function, **arguments)
    try:
        with printing_to(progress.printed):
            if inspect.iscoroutinefunction(function):
                return await _on_loop(call, shape, progress, job, deadline)
            outcome = await in_thread(lambda: _shaped(call, shape, progress), job, deadline)
            if isinstance(outcome, _Unfinished):
                rest = outcome.result
                return await _on_loop(lambda: rest, shape, progress, _Job(name), deadline)
            return outcome
    finally:
        progress.over = True


async def _on_loop(
    start: Callable[[], object], shape: Callable[[object], T], progress: Progress[T], job: _Job, deadline: float
) -> T | Failure:
    """What comes of something to await, in a task of its own: it may cancel itself, or refuse to be cancelled."""
    work = _awaited(start, shape, progress)
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=deadline - asyncio.get_running_loop().time())
    finally:
        if not task.done():
            await _stop(task, job)
    if not done:
        raise OutOfTime(left=not task.done())
    return Failure(asyncio.CancelledError("it was cancelled")) if task.cancelled() else task.result()


async def _stop(task: asyncio.Task[T | Failure], job: _Job) -> None:
    """Cancels, and waits for a clean-up that is quick."""
    task.cancel()
    await asyncio.wait({task}, timeout=GRACE)
    if not task.done():
        job.leave()
        task.add_done_callback(job.end)


async def _awaited(start: Callable[[], object], shape: Callable[[object], T], progress: Progress[T]) -> T | Failure:
    try:
        return shape(await cast(Awaitable[object], start()))
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001  # whatever a tool raises is its result
        return Failure(error)
    finally:
        progress.printed.end()


@dataclass(frozen=True, slots=True)
class _Unfinished:
    """What is left to do on the event loop."""

    result: Awaitable[object]


def _shaped(call: Callable[[], object], shape: Callable[[object], T], progress: Progress[T]) -> T | _Unfinished:
    """Shaped where it was made, so that a large result does not hold up the event loop."""
    try:
        result = call()
        if isinstance(result, AsyncGenerator):
            return _Unfinished(drain_async(result, progress))
        if inspect.isawaitable(result):
            return _Unfinished(result)
        return shape(drain(result, progress) if isinstance(result, Generator) else result)
    finally:
        progress.printed.end()


async def in_thread(function: Callable[[], T], job: _Job | None = None, deadline: float | None = None) -> T | Failure:
    """What the function returns or raises, from a thread of its own with this task's context variables.

    deadline: on the event loop's clock. Raises OutOfTime when that is over. What has ended by then is a result, though
    the loop may have been too busy to hear of it.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T | Failure] = loop.create_future()
    context = contextvars.copy_context()

    def work() -> None:
        value: T | Failure
        try:
            value = context.run(function)
        except BaseException as error:  # noqa: BLE001  # nothing may leave a thread
            value = Failure(error)
        if job is not None:
            job.end()
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(outcome.set_result, value)

    _hand_over(work)
    try:
        await asyncio.wait({outcome}, timeout=None if deadline is None else deadline - loop.time())
    finally:
        if job is not None and not outcome.done():
            job.leave()
    if not outcome.done():
        raise OutOfTime(left=True)
    return outcome.result()


_IDLE: deque[SimpleQueue[Callable[[], None]]] = deque()
"""The inboxes of threads that wait for work: waking one takes half as long as starting one."""

in_children(_IDLE.clear)


def _hand_over(work: Callable[[], None]) -> None:
    """Lets an idle thread do the work, or a new one; a thread that is left behind is idle again when it ends."""
    try:
        inbox = _IDLE.pop()
    except IndexError:
        inbox = SimpleQueue()
        threading.Thread(target=_serve, args=(inbox,), daemon=True, name="tool").start()
    inbox.put(work)


def _serve(inbox: SimpleQueue[Callable[[], None]]) -> None:
    while True:
        inbox.get()()
        _IDLE.append(inbox)
