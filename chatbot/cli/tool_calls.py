"""Calls of tools outside of a conversation: through the dispatcher, and each with its result in the journal."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatbot import codec
from chatbot.errors import ToolError
from chatbot.messages import ToolResult
from chatbot.tools.output import readable
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE, query_of

if TYPE_CHECKING:
    from chatbot.bot import Chatbot
    from chatbot.effects import CallTool
    from chatbot.messages import Decision
    from chatbot.tools import Policy, Toolbox

FOUND = 5
"""Passages that a search gives."""

MAX_RESULT = 100_000
"""Characters of a result that are handed on: there are no pages to turn here, and what is longer fits no model."""


@dataclass(frozen=True, slots=True)
class ToolCalls:
    """Runs calls, one after the other or side by side."""

    bot: Chatbot
    toolbox: Toolbox
    policy: Policy
    trace_id: str
    """The journal's record that they belong to."""

    @property
    def searches(self) -> bool:
        """Whether a search of the documents is among what may be called."""
        named = SEARCH_KNOWLEDGE.name in self.bot.settings.tools
        return named and self.policy.frees(SEARCH_KNOWLEDGE.name, "reads") and self.bot.knowledge is not None

    async def run(self, effect: CallTool) -> ToolResult:
        """The call's result. What was decided is in the journal before anything runs."""
        journal, call = self.bot.journal, effect.call
        effect_id = journal.intend(self.trace_id, "tool", codec.plain(effect))

        def note(decision: Decision) -> None:
            journal.record(self.trace_id, "decision", {"call_id": call.id, "tool": call.name}, decision)

        try:
            if call.name == SEARCH_KNOWLEDGE.name and self.searches:
                result = await self._search(effect)
            else:
                result = await self.toolbox.run(effect, conversation=self.trace_id, note=note)
        except asyncio.CancelledError:
            journal.settle(effect_id, {"error": "interrupted"}, failed=True)
            raise
        journal.settle(effect_id, codec.plain(result))
        return replace(result, text=readable(result.text, MAX_RESULT))

    async def _search(self, effect: CallTool) -> ToolResult:
        """The passages that a search finds, each with its place."""
        call, documents = effect.call, self.bot.knowledge
        assert documents is not None
        try:
            found = await asyncio.to_thread(documents.search, query_of(call), FOUND)
        except ToolError as error:
            return ToolResult(call.id, call.name, f"error: {error}", failed=True)
        passages = [
            f"[{number}] {' > '.join((passage.place, *passage.heading))}\n{passage.text}"
            for number, passage in enumerate(found, 1)
        ]
        return ToolResult(call.id, call.name, "\n\n".join(passages) or "nothing was found")


@contextmanager
def tool_calls(bot: Chatbot, toolbox: Toolbox, policy: Policy, what: str) -> Iterator[ToolCalls]:
    """For calls that belong together; `what` names them in the journal."""
    trace_id = uuid.uuid4().hex
    bot.journal.begin_turn(None, trace_id, model="", prompt="", question=what)
    try:
        context = {"conversation": bot.session, "turn": trace_id}
        yield ToolCalls(bot, toolbox.under(policy).within(context), policy, trace_id)
    finally:
        bot.journal.end_turn(trace_id, "complete")
