"""A session by itself; `test_connection` tests it with servers of all kinds."""

import asyncio
import sys
from pathlib import Path

import pytest

from chatbot.errors import ToolError
from chatbot.tools.mcp import Server
from chatbot.tools.mcp.session import Session

pytest.importorskip("mcp")

PROGRAM = Path(__file__).parents[2] / "programs" / "mcp_by_hand.py"


def by_hand(name: str, folder: Path) -> Server:
    """A server without tools."""
    manifest = folder / "manifest.json"
    manifest.write_text('{"pages": [[]]}')
    return Server(name, (sys.executable, "-S", "-E", str(PROGRAM), str(manifest)))


def test_a_closed_session_begins_no_other(tmp_path: Path) -> None:
    async def use() -> None:
        session = Session(by_hand("closed", tmp_path))
        await session.close()
        with pytest.raises(ToolError, match="the MCP server closed is closed"):
            await session.list_tools()

    asyncio.run(use())


def test_a_session_that_is_still_beginning_can_be_stopped(tmp_path: Path) -> None:
    silent = tmp_path / "silent.py"
    silent.write_text("import sys; sys.stdin.read()")

    async def use() -> None:
        session = Session(Server("silent", (sys.executable, str(silent))))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(session.list_tools(), 0.3)
        await session.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(use())


def test_many_who_come_at_once_share_one_session(tmp_path: Path) -> None:
    async def use() -> None:
        session = Session(by_hand("shared", tmp_path))
        listings = await asyncio.gather(*(session.list_tools() for _ in range(5)))
        assert all(listing is listings[0] for listing in listings)
        await session.close()

    asyncio.run(use())


HANGS = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    if request["method"] == "initialize":
        about = {"name": "hangs", "version": "1"}
        result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": about}
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)
    elif request["method"] == "server/discover":
        error = {"code": -32601, "message": "no"}
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}), flush=True)
"""


@pytest.mark.parametrize(
    ("source", "patience", "said"), [("import sys; sys.stdin.read()", 0.5, "no answer"), (HANGS, 2.0, "does not list")]
)
def test_a_server_that_hangs_is_given_up(tmp_path: Path, source: str, patience: float, said: str) -> None:
    program = tmp_path / "hangs.py"
    program.write_text(source)

    async def use() -> None:
        session = Session(Server("hangs", (sys.executable, "-S", "-E", str(program))), patience=patience)
        with pytest.raises(ToolError, match=f"the MCP server hangs cannot be used: .*{said}"):
            await session.list_tools()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(use())
