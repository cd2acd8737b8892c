"""Asking a person about a call, and holding their answer to exactly what they were shown.

An `ApprovalRequest` goes out, an `Approval` comes back; between the answer and the run stands a `Permit`, good for one
call of one tool with one set of arguments in one conversation, for ten minutes. What is approved is a hash of all of
these and of a number that is used once, so an answer serves no other call, no changed arguments, and no second time.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from chatbot.errors import ToolError
from chatbot.messages import ArgumentOrigin
from chatbot.tools.canonical import canonical
from chatbot.tools.pattern import matches
from chatbot.tools.tool import Impact, Tool

LIFETIME = 600.0
"""Seconds that a question stays open, and that an answer is good for."""

Scope = Literal["once", "conversation", "pattern"]
"""How far an approval reaches.

once: this call. conversation: calls of this tool in this conversation, as long as its sensitive arguments are the same.
pattern: calls of this tool in this conversation whose arguments all match a pattern.
"""


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person answered to one request. Made by the request's own `allow`, `edit` and `reject`."""

    hash: str
    """The request that this answers."""
    verdict: Literal["allow", "edit", "reject"]
    scope: Scope = "once"
    arguments: Mapping[str, object] | None = None
    """What the tool is to be called with instead; of an edit."""
    pattern: Mapping[str, str] = field(default_factory=dict)
    """Argument by argument, what later calls must look like (`*` stands for any text); of the scope `pattern`."""
    reason: str = ""
    """What the model is told; of a rejection."""


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A call that a person is asked about: all they need to know to say no."""

    tool: str
    description: str
    impact: Impact
    arguments: str
    """JSON with sorted keys, in which invisible characters are escapes. This, and nothing else, is what would run."""
    origins: tuple[ArgumentOrigin, ...]
    """Which of the arguments say what the user, a document or a tool said, with quotation and place."""
    reason: str
    """Why somebody is asked."""
    call_id: str
    conversation: str
    hash: str
    """Stands for tool, arguments, conversation and this one question."""

    def allow(self, scope: Scope = "once", pattern: Mapping[str, str] | None = None) -> Approval:
        """Yes. pattern: what later calls must look like, by argument; left out, exactly these arguments."""
        return Approval(self.hash, "allow", scope, pattern=pattern or {})

    def edit(self, arguments: Mapping[str, object]) -> Approval:
        """Yes, but with these arguments."""
        return Approval(self.hash, "edit", arguments=arguments)

    def reject(self, reason: str = "") -> Approval:
        """No. reason: what the model is told beside that."""
        return Approval(self.hash, "reject", reason=reason)


Approve = Callable[[ApprovalRequest], "Approval | bool | Awaitable[Approval | bool]"]
"""Asked before a call runs that only a person may allow. True is `allow()`; all else but an Approval is a no."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to run one call, once."""

    hash: str
    nonce: str


@dataclass(frozen=True, slots=True)
class _Grant:
    """An approval that reaches beyond its call, within its conversation."""

    tool: str
    conversation: str
    bound: frozenset[str] | None
    """Arguments that it speaks of; None where it speaks of all. A call has just those of them that are named below."""
    patterns: Mapping[str, str]
    exact: bool
    """What is named are texts, not patterns."""

    def covers(self, tool: str, shown: Mapping[str, str], conversation: str) -> bool:
        if (tool, conversation) != (self.tool, self.conversation):
            return False
        given = {name: text for name, text in shown.items() if self.bound is None or name in self.bound}
        same = str.__eq__ if self.exact else matches
        return given.keys() == self.patterns.keys() and all(same(self.patterns[name], given[name]) for name in given)


class Approvals:
    """The open questions, the permits that were given and not used, and what was granted for longer.

    clock: seconds; questions and permits lapse by it. One may serve many conversations, and threads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[str, tuple[str, float]] = {}
        self._grants: list[_Grant] = []
        self._lock = threading.Lock()

    def permit(self, tool: Tool, arguments: Mapping[str, object], conversation: str) -> Permit:
        """Leave to run this call, which must be used within the lifetime."""
        nonce = secrets.token_hex(16)
        permit = Permit(_hash(tool, arguments, conversation, nonce), nonce)
        self._keep(permit)
        return permit

    def redeem(self, permit: Permit, tool: Tool, arguments: Mapping[str, object], conversation: str) -> None:
        """Uses the permit up. Raises ToolError where it is not one for exactly this call, or not one any more."""
        with self._lock:
            kept = self._open.pop(permit.hash, None)
        if kept is None or _hash(tool, arguments, conversation, kept[0]) != permit.hash:
            raise ToolError(f"there is no approval of this call of {tool.name}", hint="it was not run")
        if self._clock() - kept[1] > LIFETIME:
            raise ToolError(f"the approval of this call of {tool.name} has lapsed", hint="it was not run")

    def withdraw(self, permit: Permit) -> None:
        """Takes the leave back."""
        with self._lock:
            self._open.pop(permit.hash, None)

    def granted(self, tool: Tool, arguments: Mapping[str, object], conversation: str) -> bool:
        """Whether an earlier answer in this conversation reaches this call."""
        shown = {name: _shown(value) for name, value in arguments.items()}
        with self._lock:
            return any(grant.covers(tool.name, shown, conversation) for grant in self._grants)

    def grant(self, approval: Approval, tool: Tool, arguments: Mapping[str, object], conversation: str) -> None:
        """Remembers an answer that reaches beyond its call."""
        if approval.scope == "once":
            return
        shown = {name: _shown(value) for name, value in arguments.items()}
        if approval.scope == "conversation":
            kept = {name: shown[name] for name in tool.sensitive if name in shown}
            grant = _Grant(tool.name, conversation, frozenset(tool.sensitive), kept, exact=True)
        else:
            patterns = dict(approval.pattern) or shown
            grant = _Grant(tool.name, conversation, None, patterns, exact=not approval.pattern)
        with self._lock:
            self._grants.append(grant)

    def _keep(self, permit: Permit) -> None:
        now = self._clock()
        with self._lock:
            self._open = {key: kept for key, kept in self._open.items() if now - kept[1] <= LIFETIME}
            self._open[permit.hash] = (permit.nonce, now)


def accepted(answer: object, request: ApprovalRequest) -> Approval:
    """The answer to this request. Raises ToolError where it is a no, or the answer to something else."""
    approval = request.allow() if answer is True else answer
    if not isinstance(approval, Approval) or approval.verdict not in ("allow", "edit", "reject"):
        raise ToolError("the user did not approve")
    if not secrets.compare_digest(approval.hash, request.hash):
        raise ToolError("what was approved is another call")
    if approval.verdict == "reject":
        said = f": {approval.reason}" if approval.reason else ""
        raise ToolError(f"the user did not approve{said}")
    if (approval.verdict == "edit") != (approval.arguments is not None):
        raise ToolError("an edit needs arguments, and only an edit has some", hint="use request.edit(arguments)")
    return approval


def _shown(value: object) -> str:
    return value if isinstance(value, str) else canonical({"": value})[5:-1]


def _hash(tool: Tool, arguments: Mapping[str, object], conversation: str, nonce: str) -> str:
    """sha256 of tool, canonical arguments, conversation and nonce, each in its place."""
    whole = json.dumps([tool.name, tool.origin, canonical(arguments), conversation, nonce])
    return hashlib.sha256(whole.encode()).hexdigest()
