"""An MCP server of the older protocol, written by hand, that says exactly what a test wants: `mcp_by_hand.py FILE`.

It starts in a moment, where one made with the SDK takes a second or more. FILE holds {"pages": [[tool, ...], ...]} and
is read whenever tools are listed. Calling a tool returns `ran NAME`, but for these: `notify` tells the client, before
it answers, that the tools have changed; `environment` returns what the process was given; `die` ends it; `wait` answers
nothing, and writes the word `cancelled` into the file that its argument `mark` names when the client takes it back.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

waiting: dict[object, Path] = {}
"""Where what became of a call goes, by its id."""


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        params = request.get("params") or {}
        if request["method"] == "notifications/cancelled" and params["requestId"] in waiting:
            waiting.pop(params["requestId"]).write_text("cancelled")
        elif request["method"] == "tools/call" and params["name"] == "wait":
            waiting[request["id"]] = Path(params["arguments"]["mark"])
        elif "id" in request:
            send({"jsonrpc": "2.0", "id": request["id"], **respond(request["method"], params)})


def respond(method: str, params: dict[str, object]) -> dict[str, object]:
    if method == "initialize":
        capabilities = {"tools": {"listChanged": True}}
        about = {"name": "by hand", "version": "1"}
        return {"result": {"protocolVersion": "2025-11-25", "capabilities": capabilities, "serverInfo": about}}
    if method == "tools/list":
        pages = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["pages"]
        number = int(str(params.get("cursor") or 0))
        more = {"nextCursor": str(number + 1)} if number + 1 < len(pages) else {}
        return {"result": {"tools": pages[number], **more}}
    if method == "tools/call":
        told = called(str(params["name"]))
        return {"result": {"content": [{"type": "text", "text": told}], "structuredContent": {"result": told}}}
    return {"error": {"code": -32601, "message": f"there is no {method}"}}


def called(name: str) -> str:
    if name == "notify":
        send({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
    if name == "environment":
        return "\n".join(f"{name}={value}" for name, value in os.environ.items())
    if name == "die":
        print("about to end", file=sys.stderr, flush=True)
        os._exit(3)
    return f"ran {name}"


def send(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
