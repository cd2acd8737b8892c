"""All tools that the settings name, from wherever they come: built in, of plug-ins, and of MCP servers.

What goes wrong with a plug-in or a server costs its tools, and is told in a line; only what is wrong in the settings
themselves is raised.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chatbot.errors import ChatbotError, NotFoundError, ToolError, nearest
from chatbot.paths import state_folder
from chatbot.portal import call
from chatbot.tools.catalogue import BUILT_IN, Place, built_in_tools
from chatbot.tools.plugins import installed_plugins, load_plugin
from chatbot.tools.result_pages import READ_RESULT
from chatbot.tools.tool import Tool
from chatbot.wire_names import wire_name
from chatbot.workspace import SETTINGS_FILE, Settings

if TYPE_CHECKING:
    from chatbot.tools.mcp import Connection


@dataclass(frozen=True, slots=True)
class Sources:
    """The tools of the settings, and what the user should know of those that are missing."""

    tools: tuple[Tool, ...]
    notices: tuple[str, ...] = ()
    """A line each: what waits for approval, what could not be loaded or reached."""
    connections: tuple[Connection, ...] = ()
    _said: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    async def unsaid(self, more: Sequence[str] = ()) -> list[str]:
        """The notices that were not asked for before, those of servers whose tools have changed since, and `more`."""
        changed = [connection for connection in self.connections if connection.has_changed]
        asked = await asyncio.gather(*map(_news_of, changed))
        lines = dict.fromkeys((*self.notices, *(line for lines in asked for line in lines), *more))
        new = [line for line in lines if line not in self._said]
        self._said.update(new)
        return new

    def close(self) -> None:
        """Ends the sessions with MCP servers."""
        for connection in self.connections:
            connection.close()


def open_sources(settings: Settings, place: Place) -> Sources:
    """The tools that the settings name. MCP servers are started at once, those that were approved.

    Raises NotFoundError for a name that is neither built in nor a plug-in's, and ProjectError for wrong settings.
    """
    ours = _built_in(settings, place)
    added, failed = _of_plugins(settings, place)
    connections = connect_all(settings, place)
    offered, news = call(_of_servers(connections))
    tools, clashes = apart(ours, [*added, *offered])
    return Sources(tuple(tools), (*failed, *news, *clashes), tuple(connections))


def connect_all(settings: Settings, place: Place) -> list[Connection]:
    """A connection for each MCP server of the settings; none is begun. Raises ProjectError for wrong settings."""
    if not settings.mcp:
        return []
    from chatbot.tools.mcp import Pins, connect, read_servers
    from chatbot.tools.mcp.pins import FILE

    servers = read_servers(settings.mcp, folder=place.root, where=str(place.root / SETTINGS_FILE))
    return [connect(server, pins=Pins(state_folder() / FILE)) for server in servers]


def apart(ours: Sequence[Tool], added: Iterable[Tool]) -> tuple[list[Tool], list[str]]:
    """All tools, with a name that two have, or a built-in one could have, put behind who brought it: `files.read`.

    So no tool from elsewhere can pass for one of ours, whichever of ours are enabled. Also a line for each tool that
    still has the name of another, and is left out.
    """
    added = list(added)
    wanted = Counter(wire_name(tool.name) for tool in added)
    reserved = {*map(wire_name, (*BUILT_IN, READ_RESULT.name)), *(tool.wire_name for tool in ours)}
    tools, lines = list(ours), []
    taken = set(reserved)
    for tool in added:
        if tool.wire_name in reserved or wanted[tool.wire_name] > 1:
            tool = replace(tool, name=f"{tool.origin.partition(':')[2]}.{tool.name}")
        if tool.wire_name in taken:
            lines.append(f"{tool.name} of {tool.origin} is left out: another tool has its name")
            continue
        taken.add(tool.wire_name)
        tools.append(tool)
    return tools, lines


def _built_in(settings: Settings, place: Place) -> list[Tool]:
    plugins = _plugins_beside(settings.tools)
    for name in settings.tools:
        if name not in BUILT_IN and name not in plugins:
            known = (*BUILT_IN, *plugins)
            raise NotFoundError(f"there is no built-in tool {name!r}, and no plug-in", hint=nearest(name, known))
    options = {name: table for name, table in settings.tool_options.items() if name not in plugins}
    return built_in_tools([name for name in settings.tools if name in BUILT_IN], options, place)


def _plugins_beside(names: Iterable[str]) -> Mapping[str, object]:
    """The installed plug-ins, looked for only where the settings name a tool that is not built in."""
    return {} if all(name in BUILT_IN for name in names) else installed_plugins()


def _of_plugins(settings: Settings, place: Place) -> tuple[list[Tool], list[str]]:
    tools, lines = [], []
    for name in dict.fromkeys(settings.tools):
        if name not in BUILT_IN:
            try:
                tools += load_plugin(installed_plugins()[name], settings.tool_options.get(name, {}), place)
            except ToolError as error:
                lines.append(str(error))
    return tools, lines


async def _of_servers(connections: Sequence[Connection]) -> tuple[list[Tool], list[str]]:
    """The tools of all servers, which are asked at once, and what is to be told of them."""
    asked = await asyncio.gather(*map(_of_server, connections))
    return [tool for tools, _ in asked for tool in tools], [line for _, lines in asked for line in lines]


async def _news_of(connection: Connection) -> list[str]:
    try:
        return await connection.anews()
    except ChatbotError as error:
        return [str(error)]


async def _of_server(connection: Connection) -> tuple[list[Tool], list[str]]:
    try:
        return await connection.atools(), await connection.anews()
    except ChatbotError as error:  # a server that is down, or approvals that cannot be read
        return [], [str(error)]
