"""Hand the model a service's OpenAPI description, and watch the service being asked.

The service is a small one on this machine, and the model a script, so that the example runs without a network and a
key; name a real model with

    python examples/ask_a_service.py openai:gpt-4o-mini
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from chatbot import Chatbot, Tool, connect
from chatbot.messages import Reply, ToolCall
from chatbot.models import Scripted

DESCRIPTION = {  # most services have one as a file: Tool.from_openapi("openapi.yaml", operations=["findBook"])
    "openapi": "3.1.0",
    "info": {"title": "Library", "version": "1"},
    "paths": {
        "/books/{number}": {
            "get": {
                "operationId": "findBook",
                "summary": "Where a book is, and until when it is lent",
                "parameters": [{"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}],
            }
        }
    },
}


class Library(BaseHTTPRequestHandler):
    """The service."""

    def do_GET(self) -> None:
        """Tells of the book whose number the path ends in."""
        book = {"number": int(self.path.rpartition("/")[2]), "shelf": "Q 335", "lent until": "Friday"}
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(book).encode())

    def log_message(self, *_: object) -> None:
        """Keeps requests off the terminal."""


script = Scripted(
    Reply("", (ToolCall("call-1", "findBook", '{"number": "42"}'),)),  # a number in quotes: nothing is lost
    Reply("Book 42 is lent until Friday."),
)
model = connect(sys.argv[1]) if len(sys.argv) > 1 else script

with HTTPServer(("127.0.0.1", 0), Library) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tools = Tool.from_openapi(DESCRIPTION, base_url=f"http://127.0.0.1:{server.server_port}")
    answer = Chatbot(model, knowledge=None, tools=tools, durable=False).ask("Can I have book 42?")
    server.shutdown()

for use in answer.tool_calls:
    print(f"{use.call.name}({use.call.arguments}) -> {use.result.text}")
print(answer.text)
