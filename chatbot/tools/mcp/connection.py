"""`connect`: the tools of an MCP server as tools of ours, from code with and without an event loop.

    with connect(Server("files", command=("python", "files_server.py"))) as files:
        bot = Chatbot(tools=files.tools())

The session lives on the background loop, so that one server serves every loop and thread. It ends with `close`, or when
nobody holds the connection or one of its tools any more.
"""

from __future__ import annotations

import importlib.util
import logging
import weakref
from collections.abc import Mapping
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from typing import TYPE_CHECKING

from chatbot.errors import ToolError, UsageError, nearest
from chatbot.forking import keep_inherited, renewed_in_children
from chatbot.portal import begin, call, ferry, is_background
from chatbot.tools.mcp.contents import as_text
from chatbot.tools.mcp.declared import Declared
from chatbot.tools.mcp.pins import Pins
from chatbot.tools.mcp.server import REST, Server
from chatbot.tools.mcp.session import Session
from chatbot.tools.tool import Tool
from chatbot.visible import visible

if TYPE_CHECKING:
    from mcp.types import CallToolResult

CLOSE_SECONDS = 8.0
"""Longest wait for a child to stop: the SDK asks, then ends, then kills it, two seconds each."""


def connect(server: Server, *, pins: Pins | None = None) -> Connection:
    """A connection to the server, which begins when it is first used.

    pins: what the user approved; a tool that is not in there, or is declared otherwise now, is not offered. None:
    code that names a server itself approves what it declares first, and only what changes later is refused.
    Raises UsageError where the package `mcp` is missing.
    """
    need_sdk()
    return Connection(server, pins)


def need_sdk() -> None:
    """Raises UsageError where the package `mcp` is missing. Keeps what it logs off the user's screen."""
    if importlib.util.find_spec("mcp") is None:
        raise UsageError("MCP servers need the package mcp", hint="pip install 'chatbot[mcp]'")
    logging.getLogger("mcp").addHandler(logging.NullHandler())


class Connection:
    """A server, its session, and what of it was approved."""

    def __init__(self, server: Server, pins: Pins | None) -> None:
        self.server = server
        self._pins = pins
        self._session = Session(server)
        self._first: Mapping[str, Declared] | None = None
        self._flaws: dict[str, str] = {}
        self._finalizer = weakref.finalize(self, _close, self._session)
        renewed_in_children(self)

    def inherit(self) -> None:
        """The session, and the server with it, is the parent's: this process begins its own. For `forking`."""
        keep_inherited(self._finalizer.detach())
        self._session = Session(self.server)
        self._finalizer = weakref.finalize(self, _close, self._session)

    def tools(self) -> list[Tool]:
        """The tools that may be used: approved, declared as they were approved, and wanted by the settings.

        A server that was never approved is not even started. Raises ToolError where it cannot be reached.
        """
        return call(self.atools())

    async def atools(self) -> list[Tool]:
        """As `tools`, on your own event loop."""
        if self._pins is not None and self._pins.of(self.server) is None:
            return []
        now = await self.adeclared()
        approved = self.approved() or {}
        made = [self._tool(tool) for name, tool in now.items() if _is_same(approved.get(name), tool)]
        return [tool for tool in made if tool is not None]

    def declared(self) -> Mapping[str, Declared]:
        """What the server declares now, of what the settings want. This starts it, approved or not."""
        return call(self.adeclared())

    async def adeclared(self) -> Mapping[str, Declared]:
        """As `declared`, on your own event loop."""
        now = await ferry(self._session.list_tools())
        wanted = {name: tool for name, tool in now.items() if name in (self.server.tools or now)}
        if self._pins is None and self._first is None:
            self._first = wanted
        return wanted

    def approved(self) -> Mapping[str, Declared] | None:
        """The tools as the user approved them; None where the server itself was never approved."""
        return self._first if self._pins is None else self._pins.of(self.server)

    def approve(self) -> None:
        """Approves the server with all that it declares now."""
        now = self.declared()
        if self._pins is None:
            self._first = now
        else:
            self._pins.approve(self.server, now.values())

    @property
    def has_changed(self) -> bool:
        """Whether the server has said that its tools have changed, and was not asked since."""
        return self._session.is_stale

    async def anews(self) -> list[str]:
        """What the user should know of the server, a line each: what waits for approval, what cannot be used."""
        name, approved = self.server.name, self.approved()
        if approved is None:
            return [f"the MCP server {name} waits for your approval: chatbot tools approve {name}"]
        now = await self.adeclared()
        waiting = sorted(tool for tool, found in now.items() if not _is_same(approved.get(tool), found))
        lines = [f"{tool} of the MCP server {name} cannot be used: {why}" for tool, why in self._flaws.items()]
        if waiting:
            lines.append(
                f"tools of the MCP server {name} that are new or have changed wait for your approval "
                f"({', '.join(map(visible, waiting))}): chatbot tools approve {name}"
            )
        known = (*self._session.tools, REST)
        wrong = [each for each in dict.fromkeys((*self.server.tools, *self.server.impact)) if each not in known]
        hints = [(each, nearest(each, self._session.tools)) for each in wrong]
        return [*lines, *(f"the MCP server {name} has no tool {each!r} ({hint})" for each, hint in hints)]

    def close(self) -> None:
        """Ends the session, and with it a server that was started for it."""
        self._finalizer()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tool(self, declared: Declared) -> Tool | None:
        async def run(**arguments: object) -> str:
            result, is_new = await ferry(self._session.call(declared, arguments))
            return self._told(result, is_new=is_new)

        try:
            return Tool.from_schema(
                {"name": declared.name, "description": declared.description, "parameters": declared.schema},
                run,
                impact=self.server.impact_of(declared.name),
                timeout=self.server.timeout,
                origin=f"mcp:{self.server.name}",
            )
        except UsageError as error:
            self._flaws[declared.name] = str(error)
            return None

    def _told(self, result: CallToolResult, *, is_new: bool) -> str:
        text = as_text(result)
        if is_new:
            text = f"[the MCP server {self.server.name} had ended and was started again]\n{text}"
        if result.is_error:
            raise ToolError(text)
        return text


def _is_same(approved: Declared | None, now: Declared) -> bool:
    return approved is not None and approved.fingerprint == now.fingerprint


def _close(session: Session) -> None:
    """Ends a session from any thread. The background loop's own must not wait for itself."""
    closing = begin(session.close())
    if not is_background():
        with suppress(NotInTime):
            closing.result(CLOSE_SECONDS)
