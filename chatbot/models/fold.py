"""Turns a model's stream of events into a `Reply`, and decides what of it counts.

Nothing is passed off as more than it is: a stream without `Ended` was truncated, and only a complete reply carries tool
calls, since one that was cut may be valid JSON by chance. Arguments are not parsed here: that is the dispatcher's work.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from itertools import count

from chatbot.events import CallDelta, Ended, ModelEvent, ReasoningDelta, TextDelta, Used
from chatbot.messages import Reply, ToolCall, Usage


async def fold(events: AsyncIterator[ModelEvent], show: Callable[[ModelEvent], None] | None = None) -> Reply:
    """The reply that a whole stream makes. `show` sees each event after it has been counted in."""
    folded = Fold()
    async for event in events:
        folded.add(event)
        if show is not None:
            show(event)
    return folded.reply()


class Fold:
    """A reply in the making. However a stream is cut into deltas, the reply is the same."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls = _Calls()
        self._usage = Usage()
        self._ended: Ended | None = None

    def add(self, event: ModelEvent) -> None:
        """Counts one event in. Of several `Used` or `Ended` the last holds."""
        match event:
            case TextDelta(text):
                self._text.append(text)
            case ReasoningDelta(text):
                self._reasoning.append(text)
            case CallDelta():
                self._calls.add(event)
            case Ended():
                self._ended = event
            case Used(usage):
                self._usage = usage

    def reply(self) -> Reply:
        """The reply so far; `truncated` as long as the stream has given no reason to stop."""
        finish = self._ended.finish if self._ended else "truncated"
        return Reply(
            text="".join(self._text),
            tool_calls=self._calls.finished() if finish == "complete" else (),
            finish=finish,
            usage=self._usage,
            declined=self._ended.declined if self._ended else False,
            reasoning="".join(self._reasoning),
        )


@dataclass(slots=True)
class _Call:
    """A call in pieces."""

    id: str = ""
    name: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)


class _Calls:
    """Calls put together by id and, where a piece has none, by index.

    Ids come first because indices cannot be trusted: some servers give every call the index 0, others count up with
    each piece.
    """

    def __init__(self) -> None:
        self._all: list[_Call] = []
        self._by_id: dict[str, _Call] = {}
        self._at: dict[int, _Call] = {}

    def add(self, delta: CallDelta) -> None:
        call = self._call_of(delta)
        call.name.append(delta.name)
        call.arguments.append(delta.arguments)

    def finished(self) -> tuple[ToolCall, ...]:
        """All calls, in the order they began. One without an id gets one; no arguments at all are an empty object."""
        free = (name for number in count(1) if (name := f"call-{number}") not in self._by_id)
        return tuple(
            ToolCall(call.id or next(free), "".join(call.name), "".join(call.arguments) or "{}") for call in self._all
        )

    def _call_of(self, delta: CallDelta) -> _Call:
        call = self._by_id.get(delta.id) if delta.id else self._at.get(delta.index)
        if call is None and delta.id and (nameless := self._at.get(delta.index)) and not nameless.id:
            call = nameless
        if call is None:
            call = _Call()
            self._all.append(call)
        if delta.id:
            call.id = delta.id
            self._by_id[delta.id] = call
        self._at[delta.index] = call
        return call
