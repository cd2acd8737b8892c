"""Tools: a typed function becomes one with `@tool`; `Toolbox` is the one place that runs them."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.errors import NotFoundError, nearest
from chatbot.tools.tool import Impact, Tool, tool
from chatbot.tools.toolbox import Approve, Toolbox

BUILT_IN = ("calculate", "current_time", "search_knowledge")


def built_in_tools(names: Sequence[str]) -> list[Tool]:
    """The built-in tools of these names; the search is performed by the turn itself and is not among them."""
    tools: list[Tool] = []
    for name in names:
        if name == "calculate":
            from chatbot.tools.calculate import calculate

            tools.append(Tool.from_function(calculate, impact="none", timeout=5.0))
        elif name == "current_time":
            from chatbot.tools.clock import current_time

            tools.append(Tool.from_function(current_time, impact="none", timeout=5.0))
        elif name not in BUILT_IN:
            raise NotFoundError(f"there is no built-in tool {name!r}", hint=nearest(name, BUILT_IN))
    return tools


__all__ = ["BUILT_IN", "Approve", "Impact", "Tool", "Toolbox", "built_in_tools", "tool"]
