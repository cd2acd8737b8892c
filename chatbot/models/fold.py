"""Turns a model's stream of events into a `Reply`, and decides what of it counts.

Nothing is passed off as more than it is: a stream without `Ended` was truncated, and only a complete reply carries tool
calls, since one that was cut may be valid JSON by chance. Arguments are not read here: that is the dispatcher's work.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from itertools import count

from chatbot.events import CallDelta, Ended, Mended, ModelEvent, ReasoningDelta, Scored, TextDelta, Used, Weighed
from chatbot.messages import Likelihood, Reply, TokenScore, ToolCall, Usage


async def fold(events: AsyncIterator[ModelEvent], show: Callable[[ModelEvent], None] | None = None) -> Reply:
    """The reply that a whole stream makes. `show` sees each event after it has been counted in."""
    folded = Fold()
    async for event in events:
        folded.add(event)
        if show is not None:
            show(event)
    return folded.reply()


DOUBLED = "it was not run: two calls of this reply had the id {!r}; make each of them again"
"""Said of calls whose ids are not their own."""


class Fold:
    """A reply in the making. However a stream is cut into deltas, the reply is the same."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls = _Calls()
        self._scores: list[TokenScore] = []
        self._likelihoods: tuple[Likelihood, ...] = ()
        self._usage = Usage()
        self._mended = False
        self._ended: Ended | None = None

    def add(self, event: ModelEvent) -> None:
        """Counts one event in, if it is one of the reply's. Of several `Used` or `Ended` the last holds."""
        match event:
            case TextDelta(text):
                self._text.append(text)
            case ReasoningDelta(text):
                self._reasoning.append(text)
            case CallDelta():
                self._calls.add(event)
            case Scored(tokens):
                self._scores += tokens
            case Weighed(likelihoods):
                self._likelihoods = likelihoods
            case Mended():
                self._mended = True
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
            scores=tuple(self._scores),
            likelihoods=self._likelihoods,
            mended=self._mended,
        )


@dataclass(slots=True)
class _Call:
    """A call in pieces."""

    index: int
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)

    def add(self, delta: CallDelta) -> None:
        """Adds a piece. Some servers say the whole name with every piece; others send it in pieces, before all else."""
        if not (self.arguments and delta.name == self.name):
            self.name += delta.name
        if delta.arguments:
            self.arguments.append(delta.arguments)

    def is_over(self, delta: CallDelta) -> bool:
        """Whether this piece, of the same id or index, begins another call: it names a tool where all has been said."""
        if not delta.name or not self.name:
            return False
        return (bool(delta.id) and delta.index != self.index) or _is_whole("".join(self.arguments))


class _Calls:
    """Calls put together by id and, where a piece has none, by index.

    Ids come first because indices cannot be trusted: some servers give every call the index 0, others count up with
    each piece. Where two calls turn out to have one id, both are marked as flawed: what belongs to which is a guess.
    """

    def __init__(self) -> None:
        self._all: list[_Call] = []
        self._by_id: dict[str, _Call] = {}
        self._at: dict[int, _Call] = {}

    def add(self, delta: CallDelta) -> None:
        self._call_of(delta).add(delta)

    def finished(self) -> tuple[ToolCall, ...]:
        """All calls, in the order they began, each with an id of its own; no arguments at all are an empty object."""
        ids = Counter(call.id for call in self._all if call.id)
        free = (name for number in count(1) if (name := f"call-{number}") not in ids)
        taken: set[str] = set()
        calls: list[ToolCall] = []
        for call in self._all:
            own = call.id if call.id and call.id not in taken else next(free)
            taken.add(own)
            flaw = DOUBLED.format(call.id) if ids[call.id] > 1 else ""
            calls.append(ToolCall(own, call.name, "".join(call.arguments) or "{}", flaw))
        return tuple(calls)

    def _call_of(self, delta: CallDelta) -> _Call:
        call = self._by_id.get(delta.id) if delta.id else self._at.get(delta.index)
        if call is None and delta.id and (nameless := self._at.get(delta.index)) and not nameless.id:
            call = nameless
        if call is None or call.is_over(delta):
            call = _Call(delta.index)
            self._all.append(call)
        if delta.id:
            call.id = delta.id
            self._by_id[delta.id] = call
        self._at[delta.index] = call
        return call


def _is_whole(arguments: str) -> bool:
    """Whether the text is an object to which nothing can be added."""
    if not arguments.rstrip().endswith("}"):
        return False
    try:
        json.loads(arguments)
    except (ValueError, RecursionError):
        return False
    return True
