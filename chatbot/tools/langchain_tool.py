"""Any LangChain tool as one of ours: `@tool`, `StructuredTool`, `Tool`, a subclass of `BaseTool`; sync or async.

LangChain's own callbacks, validation and error handling stay in force. What its tools mark as injected the model never
sees: the app's `tool_context` fills it, by the parameter's name; LangChain itself fills the run's config and the call's
id. What a tool returns is its text; an artifact that it keeps from the model is not passed on.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chatbot.errors import ToolError, UsageError
from chatbot.extras import brought_by
from chatbot.tools.declaration import Declaration
from chatbot.tools.injected import Injection
from chatbot.tools.loose_keyword import Place
from chatbot.tools.loose_schema import json_schema

if TYPE_CHECKING:
    from langchain_core.messages import ToolCall
    from langchain_core.tools import BaseTool


def declaration_of(tool: object) -> Declaration:
    """What a LangChain tool tells of itself. Raises UsageError for what is none, or what no model could call."""
    with brought_by("langchain", "LangChain's tools"):
        from langchain_core.tools import BaseTool, StructuredTool

    if not isinstance(tool, BaseTool):
        hint = "pass what LangChain's @tool makes, or Tool.from_function(…) for a plain function"
        raise UsageError(f"{tool!r} is no LangChain tool", hint=hint)
    is_plain = tool.args_schema is None and not isinstance(tool, StructuredTool) and tool.is_single_input
    declared: Any = {"properties": tool.args, "required": list(tool.args)} if is_plain else _schema(tool)
    loose = {key: value for key, value in declared.items() if key not in ("title", "description")}
    parameters = json_schema(loose, Place(tool.name))
    return Declaration(tool.name, tool.description.strip() or tool.name.replace("_", " "), parameters)


def _schema(tool: BaseTool) -> Mapping[str, Any]:
    schema: Any = tool.tool_call_schema
    if isinstance(schema, Mapping):
        return schema
    found: Mapping[str, Any] = schema.model_json_schema() if hasattr(schema, "model_json_schema") else schema.schema()
    return found


def injections_of(tool: BaseTool) -> tuple[Injection, ...]:
    """What the app must fill: the fields that LangChain hides from the model, less those that it fills itself."""
    from langchain_core.tools import InjectedToolCallId

    if isinstance(tool.args_schema, Mapping | None):
        return ()
    seen = _fields(tool.tool_call_schema)
    found = []
    for name, field in _fields(tool.get_input_schema()).items():
        notes = getattr(field, "metadata", ())
        is_call_id = any(note is InjectedToolCallId or isinstance(note, InjectedToolCallId) for note in notes)
        if name not in seen and not is_call_id:
            found.append(Injection(name, name, required=bool(field.is_required())))
    return tuple(found)


def _fields(schema: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(schema, "model_fields", {})
    return found


def function_of(tool: BaseTool) -> Callable[..., object]:
    """What runs the tool: a coroutine function where the tool is async, so that it can be cancelled."""
    if not _is_async(tool):

        def run(**arguments: object) -> object:
            with _told():
                return _result(tool.invoke(_call(tool, arguments)))

        return run

    async def arun(**arguments: object) -> object:
        with _told():
            return _result(await tool.ainvoke(_call(tool, arguments)))

    return arun


def _call(tool: BaseTool, arguments: dict[str, object]) -> ToolCall:
    """The call as LangChain's own agents make it: so the run's config and the call's id are filled in."""
    return {"type": "tool_call", "id": str(uuid.uuid4()), "name": tool.name, "args": arguments}


def _is_async(tool: BaseTool) -> bool:
    from langchain_core.tools import BaseTool

    if hasattr(tool, "coroutine"):
        return tool.coroutine is not None
    return type(tool)._arun is not BaseTool._arun


@contextmanager
def _told() -> Iterator[None]:
    """Makes LangChain's word for a failed tool ours."""
    from langchain_core.tools import ToolException

    try:
        yield
    except ToolException as error:
        raise ToolError(str(error) or "the tool failed") from error


def _result(output: object) -> object:
    """A LangChain result for our dispatcher: its text. Raises ToolError for one that tells of an error."""
    from langchain_core.messages import ToolMessage

    if not isinstance(output, ToolMessage):
        return output
    if output.status == "error":
        raise ToolError(output.text or "the tool failed")
    return output.text if _is_text(output.content) else output.content


def _is_text(content: object) -> bool:
    """Whether it is text, whole or in blocks. A list of plain texts is a list."""
    blocks: Sequence[object] = content if isinstance(content, list) and content else [None]
    return isinstance(content, str) or all(isinstance(each, Mapping) and each.get("type") == "text" for each in blocks)
