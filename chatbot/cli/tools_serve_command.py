"""`chatbot tools serve`: our tools, and the search of the documents, as an MCP server for other programs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatbot.cli.screen import Screen
from chatbot.errors import NotFoundError, nearest
from chatbot.tools import Rule, Toolbox
from chatbot.tools.pattern import matches
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE
from chatbot.tools.secret_values import Secrets

if TYPE_CHECKING:
    from chatbot.bot import Chatbot
    from chatbot.effects import ToolSchema
    from chatbot.tools import Impact, Policy, Tool


@click.command("serve")
@click.option(
    "--http",
    "port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Serve over HTTP on this machine (0: any port).",
)
@click.option(
    "--allow", multiple=True, metavar="NAME", help="Also offer this tool, which has side effects. May be repeated."
)
@click.option("-k", "--knowledge", metavar="PATH", type=click.Path(path_type=Path), help="Folder or file of documents.")
def command(port: int | None, allow: Sequence[str], knowledge: Path | None) -> None:
    """Serve the tools that are in use, and the search of the documents, as an MCP server.

    Without --http it talks over standard input and output, as programs that start it expect. Nobody can be asked, so
    tools with side effects are only offered where --allow or the policy allows exactly that.
    """
    from chatbot.bot import Chatbot, Default
    from chatbot.cli.tool_calls import tool_calls
    from chatbot.tools.mcp.serving import Serving

    screen = Screen(plain=True)
    with Chatbot("extractive", knowledge=knowledge or Default.WORKSPACE) as bot:
        tools, policy = _chosen(bot, allow)
        toolbox = Toolbox(tools, secrets=Secrets.of_environment(os.environ))
        with tool_calls(bot, toolbox, policy, "chatbot tools serve") as calls:
            offered = [(tool.schema, tool.impact) for tool in tools if _is_offered(tool, policy)]
            serving = Serving([*offered, *([_SEARCH] if calls.searches else [])], calls.run)
            for notice in bot.sources.notices:
                screen.notice(notice)
            if port is None:
                asyncio.run(serving.stdio())
            else:
                asyncio.run(serving.http(port, lambda address: screen.notice(f"serving at {address}")))


_SEARCH: tuple[ToolSchema, Impact] = (SEARCH_KNOWLEDGE, "reads")


def _chosen(bot: Chatbot, allow: Sequence[str]) -> tuple[list[Tool], Policy]:
    """The tools, and the policy with those allowed that --allow names. Raises NotFoundError."""
    names = [tool.name for tool in bot.sources.tools]
    for name in allow:
        if name not in names:
            raise NotFoundError(f"there is no tool {name!r} to allow", hint=nearest(name, names))
    # whoever allows a tool here leaves it to the other program to ask where its arguments come from
    tools = [replace(tool, sensitive=()) if tool.name in allow else tool for tool in bot.sources.tools]
    rules = [Rule("allow", tool=name, even_tainted=True) for name in allow]
    return tools, replace(bot.policy, rules=(*bot.policy.rules, *rules))


def _is_offered(tool: Tool, policy: Policy) -> bool:
    """Whether there are calls of the tool that may run with nobody to ask."""
    rules = [rule for rule in policy.rules if rule.verdict == "allow" and rule.even_tainted]
    named = any(matches(rule.tool, tool.name) and rule.impact in (None, tool.impact) for rule in rules)
    return policy.offers(tool.name, tool.impact) and (named or not tool.needs_approval)
