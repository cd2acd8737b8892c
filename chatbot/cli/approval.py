"""Asking a person before a tool with side effects runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from chatbot.cli.screen import Screen

if TYPE_CHECKING:
    from chatbot.messages import ToolCall
    from chatbot.tools import Approve, Tool


def approver(screen: Screen) -> Approve:
    """A function that asks on the terminal; anything but y means no."""

    async def approve(tool: Tool, call: ToolCall) -> bool:
        screen.line(f"\n{tool.name} wants to run ({tool.impact}): {call.arguments}", style="yellow")
        answer = await asyncio.to_thread(input, "Allow it? [y/N] ")
        return answer.strip().lower() in ("y", "yes")

    return approve
