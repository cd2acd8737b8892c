"""Tools: a typed function becomes one with `@tool`; `Toolbox` is the one place that runs them."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from chatbot.errors import NotFoundError, nearest
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE
from chatbot.tools.tool import Impact, Tool, tool
from chatbot.tools.toolbox import Approve, Toolbox

_HOMES = {"calculate": "chatbot.tools.calculate", "current_time": "chatbot.tools.clock"}

BUILT_IN = (*_HOMES, SEARCH_KNOWLEDGE.name)
"""Names that the settings may list under `tools`."""


def built_in_tools(names: Sequence[str]) -> list[Tool]:
    """The built-in tools of these names, less the search: that one is performed by the turn itself.

    Raises NotFoundError with the nearest name.
    """
    for name in names:
        if name not in BUILT_IN:
            raise NotFoundError(f"there is no built-in tool {name!r}", hint=nearest(name, BUILT_IN))
    return [getattr(importlib.import_module(_HOMES[name]), name) for name in dict.fromkeys(names) if name in _HOMES]


__all__ = ["BUILT_IN", "Approve", "Impact", "Tool", "Toolbox", "built_in_tools", "tool"]
