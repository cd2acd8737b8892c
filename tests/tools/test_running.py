"""A tool whose call is in order is run, and whatever it does comes to a result."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from chatbot.messages import ToolCall, ToolResult
from chatbot.tools import Tool
from chatbot.tools.execution import left_behind
from chatbot.tools.running import MOST_LEFT, run_tool

CALL = ToolCall("call-1", "made", "{}")


def made(function: Callable[..., object], **options: object) -> Tool:
    return Tool.from_function(function, name="made", **{"impact": "none", **options})  # type: ignore[arg-type]


def run(function: Callable[..., object], **options: object) -> ToolResult:
    return asyncio.run(run_tool(made(function, **options), CALL, {}))


def test_a_result_answers_its_call_and_says_how_long_it_took() -> None:
    def waits() -> str:
        threading.Event().wait(0.01)
        return "done"

    def fails() -> None:
        waits()
        raise ValueError("no")

    result, failed = run(waits), run(fails)
    assert result == ToolResult("call-1", "made", "done")
    assert failed == ToolResult("call-1", "made", "error: made failed: ValueError: no", failed=True)
    assert all(0.01 <= each.seconds < 20 for each in (result, failed))


@pytest.mark.parametrize("error", [ValueError, KeyError, SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError])
def test_whatever_a_tool_raises_is_its_result(error: type[BaseException]) -> None:
    def fails() -> None:
        raise error("no")

    async def fails_async() -> None:
        raise error("no")

    for function in (fails, fails_async):
        if (error, function) != (GeneratorExit, fails_async):  # a coroutine that raises that is being closed
            result = run(function)
            assert result.failed
            assert result.text.startswith(f"error: made failed: {error.__name__}")


def test_a_tool_that_was_left_behind_too_often_is_refused_until_its_calls_end() -> None:
    freed = threading.Event()

    def hangs() -> None:
        freed.wait(20)

    tool = Tool.from_function(hangs, impact="none", timeout=0.01)

    async def many() -> list[ToolResult]:
        return [await run_tool(tool, ToolCall(str(n), "hangs", "{}"), {}) for n in range(MOST_LEFT + 1)]

    results = asyncio.run(many())
    freed.set()
    assert all("may still do what it was asked to" in result.text for result in results[:-1])
    refused = "error: hangs failed: it still runs 8 calls that took too long (do without it)"
    assert results[-1] == ToolResult("8", "hangs", refused, failed=True, attempts=0)
    while left_behind():
        freed.wait()
    assert run(lambda: "again").text == "again"


def test_what_is_told_while_it_runs_is_of_bounded_length() -> None:
    told: list[str] = []

    def tells() -> Iterator[str]:
        yield "x" * 1_000_000
        yield "done"

    result = asyncio.run(run_tool(made(tells), CALL, {}, tell=told.append))
    assert [len(text) < 5_000 for text in told] == [True, True]
    assert result.text == "done"


# --- again ------------------------------------------------------------------------------------------------------------


class Later(Exception):
    """As a client of a service raises that asks for patience."""

    retryable = True
    headers: ClassVar = {"Retry-After": "11"}


def failing(times: int, error: Exception) -> tuple[Callable[[], str], list[int]]:
    """A function that fails so many times first, and a list that grows with each call."""
    made: list[int] = []

    def look() -> str:
        made.append(1)
        if len(made) <= times:
            raise error
        return "found"

    return look, made


def test_an_idempotent_tool_is_called_again_where_its_failure_passes() -> None:
    look, made = failing(2, ConnectionResetError("reset"))
    result = run(look, idempotent=True)
    assert (result.text, result.attempts, len(made)) == ("found", 3, 3)


def test_three_failures_are_a_failure() -> None:
    look, made = failing(9, ConnectionResetError("reset"))
    result = run(look, idempotent=True)
    assert (result.failed, result.attempts, len(made)) == (True, 3, 3)
    assert result.text == "error: made failed, 3 times: ConnectionResetError: reset"


def test_the_last_failure_is_told_and_how_many_there_were() -> None:
    errors = iter([ConnectionResetError("reset"), ValueError("wrong")])

    def look() -> None:
        raise next(errors)

    assert run(look, idempotent=True).text == "error: made failed, 2 times: ValueError: wrong"


@pytest.mark.parametrize(
    ("idempotent", "error", "timeout"),
    [
        (False, ConnectionResetError("reset"), 30.0),
        (True, ValueError("wrong"), 30.0),
        (True, TimeoutError(), 0.2),
        (True, Later(), 30.0),
    ],
    ids=["not idempotent", "would fail again", "no time left", "the service wants longer than anybody waits"],
)
def test_else_a_call_is_made_once(idempotent: bool, error: Exception, timeout: float) -> None:
    look, made = failing(1, error)
    result = run(look, idempotent=idempotent, timeout=timeout)
    assert (result.failed, result.attempts, len(made)) == (True, 1, 1)


def test_time_that_is_over_is_over_for_an_idempotent_tool_too() -> None:
    freed = threading.Event()
    result = run(lambda: freed.wait(20), idempotent=True, timeout=0.02)
    freed.set()
    assert result.attempts == 1
    assert result.text.startswith("error: made timed out after 0.02 s; it could not be stopped")

    async def waits() -> None:
        await asyncio.Event().wait()

    assert run(waits, timeout=0.02).text == "error: made timed out after 0.02 s; it was stopped"
