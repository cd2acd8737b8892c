"""The process of an MCP server: what it sees of our environment, and the last of what it says on standard error."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import TextIO

from chatbot.errors import ToolError
from chatbot.tools.mcp.server import Server
from chatbot.visible import visible

KEPT = 4_096
"""Bytes of standard error that are kept, to be shown when the server fails."""

SHOWN = 400
"""Characters of it that a message quotes."""


def environment(server: Server, ours: Mapping[str, str]) -> dict[str, str]:
    """The variables that the settings name, for the child; the SDK adds PATH, HOME and their like, and nothing else.

    Raises ToolError for one that is not set: a server without its variable fails in worse ways.
    """
    for name in server.env:
        if name not in ours:
            hint = f"set it, or take it out of `env` of [mcp.{server.name}]"
            raise ToolError(f"the MCP server {server.name} needs the variable {name}, which is not set", hint=hint)
    return {name: ours[name] for name in server.env}


class StandardError:
    """A file that a child writes to, of which the end is kept. Close it when the child has ended."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self._reading = reading
        self._kept = b""
        self.file: TextIO = os.fdopen(writing, "w")
        threading.Thread(target=self._read, daemon=True, name="mcp-stderr").start()

    @property
    def end(self) -> str:
        """The last that was said, on one line."""
        text = " ".join(visible(self._kept.decode("utf-8", "replace")).split())
        return text if len(text) <= SHOWN else f"…{text[1 - SHOWN :]}"

    def close(self) -> None:
        """Lets go of our end; the reader ends when the child's is closed too."""
        self.file.close()

    def _read(self) -> None:
        with os.fdopen(self._reading, "rb", buffering=0) as pipe:
            while piece := pipe.read(KEPT):
                self._kept = (self._kept + piece)[-KEPT:]
