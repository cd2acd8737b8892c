"""`chatbot tools`: what the model may call, where it comes from, and what it does to the world."""

from __future__ import annotations

from dataclasses import asdict

import click

from chatbot.cli import tools_approve_command, tools_call_command, tools_serve_command
from chatbot.cli.screen import Screen
from chatbot.cli.tool_rows import ToolRow, find_row, rows_of
from chatbot.visible import visible

COLUMNS = ("", "NAME", "IMPACT", "FROM", "WHAT IT DOES")

DESCRIPTION_SHOWN = 80
"""Characters of a description in the list."""


@click.group("tools")
def command() -> None:
    """List, show, call and approve tools, and serve them to other programs."""


command.add_command(tools_approve_command.command)
command.add_command(tools_call_command.command)
command.add_command(tools_serve_command.command)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_all(as_json: bool) -> None:
    """List all tools: those in use (*), those that could be, and those that wait for approval (?)."""
    from chatbot.bot import Chatbot

    screen = Screen(plain=as_json)
    with Chatbot("extractive", durable=False) as bot:
        rows, notices = rows_of(bot), bot.sources.notices
    if as_json:
        screen.json([{**asdict(row), "enabled": row.state == "on"} for row in rows])
        return
    screen.table([_cells(row) for row in rows], COLUMNS)
    for notice in notices:
        screen.notice(notice)


@command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the whole schema.")
def show(name: str, as_json: bool) -> None:
    """Print what tool NAME does, and what it takes."""
    from chatbot.bot import Chatbot

    screen = Screen(plain=as_json)
    with Chatbot("extractive", durable=False) as bot:
        row = find_row(rows_of(bot), name)
    if as_json:
        screen.json(asdict(row))
        return
    screen.line(f"{row.name}: {row.impact or 'impact unknown'}, from {row.origin}, {_STATES[row.state]}", style="bold")
    screen.line(visible(row.description))
    for before in row.approved_as:
        screen.line(f"\nwhen you approved it, it said:\n{visible(before)}", style="yellow")
    arguments = argument_lines(row.parameters)
    screen.line("\narguments:" if arguments else "\nIt takes no arguments.")
    for line in arguments:
        screen.hanging("  ", line)


_STATES = {
    "on": "in use",
    "off": "not in use: add it to `tools` of chatbot.toml",
    "waits": "waits for your approval",
    "broken": "cannot be used",
}

_MARKS = {"on": "*", "off": "", "waits": "?", "broken": "!"}


def _cells(row: ToolRow) -> tuple[str, ...]:
    text = visible(" ".join(row.description.split()))
    short = text if len(text) <= DESCRIPTION_SHOWN else f"{text[: DESCRIPTION_SHOWN - 1]}…"
    return (_MARKS[row.state], visible(row.name), row.impact, row.origin, short)


def argument_lines(schema: object, depth: int = 0) -> list[str]:
    """The arguments of a schema as people read them, a line each; those inside of others follow, further in."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        return []
    required = schema.get("required") if isinstance(schema, dict) else ()
    lines = []
    for name, about in properties.items():
        about = about if isinstance(about, dict) else {}
        needed = ", required" if isinstance(required, list | tuple) and name in required else ""
        said = f": {' '.join(str(about['description']).split())}" if about.get("description") else ""
        lines.append(visible(f"{'  ' * depth}{name} ({_kind(about)}{needed}){said}"))
        if depth < 3:  # deeper ones are for `--json`
            lines += argument_lines(about.get("items") if about.get("type") == "array" else about, depth + 1)
    return lines


def _kind(schema: dict[str, object]) -> str:
    """The type of an argument in a few words: `text`, `one of a, b`, `list of whole number, default []`."""
    default = f", default {schema['default']}" if "default" in schema else ""
    return f"{_type(schema)}{default}"


_WORDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": "none"}


def _type(schema: object) -> str:
    if not isinstance(schema, dict):
        return "anything"
    if isinstance(values := schema.get("enum"), list | tuple):
        return f"one of {', '.join(map(str, values))}"
    for key in ("anyOf", "oneOf"):
        if isinstance(options := schema.get(key), list | tuple):
            return " or ".join(dict.fromkeys(map(_type, options)))
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_type(schema.get('items'))}"
    if isinstance(kind, list | tuple):
        return " or ".join(_WORDS.get(str(each), str(each)) for each in kind)
    return _WORDS.get(str(kind), "anything" if kind is None else str(kind))
