"""Calls that a model with native ones writes into its text all the same, as local servers let through.

Only a reply that begins with a call counts, and holds nothing else: a model that has calls of its own may well write of
others. Whether one begins so shows in its first character, so that ordinary replies cost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatbot.effects import ToolSchema
from chatbot.messages import ToolCall

if TYPE_CHECKING:
    from chatbot.call_text import Withholding

_BEGINS = ("<", "[", "{", "`")


def leaked_calls(text: str, tools: Sequence[ToolSchema]) -> tuple[ToolCall, ...]:
    """The calls of a reply that is nothing but calls; none of any other."""
    if text.lstrip()[:1] not in _BEGINS:
        return ()
    from chatbot.call_text import read

    reading = read(text, tools)
    return tuple(reading.calls) if not reading.prose.strip() and not reading.wrong else ()


def is_broken_call(text: str, tools: Sequence[ToolSchema]) -> bool:
    """Whether a reply begins as a call, and cannot be read as one."""
    if text.lstrip()[:1] not in _BEGINS:
        return False
    from chatbot.call_text import read

    reading = read(text, tools)
    return bool(reading.wrong) and not reading.prose.strip()


def shown_at_once(text: str, tools: Sequence[ToolSchema]) -> str:
    """What of a whole reply is shown while it streams."""
    return Streamed(tools).feed(text)


class Streamed:
    """Passes on what of a stream is no call; without a tool, or where it does not begin as one, all of it."""

    def __init__(self, tools: Sequence[ToolSchema]) -> None:
        self._tools = tools
        self._begun = not tools
        self._held = ""
        self._withholding: Withholding | None = None

    def feed(self, piece: str) -> str:
        """The text that can be shown now."""
        if self._withholding is not None:
            return self._withholding.feed(piece)
        if self._begun:
            return piece
        self._held += piece
        first = self._held.lstrip()[:1]
        if not first:
            return ""
        self._begun = True
        if first not in _BEGINS:
            return self._held
        from chatbot.call_text import Withholding

        self._withholding = Withholding(self._tools)
        return self._withholding.feed(self._held)
