"""Tools: a typed function becomes one with `@tool`; `Toolbox` is the one place that runs them.

What is needed to declare tools is imported with the package; what runs them when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from chatbot.tools.injected import Injected
from chatbot.tools.tool import Impact, Tool, tool

if TYPE_CHECKING:
    from chatbot.call_text import parse_calls
    from chatbot.tools.approval import Approval, ApprovalRequest, Approve
    from chatbot.tools.catalogue import BUILT_IN, Place, built_in_tools
    from chatbot.tools.policy import Policy, Rule
    from chatbot.tools.toolbox import Toolbox

_HOMES = {
    "Approval": "chatbot.tools.approval",
    "ApprovalRequest": "chatbot.tools.approval",
    "Approve": "chatbot.tools.approval",
    "BUILT_IN": "chatbot.tools.catalogue",
    "Place": "chatbot.tools.catalogue",
    "Policy": "chatbot.tools.policy",
    "Rule": "chatbot.tools.policy",
    "Toolbox": "chatbot.tools.toolbox",
    "built_in_tools": "chatbot.tools.catalogue",
    "parse_calls": "chatbot.call_text",
}

__all__ = [
    "BUILT_IN",
    "Approval",
    "ApprovalRequest",
    "Approve",
    "Impact",
    "Injected",
    "Place",
    "Policy",
    "Rule",
    "Tool",
    "Toolbox",
    "built_in_tools",
    "parse_calls",
    "tool",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'chatbot.tools' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
