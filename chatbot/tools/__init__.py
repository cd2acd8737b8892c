"""Tools: a typed function becomes one with `@tool`; `Toolbox` is the one place that runs them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from chatbot.tools.approval import Approval, ApprovalRequest, Approve
from chatbot.tools.catalogue import BUILT_IN, Place, built_in_tools
from chatbot.tools.injected import Injected
from chatbot.tools.policy import Policy, Rule
from chatbot.tools.tool import Impact, Tool, tool
from chatbot.tools.toolbox import Toolbox

if TYPE_CHECKING:
    from chatbot.tools.call_text import parse_calls

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
    if name != "parse_calls":  # its patterns take a while to compile, and few programs need them
        raise AttributeError(f"module 'chatbot.tools' has no attribute {name!r}")
    return getattr(importlib.import_module("chatbot.tools.call_text"), name)
