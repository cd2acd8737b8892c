"""Running a tool's function within its time, on the event loop or in a thread that it has to itself.

A function that runs in a thread cannot be stopped from outside: when its time is over it is left behind, in a daemon
thread that neither holds up the other tools nor the end of the program. What it does to the world goes on.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failure:
    """What a function raised, as a value."""

    error: BaseException


async def run_within(
    seconds: float, function: Callable[..., object], arguments: Mapping[str, object], shape: Callable[[object], T]
) -> T | Failure:
    """What `shape` makes of the function's result, or what it raised. Raises TimeoutError when the time is over."""
    task = asyncio.ensure_future(_perform(function, arguments, shape))
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
    if not done:
        raise TimeoutError
    return Failure(asyncio.CancelledError("it was cancelled")) if task.cancelled() else task.result()


async def _perform(
    function: Callable[..., object], arguments: Mapping[str, object], shape: Callable[[object], T]
) -> T | Failure:
    try:
        if inspect.iscoroutinefunction(function):
            return shape(await function(**arguments))
        outcome = await in_thread(lambda: _shaped(function(**arguments), shape))
        if isinstance(outcome, Failure) or not inspect.isawaitable(outcome):
            return outcome
        return shape(await outcome)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a tool raises is its result
        return Failure(error)


def _shaped(result: object, shape: Callable[[object], T]) -> T:
    """Shaped where it was made, so that a large result does not hold up the event loop."""
    return result if inspect.isawaitable(result) else shape(result)  # type: ignore[return-value]  # awaited above


async def in_thread(function: Callable[[], T]) -> T | Failure:
    """What the function returns or raises, from a thread of its own with this task's context variables."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T | Failure] = loop.create_future()
    context = contextvars.copy_context()

    def deliver(value: T | Failure) -> None:
        if not outcome.done():
            outcome.set_result(value)

    def work() -> None:
        value: T | Failure
        try:
            value = context.run(function)
        except BaseException as error:  # noqa: BLE001  # nothing may leave a thread
            value = Failure(error)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(deliver, value)

    _hand_over(work)
    return await outcome


_IDLE: deque[SimpleQueue[Callable[[], None]]] = deque()
"""The inboxes of threads that wait for work: waking one takes half as long as starting one."""


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
