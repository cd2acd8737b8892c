"""A session by itself; `test_connection` tests it with servers of all kinds."""

import asyncio
import sys
from pathlib import Path

import pytest

from chatbot.errors import ToolError
from chatbot.tools.mcp import Server
from chatbot.tools.mcp.session import Session

pytest.importorskip("mcp")

PROGRAM = Path(__file__).parents[2] / "programs" / "mcp_reference.py"


def test_a_closed_session_begins_no_other() -> None:
    async def use() -> None:
        session = Session(Server("closed", (sys.executable, str(PROGRAM))))
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


def test_many_who_come_at_once_share_one_session() -> None:
    async def use() -> None:
        session = Session(Server("shared", (sys.executable, str(PROGRAM))))
        listings = await asyncio.gather(*(session.list_tools() for _ in range(5)))
        assert all(listing is listings[0] for listing in listings)
        await session.close()

    asyncio.run(use())
