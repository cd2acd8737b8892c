"""The Model Context Protocol: tools of other programs for our models, and our tools for other programs.

`connect` reaches a server; its tools are approved by the hash of all that they declare, and one that changes afterwards
is not run. The SDK is imported when a server is used.
"""

from __future__ import annotations

from chatbot.tools.mcp.connection import Connection, connect
from chatbot.tools.mcp.declared import Declared
from chatbot.tools.mcp.pins import Pins
from chatbot.tools.mcp.server import Server, read_server, read_servers

__all__ = ["Connection", "Declared", "Pins", "Server", "connect", "read_server", "read_servers"]
