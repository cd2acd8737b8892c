"""The one dispatcher: between "the model asked for a tool" and "the tool ran" lies this module and nothing else.

A bad call never raises: what is wrong with it is the call's result, which the model reads.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from chatbot.effects import ToolSchema
from chatbot.errors import ToolError, nearest
from chatbot.messages import ToolCall, ToolResult

if TYPE_CHECKING:
    from chatbot.tools.tool import Tool

Approve = Callable[["Tool", ToolCall], Awaitable[bool]]
"""Asked before a tool with side effects runs in a context that holds text of documents or tools."""

SIDE_EFFECTS = ("writes", "sends", "spends")

MAX_OUTPUT = 20_000
"""Characters of a result that a model gets to read."""


class Toolbox:
    """The tools of a conversation."""

    def __init__(self, tools: Sequence[Tool], approve: Approve | None = None) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._approve = approve

    def schemas(self) -> tuple[ToolSchema, ...]:
        """The tools as a model sees them."""
        return tuple(tool.schema for tool in self._tools.values())

    async def run(self, call: ToolCall, *, tainted: bool = False) -> ToolResult:
        """The call's result. `tainted`: text of a document or a tool was in the context when the model asked."""
        try:
            return ToolResult(call.id, call.name, _readable(await self._run(call, tainted=tainted)))
        except ToolError as error:
            return ToolResult(call.id, call.name, _readable(f"error: {error}"), failed=True)

    async def _run(self, call: ToolCall, *, tainted: bool) -> object:
        tool = self._tools.get(call.name)
        if tool is None:
            raise ToolError(f"there is no tool {call.name!r}", hint=nearest(call.name, self._tools))
        arguments = tool.check(_arguments(call))
        if tainted and tool.impact in SIDE_EFFECTS:
            allowed = self._approve is not None and await self._approve(tool, call)
            if not allowed:
                raise ToolError(
                    f"{tool.name} was not run: the user has not allowed it", hint="say what you wanted to do"
                )
        try:
            async with asyncio.timeout(tool.timeout):
                if inspect.iscoroutinefunction(tool.function):
                    return await tool.function(**arguments)
                result = await asyncio.to_thread(tool.function, **arguments)
                return await result if inspect.isawaitable(result) else result
        except TimeoutError:
            raise ToolError(f"{tool.name} timed out after {tool.timeout:g} s") from None
        except ToolError:
            raise
        except Exception as error:
            raise ToolError(f"{tool.name} failed: {type(error).__name__}: {error}") from error


def _arguments(call: ToolCall) -> dict[str, object]:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise ToolError(f"the arguments of {call.name} name a parameter twice")
        return dict(pairs)

    def refuse(constant: str) -> object:
        raise ToolError(f"the arguments of {call.name} hold {constant}, which is not JSON")

    try:
        arguments = json.loads(call.arguments, object_pairs_hook=once, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ToolError(f"the arguments of {call.name} are not JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise ToolError(f"the arguments of {call.name} are not an object")
    return arguments


def _readable(result: object) -> str:
    text = result if isinstance(result, str) else _as_json(result)
    clean = "".join(c for c in text if (c >= " " and not "\x7f" <= c <= "\x9f") or c in "\n\t")
    return clean if len(clean) <= MAX_OUTPUT else f"{clean[:MAX_OUTPUT]}\n[cut: {len(clean):,} characters in all]"


def _as_json(result: object) -> str:
    try:
        return json.dumps(result, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        return str(result)
