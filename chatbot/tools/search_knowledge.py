"""The search as a tool. The turn performs it itself, so that what is found joins the evidence ledger."""

from __future__ import annotations

import json

from chatbot.effects import ToolSchema
from chatbot.errors import ToolError
from chatbot.messages import ToolCall

SEARCH_KNOWLEDGE = ToolSchema(
    "search_knowledge",
    "Search the user's documents for passages. Use it when the passages at hand do not hold the answer.",
    {
        "type": "object",
        "properties": {"query": {"type": "string", "description": "What to look for, as a full question."}},
        "required": ["query"],
        "additionalProperties": False,
    },
)


def query_of(call: ToolCall) -> str:
    """The query of a call. Raises ToolError for arguments that hold none."""
    try:
        arguments = json.loads(call.arguments)
    except ValueError as error:
        raise ToolError(f"the arguments of {call.name} are not JSON: {error}") from error
    query = arguments.get("query") if isinstance(arguments, dict) else None
    if not isinstance(query, str) or not query.strip():
        raise ToolError(f"{call.name} needs a query", hint='{"query": "…"}')
    return query
