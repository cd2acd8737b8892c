"""Tools: a typed function becomes one with `@tool`; `Toolbox` is the one place that runs them."""

from __future__ import annotations

from chatbot.tools.catalogue import BUILT_IN, Place, built_in_tools
from chatbot.tools.injected import Injected
from chatbot.tools.tool import Impact, Tool, tool
from chatbot.tools.toolbox import Approve, Toolbox

__all__ = ["BUILT_IN", "Approve", "Impact", "Injected", "Place", "Tool", "Toolbox", "built_in_tools", "tool"]
