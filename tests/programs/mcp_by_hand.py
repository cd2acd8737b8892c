"""An MCP server of the older protocol, written by hand, that says exactly what a test wants: `mcp_by_hand.py FILE`.

FILE holds {"pages": [[tool, ...], ...]} and is read whenever tools are listed. Calling a tool that a page declares
returns `ran NAME`; calling `notify` tells the client, before it answers, that the tools have changed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request:
            continue
        answer = respond(request["method"], request.get("params") or {})
        send({"jsonrpc": "2.0", "id": request["id"], **answer})


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
        if params["name"] == "notify":
            send({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        told = f"ran {params['name']}"
        return {"result": {"content": [{"type": "text", "text": told}], "structuredContent": {"result": told}}}
    return {"error": {"code": -32601, "message": f"there is no {method}"}}


def send(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
