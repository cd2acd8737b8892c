"""A function runs within its time, on the loop or in a thread, and whatever comes of it is a value."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Awaitable, Callable

import pytest

from chatbot.tools.execution import Failure, OutOfTime, in_thread, left_behind, run_within

TOPIC = contextvars.ContextVar("TOPIC", default="none")


def run(function: Callable[..., object], seconds: float = 30, **arguments: object) -> object:
    return asyncio.run(run_within(seconds, function, arguments, lambda result: f"<{result}>", name="made"))


def test_a_function_runs_in_a_thread_of_its_own_and_its_result_is_shaped_there() -> None:
    here = threading.get_ident()
    seen: list[int] = []

    def shape(result: object) -> object:
        seen.append(threading.get_ident())
        return result

    there = asyncio.run(run_within(30, threading.get_ident, {}, shape, name="made"))
    assert there != here
    assert seen == [there]


def test_an_async_function_runs_on_the_loop() -> None:
    async def where(name: str) -> str:
        return f"{name} {threading.get_ident() == here}"

    here = threading.get_ident()
    assert run(where, name="loop") == "<loop True>"


def test_a_function_that_returns_something_to_await_is_awaited() -> None:
    async def later() -> int:
        return 3

    def promise() -> Awaitable[int]:
        return later()

    assert run(promise) == "<3>"


def test_a_thread_sees_the_callers_context() -> None:
    async def main() -> object:
        TOPIC.set("weather")
        return await in_thread(TOPIC.get)

    assert asyncio.run(main()) == "weather"


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt(), StopIteration(), MemoryError()])
def test_whatever_is_raised_in_a_thread_is_a_value(error: BaseException) -> None:
    def fails() -> None:
        raise error

    outcome = run(fails)
    assert isinstance(outcome, Failure)
    assert outcome.error is error


def test_whatever_is_raised_on_the_loop_is_a_value() -> None:
    async def fails(error: BaseException) -> None:
        raise error

    for error in (ValueError("x"), SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()):
        outcome = run(fails, error=error)
        assert isinstance(outcome, Failure)
        assert type(outcome.error) is type(error)


def test_a_shape_that_fails_is_a_value_too() -> None:
    def shape(result: object) -> str:
        raise TypeError("no text")

    outcome = asyncio.run(run_within(30, int, {}, shape, name="made"))
    assert isinstance(outcome, Failure)
    assert str(outcome.error) == "no text"


def test_time_that_is_over_is_over_for_threads_and_for_the_loop() -> None:
    freed = threading.Event()
    stopped: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # a clean-up takes its time too
            stopped.append("async")

    for function, left in ((freed.wait, True), (waits, False)):
        with pytest.raises(OutOfTime) as error:
            run(function, seconds=0.05)
        assert error.value.left is left
    freed.set()
    assert stopped == ["async"]


def test_what_could_not_be_stopped_is_known_by_name_until_it_ends() -> None:
    freed, ended = threading.Event(), threading.Event()

    def hangs() -> None:
        freed.wait(20)

    async def main() -> tuple[str, ...]:
        with pytest.raises(OutOfTime):
            await run_within(0.02, hangs, {}, str, name="hangs")
        return left_behind()

    assert "hangs" in asyncio.run(main())
    freed.set()
    while "hangs" in left_behind():
        ended.wait(0.01)


def test_what_ended_in_its_time_is_a_result_though_the_loop_was_too_busy_to_hear_of_it() -> None:
    ended = threading.Event()

    def sends() -> str:
        ended.set()
        return "sent"

    async def main() -> object:
        running = asyncio.ensure_future(run_within(0.1, sends, {}, str, name="in time"))
        await asyncio.sleep(0)
        assert ended.wait(20)
        time.sleep(0.2)  # somebody's code computes
        return await running

    assert asyncio.run(main()) == "sent"
    assert "in time" not in left_behind()


def test_what_has_ended_when_nobody_waits_for_it_any_more_does_not_count_as_left_behind() -> None:
    ended = threading.Event()

    async def main() -> None:
        running = asyncio.ensure_future(run_within(30, ended.set, {}, str, name="ended"))
        await asyncio.sleep(0.01)
        assert ended.wait(20)
        time.sleep(0.5)  # for the thread to come to its end, which it mostly does
        running.cancel()
        await asyncio.wait({running})

    asyncio.run(main())
    deadline = time.monotonic() + 20
    while "ended" in left_behind():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("promised", [False, True])
def test_an_async_function_that_refuses_to_stop_is_left_behind_too(promised: bool) -> None:
    async def main() -> tuple[bool, tuple[str, ...], tuple[str, ...]]:
        freed = asyncio.Event()

        async def stubborn() -> None:
            while not freed.is_set():
                try:
                    await freed.wait()
                except asyncio.CancelledError:
                    continue

        function = (lambda: stubborn()) if promised else stubborn
        with pytest.raises(OutOfTime) as error:
            await run_within(0.02, function, {}, str, name="stubborn")
        during = left_behind()
        freed.set()
        await asyncio.sleep(0.02)
        return error.value.left, during, left_behind()

    left, during, after = asyncio.run(main())
    assert left
    assert "stubborn" in during and "stubborn" not in after


def test_a_thread_that_is_left_behind_does_not_hold_up_the_end_of_the_program() -> None:
    freed = threading.Event()
    with pytest.raises(OutOfTime):
        run(freed.wait, seconds=0.05)
    left = [thread for thread in threading.enumerate() if thread.name == "tool"]
    assert left and all(thread.daemon for thread in left)
    freed.set()


def test_who_stops_waiting_stops_the_function_on_the_loop() -> None:
    stopped: list[str] = []
    started = asyncio.Event()

    async def waits() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.append("cancelled")
            raise

    async def main() -> None:
        task = asyncio.create_task(run_within(30, waits, {}, str, name="made"))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)

    asyncio.run(main())
    assert stopped == ["cancelled"]
