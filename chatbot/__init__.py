"""Chat with your own documents, call functions, and know which of your prompts is better.

The names below are the public API. They are imported when first used, so that `import chatbot` and `chatbot --help`
cost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatbot.bot import Chatbot
    from chatbot.errors import ChatbotError
    from chatbot.messages import Answer, Citation, Message, Passage, Usage
    from chatbot.models.connect import connect
    from chatbot.prompting import Prompt
    from chatbot.retrieval import Knowledge
    from chatbot.solving import asolve, solve
    from chatbot.tools import Approval, ApprovalRequest, Injected, Policy, Rule, Tool, tool

__version__ = "0.1.0"

_HOMES = {
    "Answer": "chatbot.messages",
    "Approval": "chatbot.tools",
    "ApprovalRequest": "chatbot.tools",
    "Chatbot": "chatbot.bot",
    "ChatbotError": "chatbot.errors",
    "Citation": "chatbot.messages",
    "Injected": "chatbot.tools",
    "Knowledge": "chatbot.retrieval",
    "Message": "chatbot.messages",
    "Passage": "chatbot.messages",
    "Policy": "chatbot.tools",
    "Prompt": "chatbot.prompting",
    "Rule": "chatbot.tools",
    "Tool": "chatbot.tools",
    "Usage": "chatbot.messages",
    "asolve": "chatbot.solving",
    "connect": "chatbot.models.connect",
    "solve": "chatbot.solving",
    "tool": "chatbot.tools",
}

__all__ = [
    "Answer",
    "Approval",
    "ApprovalRequest",
    "Chatbot",
    "ChatbotError",
    "Citation",
    "Injected",
    "Knowledge",
    "Message",
    "Passage",
    "Policy",
    "Prompt",
    "Rule",
    "Tool",
    "Usage",
    "asolve",
    "connect",
    "solve",
    "tool",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'chatbot' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
