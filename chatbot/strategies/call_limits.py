"""How many tools one turn may call, and what becomes of a call that was made before. One mechanism for all strategies.

A call is the same as another where the tool is and the arguments are equal as JSON. The same call twice in one reply is
run once. Made again later, a call that changes something is not run: what was sent once is not sent twice. One that
only reads is run, since the world may have changed in between, and where its result has not, the model is told so. Once
it is made a third time for nothing, or there are too many calls, no more are run and the model is asked for its answer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chatbot.effects import ToolSchema
from chatbot.messages import Decision, ToolCall, ToolResult
from chatbot.wire_names import wire_name

CALLS = 8
"""Most calls of tools in one turn: some more than honest questions take."""

PATIENCE = 2
"""Times that a call may come to the same result."""

SAME = "\n[you made exactly this call before, and its result is the same; do something else, or give the answer]"
NOT_AGAIN = "\n[you made exactly this call before, so it was not run again; this is the result that it had]"
TWICE = "\n[you made exactly this call twice in one reply; it was run once, and its result is there]"
ENOUGH = "error: it was not run; make no more calls, and give the answer from what you have"

_Key = tuple[str, str, str]


@dataclass(slots=True)
class _Made:
    """A call that was made."""

    result: ToolResult
    times: int = 1
    """How often in a row it came to this result."""


@dataclass(slots=True)
class CallLimits:
    """The calls of one turn so far."""

    most: int = CALLS
    over: str = ""
    """Why no more calls are run; empty as long as they are."""
    _made: dict[_Key, _Made] = field(default_factory=dict)
    _run: int = 0

    def known(self, calls: Sequence[ToolCall], tools: Sequence[ToolSchema]) -> list[ToolResult | None]:
        """For each call of a reply its result, where it is not to be run; None for those that are to be run."""
        changing = {tool.name for tool in tools if tool.changes}
        here: set[_Key] = set()
        return [self._known(call, here, changes=wire_name(call.name) in changing) for call in calls]

    def noted(self, call: ToolCall, result: ToolResult) -> ToolResult:
        """The result of a call that was run, marked where it is what it was before."""
        before = self._made.get(key := _key(call))
        if before is None or (before.result.text, before.result.failed) != (result.text, result.failed):
            self._made[key] = _Made(result)
            return result
        before.times += 1
        return replace(result, note=result.note + SAME)

    def _known(self, call: ToolCall, here: set[_Key], *, changes: bool) -> ToolResult | None:
        key = _key(call)
        before = self._made.get(key)
        if key in here:
            return _not_run(call, "the result of this call stands with the same call in this reply", TWICE)
        here.add(key)
        if before and before.times >= PATIENCE:
            self.over = self.over or f"the model made the same call again and again: {_shown(call)}"
        if self.over:
            return _not_run(call, ENOUGH, failed=True)
        if before and changes:
            before.times += 1
            return replace(before.result, call_id=call.id, name=call.name, attempts=0, note=NOT_AGAIN)
        if self._run >= self.most:
            self.over = f"the model made more calls of tools than the {self.most} it may, and the rest were not run"
            return _not_run(call, ENOUGH, failed=True)
        self._run += 1
        return None


def is_repeated(result: ToolResult) -> bool:
    """Whether the call had been made before."""
    return result.note.endswith((SAME, NOT_AGAIN, TWICE))


def _not_run(call: ToolCall, text: str, note: str = "", *, failed: bool = False) -> ToolResult:
    decision = Decision("deny", text.removeprefix("error: "), "limits") if failed else None
    return ToolResult(call.id, call.name, text, failed, attempts=0, note=note, decision=decision)


def _key(call: ToolCall) -> _Key:
    name = wire_name(call.name)
    try:
        return name, json.dumps(json.loads(call.arguments), sort_keys=True), call.flaw
    except (ValueError, RecursionError):
        return name, call.arguments.strip(), call.flaw


def _shown(call: ToolCall) -> str:
    text = f"{call.name} {call.arguments}"
    return text if len(text) <= 100 else f"{text[:99]}…"
