"""Puts a question about a call to whoever can answer, and waits for the answer, but not for ever.

One question at a time in each conversation, so that an answer that reaches further settles those that wait behind it.
A question that fails, or that nobody answers in time, is a no.
"""

from __future__ import annotations

import asyncio
import inspect
from weakref import WeakKeyDictionary, WeakValueDictionary

from chatbot.errors import ToolError
from chatbot.tools.approval import LIFETIME, Approval, ApprovalRequest, Approve, accepted
from chatbot.tools.execution import Failure, in_thread
from chatbot.tools.running import described

_Locks = WeakValueDictionary[str, asyncio.Lock]


class Asking:
    """Who is asked. approve: None where nobody can be. patience: seconds that an answer may take."""

    def __init__(self, approve: Approve | None, patience: float = LIFETIME) -> None:
        self._approve = approve
        self._patience = patience
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, _Locks] = WeakKeyDictionary()

    @property
    def possible(self) -> bool:
        """Whether there is anybody to ask."""
        return self._approve is not None

    def turn(self, conversation: str) -> asyncio.Lock:
        """Held while a question of this conversation is open."""
        locks = self._locks.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
        return locks.setdefault(conversation, asyncio.Lock())

    async def ask(self, request: ApprovalRequest) -> Approval:
        """The person's yes. Raises ToolError for anything else."""
        try:
            async with asyncio.timeout(self._patience):
                answer = await self._answer(request)
        except TimeoutError:
            raise ToolError(f"nobody answered within {self._patience / 60:g} minutes") from None
        if isinstance(answer, Failure):
            raise ToolError(f"asking for approval failed: {described(answer.error)}")
        return accepted(answer, request)

    async def _answer(self, request: ApprovalRequest) -> object:
        """What was answered. Code that is not async may wait for a person, and is asked in a thread."""
        approve = self._approve
        if approve is None:
            raise ToolError("nobody can be asked here")
        try:
            answer = (
                approve(request) if inspect.iscoroutinefunction(approve) else await in_thread(lambda: approve(request))
            )
            return await answer if inspect.isawaitable(answer) else answer
        except Exception as error:  # noqa: BLE001  # a question that fails is no approval
            return Failure(error)
