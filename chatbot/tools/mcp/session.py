"""A session with one MCP server, on the background loop: begun when it is needed, and anew when it has ended.

Everything here runs on that one loop. A call is never made twice: where a server ends while it works on one, nobody
knows whether it was done, and the result says so. Servers that keep ending are given up for a while.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.metadata
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from chatbot.errors import ToolError
from chatbot.tools.mcp.child import StandardError, environment
from chatbot.tools.mcp.declared import Declared, declared
from chatbot.tools.mcp.server import Server
from chatbot.tools.mcp.watched import Watched
from chatbot.visible import visible

if TYPE_CHECKING:
    from mcp import Client
    from mcp.client import Transport
    from mcp.client._transport import TransportStreams
    from mcp.shared.message import SessionMessage
    from mcp.types import CallToolResult

CONNECT_SECONDS = 30.0
"""Longest wait for a server to start, and to list its tools: package runners may have to download it first."""

STARTS, WITHIN = 4, 60.0
"""Most sessions that are begun within so many seconds."""

SUBSCRIBE_AGAIN = 1.0
"""Seconds before a subscription that was lost is asked for again."""

MAX_PAGES = 100
"""Most pages of tools that are asked for."""

MAX_TOOLS = 1_000
"""Most tools that a server may declare."""


class Session:
    """One server's session. Its methods are for the background loop."""

    def __init__(self, server: Server, patience: float = CONNECT_SECONDS) -> None:
        self.server = server
        self._patience = patience
        self.tools: Mapping[str, Declared] = {}
        """What the server declared last, by name; a name that it gave twice is none of its tools."""
        self._client: Client | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._leave = asyncio.Event()
        self._opening = asyncio.Lock()
        self._begun: deque[float] = deque(maxlen=STARTS)
        self._why = ""
        self._page: Sequence[object] = ()
        self.is_stale = False
        """What the server declares may be something else by now."""
        self._is_again = False
        """The session was begun anew, which no result has said yet."""
        self._is_closed = False

    async def list_tools(self) -> Mapping[str, Declared]:
        """What the server declares now. Raises ToolError."""
        async with self._opening:
            client = await self._connected()
            if self.is_stale:
                await self._read_tools(client)
        return self.tools

    async def call(self, tool: Declared, arguments: Mapping[str, object]) -> tuple[CallToolResult, bool]:
        """The call's result, and whether the session had to be begun anew since the last one.

        Raises ToolError where the server does not declare the tool as it was approved, and for every failure but the
        tool's own.
        """
        await self._check(tool)
        try:
            result = await self._send(tool.name, arguments)
        except _SessionUnknown:  # the server was started anew and has done nothing for this request
            await self._end()
            await self._check(tool)
            result = await self._send(tool.name, arguments)
        is_new, self._is_again = self._is_again, False
        return result, is_new

    async def close(self) -> None:
        """Ends the session for good, and the server with it where it is a child."""
        self._is_closed = True
        await self._end()

    async def _check(self, tool: Declared) -> None:
        now = (await self.list_tools()).get(tool.name)
        name = f"{tool.name} of the MCP server {self.server.name}"
        if now is None:
            raise ToolError(f"{name} is no longer there", hint="do without it")
        if now.fingerprint != tool.fingerprint:
            hint = f"the user can look at it and approve it anew: chatbot tools approve {self.server.name}"
            raise ToolError(f"{name} has changed since it was approved, and is not run", hint=hint)

    async def _send(self, name: str, arguments: Mapping[str, object]) -> CallToolResult:
        from mcp import MCPError
        from mcp.types import CONNECTION_CLOSED, INVALID_REQUEST

        assert self._client is not None
        try:
            return await self._client.call_tool(name, dict(arguments))
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                await self._end()
                raise ToolError(
                    f"the MCP server {self.server.name} ended during the call{self._because()}",
                    hint="nobody knows whether it was done; the next call starts the server again",
                ) from error
            if error.code == INVALID_REQUEST and "session" in error.message.lower():
                raise _SessionUnknown from error
            raise ToolError(f"the MCP server {self.server.name} says: {_first(error)}") from error
        except (RuntimeError, ValueError) as error:  # an answer that is not what was declared
            raise ToolError(f"the MCP server {self.server.name}: {_first(error)}") from error

    # --- begin and end ------------------------------------------------------------------------------------------------

    async def _connected(self) -> Client:
        if self._is_closed:
            raise ToolError(f"the MCP server {self.server.name} is closed")
        if self._client is None:
            await self._begin()
        assert self._client is not None
        return self._client

    async def _begin(self) -> None:
        """Starts the server, or calls it, and lists its tools. Raises ToolError."""
        now = time.monotonic()
        if len(self._begun) == STARTS and now - self._begun[0] < WITHIN:
            raise ToolError(
                f"the MCP server {self.server.name} ended {STARTS} times within a minute{self._because()}",
                hint="it is left alone for a minute; do without its tools",
            )
        self._is_again = bool(self._begun)
        self._begun.append(now)
        self._leave, self._why = asyncio.Event(), ""
        ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        said = StandardError() if self.server.command else None
        self._keeper = asyncio.create_task(self._keep(ready, said))
        self._keeper.add_done_callback(functools.partial(self._settle, ready=ready, said=said))
        try:
            async with asyncio.timeout(self._patience):
                client = await asyncio.shield(ready)
            await self._read_tools(client)
            if not self._keeper.done():
                self._client = client
        except TimeoutError:
            raise self._unreachable(f"no answer within {self._patience:g} s{self._because()}") from None
        finally:
            if self._client is None:
                await self._end()
        if self._client is None:
            raise self._unreachable(self._why or "it ended")

    async def _keep(self, ready: asyncio.Future[Client], said: StandardError | None) -> None:
        """Holds the connection open, from this one task as the SDK wants it, until it ends or is to end."""
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(self._make_client(said))
            watching = asyncio.create_task(self._watch(client))
            stack.callback(watching.cancel)
            if not ready.done():
                ready.set_result(client)
            await self._leave.wait()

    def _settle(self, keeper: asyncio.Task[None], ready: asyncio.Future[Client], said: StandardError | None) -> None:
        """Notes that the connection has ended, and why."""
        error = None if keeper.cancelled() else keeper.exception()
        self._client = None
        self._why = _first(error) if error else ""
        if said is not None:
            self._why = said.end or self._why
            said.close()
        if not ready.done():
            ready.set_exception(self._unreachable(self._why or "it ended"))
            ready.exception()  # the one who waits may be gone

    def _make_client(self, said: StandardError | None) -> Client:
        from mcp import Client
        from mcp.types import Implementation

        us = Implementation(name="chatbot", version=importlib.metadata.version("chatbot"))
        return Client(self._transport(said), cache=None, client_info=us, message_handler=self._note)

    @asynccontextmanager
    async def _transport(self, said: StandardError | None) -> AsyncIterator[TransportStreams]:
        """The SDK's transport, whose end ends the session."""
        async with self._bare_transport(said) as (reading, writing):
            yield Watched(reading, self._see, at_end=self._leave.set), writing

    def _bare_transport(self, said: StandardError | None) -> Transport:
        if said is None:
            return self._http()
        from mcp import StdioServerParameters
        from mcp.client.stdio import stdio_client

        program, *arguments = self.server.command
        variables = environment(self.server, os.environ)
        child = StdioServerParameters(command=program, args=arguments, env=variables, cwd=self.server.folder)
        return stdio_client(child, errlog=said.file)

    @asynccontextmanager
    async def _http(self) -> AsyncIterator[TransportStreams]:
        from mcp.client.streamable_http import streamable_http_client
        from mcp.shared._httpx_utils import create_mcp_http_client

        async with (
            create_mcp_http_client(headers=_headers(self.server)) as http,
            streamable_http_client(self.server.url, http_client=http) as streams,
        ):
            yield streams

    async def _end(self) -> None:
        """Ends the session, also one that has not begun; the SDK takes at most a few seconds to stop a child."""
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return
        self._leave.set()
        if self._client is None:
            keeper.cancel()
        self._client = None
        await asyncio.wait([keeper])

    def _unreachable(self, why: str) -> ToolError:
        hint = f"it is reached by: {self.server.place}"
        return ToolError(f"the MCP server {self.server.name} cannot be used: {why}", hint=hint)

    def _because(self) -> str:
        return f" ({self._why})" if self._why else ""

    # --- what it declares ---------------------------------------------------------------------------------------------

    async def _read_tools(self, client: Client) -> None:
        """All pages of what the server declares. Raises ToolError."""
        from mcp import MCPError

        found: list[Declared] = []
        cursor: str | None = None
        self.is_stale = False
        try:
            async with asyncio.timeout(self._patience):
                for _ in range(MAX_PAGES):
                    page = await client.list_tools(cursor=cursor)
                    found += declared(page.tools, self._page)
                    cursor = page.next_cursor
                    if cursor is None or len(found) > MAX_TOOLS:
                        break
        except (MCPError, RuntimeError, ValueError, TimeoutError) as error:
            self.is_stale = True
            raise self._unreachable(f"it does not list its tools: {_first(error)}") from error
        if cursor is not None or len(found) > MAX_TOOLS:
            raise self._unreachable(f"it declares more than {MAX_TOOLS:,} tools, or pages without end")
        names = [tool.name for tool in found]
        self.tools = {tool.name: tool for tool in found if names.count(tool.name) == 1}

    def _see(self, message: SessionMessage | Exception) -> None:
        """Keeps a page of tools as the server sent it."""
        result = getattr(getattr(message, "message", None), "result", None)
        if isinstance(result, dict) and isinstance(result.get("tools"), list):
            self._page = result["tools"]

    async def _note(self, message: object) -> None:
        """Told of everything that an older server sends unasked."""
        from mcp.types import ToolListChangedNotification

        if isinstance(message, ToolListChangedNotification):
            self.is_stale = True

    async def _watch(self, client: Client) -> None:
        """Subscribes, at a server of a newer protocol, to changes of what it declares."""
        from mcp import MCPError
        from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost

        with suppress(ListenNotSupportedError, MCPError, TimeoutError):
            while True:
                with suppress(SubscriptionLost):
                    async with client.listen(tools_list_changed=True) as changes:
                        async for _ in changes:
                            self.is_stale = True
                self.is_stale = True  # something may have been missed
                await asyncio.sleep(SUBSCRIBE_AGAIN)


class _SessionUnknown(Exception):
    """The server does not know our session: it was started anew, and has not looked at the request."""


def _first(error: BaseException) -> str:
    """What went wrong first, of a group of errors, for people."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return " ".join(visible(str(error)).split())[:500] or type(error).__name__


def _headers(server: Server) -> dict[str, str]:
    """The bearer token. Raises ToolError where its variable is not set."""
    if not server.token:
        return {}
    token = os.environ.get(server.token, "")
    if not token:
        hint = f"set it, or take it out of `token` of [mcp.{server.name}]"
        raise ToolError(f"the MCP server {server.name} needs the variable {server.token}, which is not set", hint=hint)
    return {"Authorization": f"Bearer {token}"}
