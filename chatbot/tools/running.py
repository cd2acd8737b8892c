"""Running a tool whose call has passed every check: within its time, and whatever comes of it is a result.

Nothing that a tool does ends a turn: what it raises, even to leave the program, is the result that the model reads, and
a tool that takes too long is stopped, or left behind where it cannot be stopped. A call is made again only where the
tool was declared idempotent and its failure is one that passes (`retrying`), within the time of the whole call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from itertools import count

from chatbot.errors import ToolError
from chatbot.messages import ToolCall, ToolResult
from chatbot.tools.execution import Failure, OutOfTime, left_behind, run_within
from chatbot.tools.output import MAX_COMPLAINT, as_text, readable
from chatbot.tools.retrying import ATTEMPTS, may_pass, pause
from chatbot.tools.tool import Tool

MOST_LEFT = 8
"""Calls of one tool that may be left behind, running on, before it is refused: each holds a thread."""


async def run_tool(
    tool: Tool,
    call: ToolCall,
    arguments: Mapping[str, object],
    *,
    tell: Callable[[str], None] = lambda _: None,
    hide: Callable[[str], str] = lambda text: text,
) -> ToolResult:
    """What comes of a call whose arguments were checked.

    tell: told of the progress that a generator yields, in short. hide: masks the secrets that the tool was given.
    """

    def told(text: str) -> None:
        tell(readable(text, MAX_COMPLAINT))

    started = time.perf_counter()
    outcome, attempts = await _attempts(tool, arguments, lambda result: hide(as_text(result)), told)
    seconds = time.perf_counter() - started
    if isinstance(outcome, Failure):
        complaint = readable(hide(_complaint(tool, outcome.error, attempts)), MAX_COMPLAINT)
        return ToolResult(call.id, call.name, complaint, failed=True, attempts=attempts, seconds=seconds)
    return ToolResult(call.id, call.name, outcome, attempts=attempts, seconds=seconds)


async def _attempts(
    tool: Tool, arguments: Mapping[str, object], shape: Callable[[object], str], tell: Callable[[str], None]
) -> tuple[str | Failure, int]:
    """What came of the last attempt, and how many there were."""
    if left_behind().count(tool.name) >= MOST_LEFT:
        return Failure(ToolError(f"it still runs {MOST_LEFT} calls that took too long", hint="do without it")), 0
    now = asyncio.get_running_loop().time
    deadline = now() + tool.timeout
    for made in count(1):
        try:
            left = deadline - now()
            outcome = await run_within(left, tool.function, arguments, shape, name=tool.name, tell=tell)
        except OutOfTime as error:
            return Failure(error), made
        if not isinstance(outcome, Failure) or not tool.idempotent or made == ATTEMPTS or not may_pass(outcome.error):
            break
        wait = pause(outcome.error, made)
        if wait is None or now() + wait >= deadline:
            break
        await asyncio.sleep(wait)
    return outcome, made


def _complaint(tool: Tool, error: BaseException, attempts: int) -> str:
    if isinstance(error, OutOfTime):
        gone = "it could not be stopped, and may still do what it was asked to" if error.left else "it was stopped"
        return f"error: {tool.name} timed out after {tool.timeout:g} s; {gone}"
    times = f", {attempts} times" if attempts > 1 else ""
    return f"error: {tool.name} failed{times}: {described(error)}"


def described(error: BaseException) -> str:
    """An error for a model: its own words where it was meant for people, else its type and message."""
    if isinstance(error, ToolError):
        return str(error)
    try:
        message = str(error)
    except Exception:  # noqa: BLE001  # somebody else's __str__
        message = ""
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
