"""Our tools as an MCP server, for other programs: over standard input and output, or over HTTP on this machine.

Every call goes through the dispatcher, under the policy. Nobody can be asked here, and what moved the other program's
model is not known, so each call counts as one that a document may have caused: tools with side effects are only offered
where the policy allows exactly that. Over HTTP it listens on the loopback alone, and refuses requests whose Host or
Origin is another's, as those of a page in a browser would be.
"""

from __future__ import annotations

import importlib.metadata
import json
import socket
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.effects import CallTool, ToolSchema
from chatbot.errors import UsageError
from chatbot.messages import ToolCall, ToolResult
from chatbot.tools.mcp.connection import need_sdk
from chatbot.tools.mcp.standard_input import StandardInput
from chatbot.tools.tool import Impact

if TYPE_CHECKING:
    from mcp import types
    from mcp.server import Server
    from mcp.server.context import ServerRequestContext
    from starlette.types import ASGIApp, Receive, Scope, Send

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served."""

    tools: Sequence[tuple[ToolSchema, Impact]]
    """The tools that are offered, and what each does to the world."""
    run: Callable[[CallTool], Awaitable[ToolResult]]
    """The dispatcher, with nobody to ask."""

    async def stdio(self) -> None:
        """Serves until standard input ends. Nothing but messages of the protocol goes to standard output."""
        from mcp.server.stdio import stdio_server

        server = self._server()
        lines: Any = StandardInput()  # all that is asked of it is to be iterated over
        async with stdio_server(stdin=lines) as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    async def http(self, port: int, ready: Callable[[str], None] = lambda _: None) -> None:
        """Serves on the loopback until it is stopped. `ready` is told the address; port 0 takes any that is free.

        Raises UsageError for a port that is taken.
        """
        import uvicorn

        listening = _listen(port)
        port = listening.getsockname()[1]
        app = Guard(self._server().streamable_http_app(host=HOST), port)
        config = uvicorn.Config(app, log_config=None, lifespan="on", timeout_graceful_shutdown=2)
        with listening:
            listening.listen()  # who is told the address may call at once
            ready(f"http://{HOST}:{port}/mcp")
            await uvicorn.Server(config).serve(sockets=[listening])

    def _server(self) -> Server[object]:
        need_sdk()
        from mcp import types
        from mcp.server import Server

        async def list_tools(_: ServerRequestContext[object], __: object) -> types.ListToolsResult:
            return types.ListToolsResult(tools=[_declaration(*each) for each in self.tools])

        async def call_tool(
            _: ServerRequestContext[object], asked: types.CallToolRequestParams
        ) -> types.CallToolResult:
            call = ToolCall(uuid.uuid4().hex, asked.name, json.dumps(asked.arguments or {}))
            result = await self.run(CallTool(call, tainted=True))
            told = types.TextContent(type="text", text=f"{result.text}{result.note}")
            return types.CallToolResult(content=[told], is_error=result.failed)

        version = importlib.metadata.version("chatbot")
        return Server("chatbot", version=version, on_list_tools=list_tools, on_call_tool=call_tool)


class Guard:
    """Passes on requests that are meant for this address and come from no page of another origin.

    A page that a browser shows can have its name resolve to this machine (DNS rebinding): its requests then carry that
    name as Host, or its Origin. Both are compared whole, on every method and path.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        names = ("127.0.0.1", "localhost", "[::1]")
        self._hosts = {f"{name}:{port}" for name in names} | (set(names) if port == 80 else set())
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] == "http" and (refusal := self._refusal(scope["headers"])):
            from starlette.responses import PlainTextResponse

            status, text = refusal
            await PlainTextResponse(text, status)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, headers: Sequence[tuple[bytes, bytes]]) -> tuple[int, str] | None:
        hosts = [value.decode("latin-1").lower() for name, value in headers if name == b"host"]
        origins = [value.decode("latin-1").lower() for name, value in headers if name == b"origin"]
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return 421, "this server is not at that host\n"
        if any(origin not in self._origins for origin in origins):
            return 403, "pages of other origins are not served\n"
        return None


def _declaration(schema: ToolSchema, impact: Impact) -> types.Tool:
    from mcp import types

    hints = types.ToolAnnotations(
        read_only_hint=impact in ("none", "reads"),
        destructive_hint=impact in ("writes", "sends", "spends"),
        open_world_hint=impact in ("sends", "spends"),
    )
    parameters = {"type": "object", **schema.parameters}
    return types.Tool(name=schema.name, description=schema.description, input_schema=parameters, annotations=hints)


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise UsageError(f"port {port} cannot be used: {error.strerror}", hint="name another, or 0 for any") from error
    return listening
