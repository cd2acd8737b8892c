"""Coming in at a pace, as somebody who waits and does not ask what for."""

from __future__ import annotations

from contextlib import aclosing

from chatbot.service.pace import IN_CHAT, Pace, Patience, Permit


async def let_in(pace: Pace, patience: Patience = IN_CHAT, tokens: int = 0) -> Permit:
    """Leave to send a request."""
    async with aclosing(pace.enter(patience, tokens)) as steps:
        async for step in steps:
            if isinstance(step, Permit):
                return step
    raise AssertionError("what is waited for ends with leave, or raises")
