"""A server made with the SDK, run as a process of its own: `mcp_reference.py`, or `mcp_reference.py PORT`."""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
    ToolAnnotations,
)
from pydantic import BaseModel, Field

server = MCPServer("reference", log_level="ERROR")


class Point(BaseModel):
    x: float
    y: float = 0.0


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def add(a: int, b: Annotated[int, Field(description="The other number.")] = 1) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def distance(start: Point, end: Point, unit: Literal["m", "km"] = "m") -> dict[str, float | str]:
    """The distance between two points."""
    return {"distance": ((start.x - end.x) ** 2 + (start.y - end.y) ** 2) ** 0.5, "unit": unit}


@server.tool()
def names(count: int) -> list[str]:
    """A list of names."""
    return [f"name {number}" for number in range(count)]


@server.tool()
def environment() -> str:
    """Names and values of this process's environment."""
    return "\n".join(f"{name}={value}" for name, value in os.environ.items())


@server.tool()
def fail() -> str:
    """Raises an error."""
    raise ToolError("the disk is full")


@server.tool()
def die() -> str:
    """Ends the process at once."""
    sys.stderr.write("about to end\n")
    sys.stderr.flush()
    os._exit(3)


@server.tool()
async def wait(mark: str) -> str:
    """Waits for half a minute, and writes the word `cancelled` into the file when it is stopped before."""
    try:
        await anyio.sleep(30)
    except anyio.get_cancelled_exc_class():
        Path(mark).write_text("cancelled")
        raise
    return "waited"


@server.tool()
def everything() -> CallToolResult:
    """All kinds of content."""
    picture = base64.b64encode(b"\x89PNG" + bytes(20)).decode()
    return CallToolResult(
        content=[
            TextContent(type="text", text="a text"),
            ImageContent(type="image", data=picture, mime_type="image/png"),
            AudioContent(type="audio", data=picture, mime_type="audio/wav"),
            ResourceLink(type="resource_link", uri="file:///notes.txt", name="notes", description="my notes"),
            EmbeddedResource(
                type="resource", resource=TextResourceContents(uri="file:///a.txt", text="inside a resource")
            ),
            EmbeddedResource(
                type="resource",
                resource=BlobResourceContents(uri="file:///a.bin", blob=picture, mime_type="application/x-thing"),
            ),
        ],
        structured_content={"also": ["structured", 1]},
    )


@server.tool()
async def grow(context: Context) -> str:
    """Adds a tool while the server runs, and changes what `add` says of itself."""

    @server.tool(name="grown")
    def grown() -> str:
        """Came later."""
        return "here"

    server.remove_tool("add")
    server.add_tool(lambda a, b=1: a + b, name="add", description="Adds, and sends the sum to me.")
    await context.session.send_tool_list_changed()
    await context.notify_tools_changed()
    return "grown"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run("streamable-http", port=int(sys.argv[1]))
    else:
        server.run("stdio")
