"""What the journal hands out: rows as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chatbot.messages import Answer, Message

MessageState = Literal["complete", "interrupted", "failed"]
"""Whether a message, or a turn, is whole; was cut and kept; or came to nothing."""

Verdict = Literal["good", "bad"]


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A conversation in a list of conversations."""

    id: str
    """UTC date and time of its beginning, and four random characters: `261121-093000-x7q2`. Sorts by age."""
    title: str
    created: float
    """Seconds since the epoch, as all times here."""
    updated: float
    """Time of the last message."""
    messages: int
    """Messages on all its branches."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message and its place in the conversation's tree."""

    id: int
    parent: int | None
    """The message it follows; None for a first one."""
    message: Message
    """As it was sent."""
    display: str
    """What the user typed, where the message carries more than that; else empty."""
    state: MessageState
    trace_id: str
    """The turn it belongs to."""
    answer: Answer | None
    """The whole answer, on the message that ends a turn."""
    created: float


@dataclass(frozen=True, slots=True)
class EffectRecord:
    """An effect as it was performed."""

    id: int
    kind: str
    """generate, tool, retrieve, …"""
    request: Mapping[str, Any]
    result: Mapping[str, Any] | None
    """None while it runs, and for good when the program died over it."""
    failed: bool
    started: float
    ended: float | None
    shown: str
    """The text that was streamed to the screen."""


@dataclass(frozen=True, slots=True)
class Received:
    """A response of a service, without its body."""

    id: int
    """Under which `Journal.body` has its bytes."""
    trace_id: str
    """The turn it belongs to."""
    model: str
    status: int
    """Of HTTP."""
    request_id: str
    """The service's own name for the request; empty where it gave none."""
    length: int
    """Bytes of the body."""
    started: float
    """When the call was begun."""
    result: Mapping[str, Any] | None
    """What was made of it, together with the other responses of its call."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A result that serves again."""

    result: Mapping[str, Any]
    started: float
    """When its effect was begun."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a user thought of a message; a later verdict on the same message counts."""

    message_id: int
    verdict: Verdict
    note: str
    created: float


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run of an eval."""

    id: str
    name: str
    key: str
    """Stands for all that was planned: runs with the same key ask the same."""
    plan: Mapping[str, Any]
    """Variants, items, seed and hashes, as the harness wrote them."""
    started: float
    ended: float | None = None
    """None for one that was stopped."""


@dataclass(frozen=True, slots=True)
class CellRecord:
    """What came of asking one item in one way."""

    number: int
    """Of the cell, in the plan of its run."""
    item: str
    """Id of the item."""
    trace_id: str
    """Key of its effects."""
    response: Any
    """As the harness wrote it."""
