"""The one dispatcher: between "the model asked for a tool" and "the tool ran" lies this module and nothing else.

A bad call never raises: what is wrong with it is the call's result, which the model reads. What the limits do not stop:
a function that runs in a thread goes on after its time (`execution`), and memory is not limited.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from weakref import WeakKeyDictionary

from chatbot.effects import ToolSchema
from chatbot.errors import ToolError, UsageError, nearest
from chatbot.messages import ToolCall, ToolResult
from chatbot.tools.execution import Failure, in_thread
from chatbot.tools.injected import check_context, masked, values_for
from chatbot.tools.output import readable
from chatbot.tools.running import described, run_tool
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE, query_of
from chatbot.tools.tool import Tool, wire_name

Approve = Callable[[Tool, ToolCall], bool | Awaitable[bool]]
"""Asked, with the arguments as the model wrote them, before a tool with side effects runs in a tainted context."""


class Toolbox:
    """The tools of a conversation.

    approve: asked before a tool with side effects runs while text of documents or tools is in the context; one call at
    a time. None: nobody can be asked, and such calls are refused.

    context: what the app fills injected parameters with, by name.

    Raises UsageError for two tools of one name.
    """

    def __init__(
        self, tools: Sequence[Tool], approve: Approve | None = None, context: Mapping[str, object] | None = None
    ) -> None:
        self._tools: dict[str, Tool] = {}
        self._approve = approve
        self._context = dict(context or {})
        self._asking: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
        for tool in tools:
            if tool.wire_name in self._tools or tool.wire_name == SEARCH_KNOWLEDGE.name:
                raise UsageError(
                    f"there is already a tool named {tool.name!r}", hint="give one another: tool(name='…')"
                )
            self._tools[tool.wire_name] = tool

    def schemas(self) -> tuple[ToolSchema, ...]:
        """The tools as a model sees them."""
        return tuple(tool.schema for tool in self._tools.values())

    def within(self, context: Mapping[str, object]) -> Toolbox:
        """The same tools, with more of what the app fills injected parameters with.

        Raises UsageError where a tool would lack a value.
        """
        other = copy.copy(self)
        other._context = {**self._context, **context}
        for tool in self._tools.values():
            check_context(tool.name, tool.injections, other._context)
        return other

    async def run(
        self, call: ToolCall, *, tainted: bool = False, tell: Callable[[str], None] = lambda _: None
    ) -> ToolResult:
        """What comes of the call.

        tainted: text of a document or a tool was in the context when the model asked for it.
        tell: told, on this event loop, of the progress that a generator yields.
        """
        try:
            return await self._run(call, tainted=tainted, tell=tell)
        except ToolError as error:
            return ToolResult(call.id, call.name, readable(f"error: {error}"), failed=True)

    async def _run(self, call: ToolCall, *, tainted: bool, tell: Callable[[str], None]) -> ToolResult:
        tool = self._find(call)
        arguments = tool.arguments.read(call.arguments)
        if tainted and tool.needs_approval:
            await self._ask(tool, call)
        values = values_for(tool.name, tool.injections, {**self._context, "tainted": tainted})
        hide = functools.partial(masked, injections=tool.injections, context=self._context)
        return await run_tool(tool, call, {**arguments, **values}, tell=tell, hide=hide)

    def _find(self, call: ToolCall) -> Tool:
        if found := self._tools.get(wire_name(call.name)):
            return found
        if call.name == SEARCH_KNOWLEDGE.name:
            query_of(call)
            raise ToolError("there are no documents to search in this conversation")
        raise ToolError(f"there is no tool {call.name!r}", hint=nearest(call.name, self._tools))

    async def _ask(self, tool: Tool, call: ToolCall) -> None:
        """Returns when the call is approved. Raises ToolError otherwise."""
        reason = f"{tool.name} has side effects ({tool.impact}), and text of documents or tools is in this conversation"
        hint = "it was not run; tell the user what you wanted to do"
        if self._approve is None:
            raise ToolError(f"{reason}: the call needs approval, and nobody can approve here", hint=hint)
        lock = self._asking.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with lock:
            allowed = await self._verdict(self._approve, tool, call)
        if isinstance(allowed, Failure):
            raise ToolError(f"{reason}: asking for approval failed: {described(allowed.error)}", hint=hint)
        if allowed is not True:
            raise ToolError(f"{reason}: the user did not approve", hint=hint)

    async def _verdict(self, approve: Approve, tool: Tool, call: ToolCall) -> object:
        """What was answered. Code that is not async may wait for a person, and is asked in a thread."""
        try:
            answer = (
                approve(tool, call)
                if inspect.iscoroutinefunction(approve)
                else await in_thread(lambda: approve(tool, call))
            )
            return await answer if inspect.isawaitable(answer) else answer
        except Exception as error:  # noqa: BLE001  # a question that fails is no approval
            return Failure(error)
