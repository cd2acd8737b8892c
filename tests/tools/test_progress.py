"""What a generator yields is told while it runs, and its last word is the result."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator

import pytest

from chatbot.tools.execution import Failure, OutOfTime, run_within
from chatbot.tools.progress import MAX_TOLD


def run(function: Callable[..., object], seconds: float = 30) -> tuple[object, list[str]]:
    told: list[str] = []
    return asyncio.run(run_within(seconds, function, {}, str, name="made", tell=told.append)), told


def returns() -> Generator[str, None, int]:
    yield "looking"
    yield "found"
    return 3


def ends() -> Iterator[object]:
    yield "looking"
    yield 3


async def later() -> AsyncIterator[object]:
    yield "looking"
    await asyncio.sleep(0)
    yield 3


def nothing() -> Iterator[str]:
    yield from ()


@pytest.mark.parametrize(
    ("function", "result", "told"),
    [
        (returns, "3", ["looking", "found"]),
        (ends, "3", ["looking", "3"]),
        (later, "3", ["looking", "3"]),
        (nothing, "None", []),
        (lambda: returns(), "3", ["looking", "found"]),
        (lambda: later(), "3", ["looking", "3"]),
    ],
)
def test_each_value_is_told_and_the_last_word_is_the_result(
    function: Callable[..., object], result: str, told: list[str]
) -> None:
    assert run(function) == (result, told)


def test_progress_is_told_on_the_event_loop_before_the_result_is_there() -> None:
    ended = threading.Event()
    threads: list[int] = []

    def waits() -> Iterator[str]:
        yield "looking"
        assert ended.wait(20)
        yield "found"

    def tell(text: str) -> None:
        threads.append(threading.get_ident())
        ended.set()

    assert asyncio.run(run_within(30, waits, {}, str, name="made", tell=tell)) == "found"
    assert set(threads) == {threading.get_ident()}


def test_a_generator_whose_time_is_over_is_closed_where_it_yields_next() -> None:
    timed_out, closed = threading.Event(), threading.Event()
    done: list[str] = []

    def slow() -> Iterator[str]:
        try:
            timed_out.wait(20)
            yield "late"
            done.append("went on")
        finally:
            closed.set()

    told: list[str] = []
    with pytest.raises(OutOfTime):
        asyncio.run(run_within(0.02, slow, {}, str, name="made", tell=told.append))
    timed_out.set()
    assert closed.wait(20)
    assert (told, done) == ([], [])


def test_an_async_generator_is_closed_when_its_time_is_over() -> None:
    closed: list[bool] = []

    async def slow() -> AsyncGenerator[str, None]:
        try:
            yield "waiting"
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    async def main() -> None:
        with pytest.raises(OutOfTime):
            await run_within(0.02, slow, {}, str, name="made", tell=told.append)
        await asyncio.sleep(0)

    told: list[str] = []
    asyncio.run(main())
    assert (told, closed) == (["waiting"], [True])


def test_what_a_generator_raises_is_a_failure_and_what_it_told_stays_told() -> None:
    def fails() -> Iterator[str]:
        yield "looking"
        raise ValueError("down")

    async def fails_later() -> AsyncIterator[str]:
        yield "looking"
        raise ValueError("down")

    for function in (fails, fails_later):
        result, told = run(function)
        assert isinstance(result, Failure)
        assert str(result.error) == "down"
        assert told == ["looking"]


def test_no_more_is_told_than_anybody_reads() -> None:
    def chatters() -> Iterator[int]:
        yield from range(100_000)

    result, told = run(chatters)
    assert result == "99999"
    assert len(told) == MAX_TOLD
