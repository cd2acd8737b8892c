"""Running a tool whose call has passed every check: within its time, and whatever comes of it is a result.

Nothing that a tool does ends a turn: what it raises, even to leave the program, is the result that the model reads, and
a tool that takes too long is stopped, or left behind where it cannot be stopped.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from chatbot.errors import ToolError
from chatbot.messages import ToolCall, ToolResult
from chatbot.tools.execution import Failure, OutOfTime, left_behind, run_within
from chatbot.tools.output import as_text, readable
from chatbot.tools.tool import Tool

MOST_LEFT = 8
"""Calls of one tool that may be left behind, running on, before it is refused: each holds a thread."""


async def run_tool(tool: Tool, call: ToolCall, arguments: Mapping[str, object]) -> ToolResult:
    """What comes of a call whose arguments were checked."""
    started = time.perf_counter()
    try:
        text, failed = await _outcome(tool, arguments), False
    except ToolError as error:
        text, failed = readable(f"error: {error}"), True
    return ToolResult(call.id, call.name, text, failed=failed, seconds=time.perf_counter() - started)


async def _outcome(tool: Tool, arguments: Mapping[str, object]) -> str:
    """The result as text. Raises ToolError."""
    if left_behind().count(tool.name) >= MOST_LEFT:
        raise ToolError(f"{tool.name} still runs {MOST_LEFT} calls that took too long", hint="do without it for now")
    try:
        outcome = await run_within(tool.timeout, tool.function, arguments, as_text, name=tool.name)
    except OutOfTime as error:
        gone = "it could not be stopped, and may still do what it was asked to" if error.left else "it was stopped"
        raise ToolError(f"{tool.name} timed out after {tool.timeout:g} s; {gone}") from None
    if isinstance(outcome, Failure):
        raise ToolError(f"{tool.name} failed: {described(outcome.error)}") from None
    return outcome


def described(error: BaseException) -> str:
    """An error for a model: its own words where it was meant for people, else its type and message."""
    if isinstance(error, ToolError):
        return str(error)
    try:
        message = str(error)
    except Exception:  # noqa: BLE001  # somebody else's __str__
        message = ""
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
