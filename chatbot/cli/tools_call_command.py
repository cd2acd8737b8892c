"""`chatbot tools call`: one call, through the same checks as a model's."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from chatbot.cli.screen import Screen
from chatbot.cli.tool_rows import find_row, rows_of
from chatbot.errors import ToolError
from chatbot.visible import visible

if TYPE_CHECKING:
    from chatbot.bot import Chatbot
    from chatbot.messages import ToolResult
    from chatbot.tools import ApprovalRequest


@click.command("call")
@click.argument("name")
@click.argument("values", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--json", "text", metavar="OBJECT", help="The arguments as one JSON object; - reads it from the input.")
def command(name: str, values: Sequence[str], text: str | None) -> None:
    """Call tool NAME and print its result.

    A value is JSON where that is what the tool takes (`count=3`, `tags='["a","b"]'`), and else text.
    """
    from chatbot.bot import Chatbot

    if values and text is not None:
        raise click.UsageError("give the arguments as KEY=VALUE or with --json, not both")
    with Chatbot("extractive", approve=_approve if sys.stdin.isatty() else None) as bot:
        arguments = _read(text) if text is not None else _arguments(bot, name, values)
        result = asyncio.run(_call(bot, name, arguments))
    if result.failed:
        raise ToolError(result.text.removeprefix("error: "))
    Screen().line(result.text + result.note)


def _read(text: str) -> str:
    return sys.stdin.read() if text == "-" else text


def _arguments(bot: Chatbot, name: str, values: Sequence[str]) -> str:
    """JSON of the arguments: each value as the schema wants it, text where it allows text."""
    parameters = find_row(rows_of(bot), name).parameters.get("properties", {})
    schemas = parameters if isinstance(parameters, Mapping) else {}
    given: dict[str, object] = {}
    for value in values:
        key, equals, written = value.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{value!r} is not KEY=VALUE")
        given[key] = _value(written, schemas.get(key))
    return json.dumps(given)


def _value(written: str, schema: object) -> object:
    """The value as JSON, unless it is none or text is wanted."""
    if isinstance(schema, Mapping) and schema.get("type") == "string":
        return written
    try:
        return json.loads(written)
    except ValueError:
        return written


async def _call(bot: Chatbot, name: str, arguments: str) -> ToolResult:
    from chatbot.cli.tool_calls import tool_calls
    from chatbot.messages import ToolCall, message
    from chatbot.tools.argument_origins import call_tool

    call = ToolCall(uuid.uuid4().hex, name, arguments)
    with tool_calls(bot, bot.tools, bot.policy, f"chatbot tools call {name}") as calls:
        return await calls.run(call_tool(call, [message("user", _said(arguments), "user")]))


def _said(arguments: str) -> str:
    """What the user typed: every value that stands in the arguments, a line each."""
    from chatbot.tools.canonical import leaves

    try:
        return "\n".join(str(value) for _, value in leaves(json.loads(arguments), ""))
    except ValueError:
        return ""


def _approve(request: ApprovalRequest) -> bool:
    """Asks the person at the terminal, who says no by pressing Enter."""
    screen = Screen()
    screen.line(f"{visible(request.tool)} ({request.impact}): {request.reason}", style="bold")
    screen.line(f"  {request.arguments}")
    return click.confirm("Run it?", default=False, err=True)
