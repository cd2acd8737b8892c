"""Every tool there is, as the terminal lists it: in use, not in use, waiting for approval, or broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from chatbot.errors import ChatbotError, NotFoundError, nearest
from chatbot.tools import BUILT_IN, Place, Tool, built_in_tools
from chatbot.tools.plugins import installed_plugins
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE

if TYPE_CHECKING:
    from chatbot.bot import Chatbot
    from chatbot.tools.mcp import Connection

State = Literal["on", "off", "waits", "broken"]
"""on: in use. off: could be, if the settings named it. waits: for the user's approval. broken: cannot be loaded."""


@dataclass(frozen=True, slots=True)
class ToolRow:
    """A tool, or what would bring tools, in the list."""

    name: str
    state: State
    impact: str
    """Empty where it is not known before it is loaded."""
    origin: str
    description: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    timeout: float | None = None
    approved_as: tuple[str, ...] = ()
    """The description that was approved, where the tool has another one now."""


def rows_of(bot: Chatbot) -> list[ToolRow]:
    """All tools: built-in ones first, then those of plug-ins and MCP servers."""
    used = [_row(tool, "on") for tool in bot.sources.tools]
    names = {row.name for row in used}
    rest = [row for row in _built_in(bot) if row.name not in names]
    return [*used, *rest, *_plugins(bot), *_waiting(bot.sources.connections)]


def find_row(rows: Sequence[ToolRow], name: str) -> ToolRow:
    """The row of this name. Raises NotFoundError with the nearest."""
    for row in rows:
        if row.name == name:
            return row
    raise NotFoundError(f"there is no tool {name!r}", hint=nearest(name, [row.name for row in rows]))


def _row(tool: Tool, state: State) -> ToolRow:
    return ToolRow(
        tool.name, state, tool.impact, tool.origin or "built in", tool.description, tool.parameters, tool.timeout
    )


def _built_in(bot: Chatbot) -> Iterator[ToolRow]:
    """Built-in tools, whether they are in use or not."""
    searches: State = "on" if SEARCH_KNOWLEDGE.name in bot.settings.tools else "off"
    for name in BUILT_IN:
        if name == SEARCH_KNOWLEDGE.name:
            about = SEARCH_KNOWLEDGE
            yield ToolRow(name, searches, "reads", "built in", about.description, about.parameters)
            continue
        place, options = Place(bot.workspace.root, bot.workspace.state), bot.settings.tool_options
        try:
            (tool,) = built_in_tools([name], {name: options.get(name, {})}, place)
        except ChatbotError as error:
            yield ToolRow(name, "off", "", "built in", f"needs settings: {error}")
        else:
            yield _row(tool, "off")


def _plugins(bot: Chatbot) -> Iterator[ToolRow]:
    """Plug-ins that are not in use, of which nothing is imported, and those that failed."""
    loaded = {tool.origin for tool in bot.sources.tools}
    for name, entry in installed_plugins().items():
        if f"plugin:{name}" not in loaded:
            is_named = name in bot.settings.tools
            said = next((line for line in bot.sources.notices if f"plug-in {name} " in line), "")
            about = said if is_named else f"a plug-in: {entry.value}"
            yield ToolRow(name, "broken" if is_named else "off", "", f"plugin:{name}", about)


def _waiting(connections: Sequence[Connection]) -> Iterator[ToolRow]:
    """What servers declare and nobody approved. A server that was never approved is not started for this."""
    for connection in connections:
        origin = f"mcp:{connection.server.name}"
        try:
            approved = connection.approved()
            if approved is None:
                about = f"a server that was never started: {connection.server.place}"
                yield ToolRow(connection.server.name, "waits", "", origin, about)
                continue
            now = connection.declared()
        except ChatbotError as error:
            yield ToolRow(connection.server.name, "broken", "", origin, str(error))
            continue
        for name, tool in now.items():
            before = approved.get(name)
            if before is None or before.fingerprint != tool.fingerprint:
                said = () if before is None else (before.description,)
                impact = connection.server.impact_of(name)
                yield ToolRow(name, "waits", impact, origin, tool.description, tool.schema, approved_as=said)
