"""The search as a tool that a model is offered. The turn performs it, so that what is found joins the evidence."""

from __future__ import annotations

from chatbot.effects import ToolSchema
from chatbot.errors import ToolError
from chatbot.messages import ToolCall
from chatbot.tools.function_arguments import FunctionArguments
from chatbot.tools.signature import Parameter

SEARCH_KNOWLEDGE = ToolSchema(
    "search_knowledge",
    "Search the user's documents for passages. Use it when the passages at hand do not hold the answer, or hold only a "
    "part of it. Each passage found comes with a number to cite it by.",
    {
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "What to look for: a full question, or the words it would use."}
        },
        "required": ["query"],
        "additionalProperties": False,
    },
)

_ARGUMENTS = FunctionArguments(SEARCH_KNOWLEDGE.name, [Parameter("query", str)])


def query_of(call: ToolCall) -> str:
    """The query of a call. Raises ToolError for arguments that hold none."""
    query = str(_ARGUMENTS.read(call.arguments)["query"]).strip()
    if not query:
        raise ToolError(f"wrong arguments for {call.name}: query is empty")
    return query
