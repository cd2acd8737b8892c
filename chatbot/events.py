"""What happens while a model streams, and while a turn runs, as values.

A `Model` yields model events; `models.fold` turns them into a `Reply`. A `Chatbot` yields turn events, which begin with
what the turn looks for and end with exactly one `Done`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chatbot.messages import (
    Answer,
    Citation,
    Evidence,
    Finish,
    Likelihood,
    Passage,
    TokenScore,
    ToolCall,
    ToolResult,
    Usage,
)
from chatbot.raw_reply import RawReply


@dataclass(frozen=True, slots=True)
class Receiving:
    """A response has begun: one for each, those that refuse and those to a repeated request too.

    It is looked at whenever the call ends, however it ends. Models without a wire yield none.
    """

    raw: RawReply


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of thinking that the service reports apart from the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class CallDelta:
    """A piece of a tool call; pieces of one call share `index`."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A model in this process is at work on a long prompt: so many of its tokens are read."""

    done: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Scored:
    """The next tokens of the reply with their log-probabilities, where the request asked for them."""

    tokens: tuple[TokenScore, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """How likely the request's candidates are, in their order."""

    likelihoods: tuple[Likelihood, ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """The reply held what no text can (half a surrogate pair, NUL, bytes that are not UTF-8); U+FFFD stands for it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Why the model stopped. A stream without one was cut."""

    finish: Finish
    declined: bool = False


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens of the call, when the service reports them."""

    usage: Usage


ReplyEvent = Reading | TextDelta | ReasoningDelta | CallDelta | Scored | Weighed | Mended | Ended | Used
"""An event of one reply."""


@dataclass(frozen=True, slots=True)
class OfSample:
    """An event of one of several replies that are drawn at once, from 0."""

    index: int
    event: ReplyEvent


@dataclass(frozen=True, slots=True)
class Waiting:
    """The request has to wait before it is sent: a service asks for that, or has failed and is asked again."""

    text: str
    """What for and how long, in a line."""


ModelEvent = ReplyEvent | OfSample | Receiving | Waiting


@dataclass(frozen=True, slots=True)
class Dropped:
    """A passage that was found and not used."""

    passage: Passage
    reason: str


@dataclass(frozen=True, slots=True)
class Searched:
    """The knowledge was searched."""

    query: str
    """The question as it was searched: rewritten, where it leaned on the conversation."""
    found: tuple[Evidence, ...]
    """What the answer may rest on, best first."""
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompted:
    """The prompt is complete: how many tokens each part of it takes, by the model's own estimate."""

    tokens: Mapping[str, int]
    """Keys, in the order of the prompt: system, tools, summary, history, evidence, question; and `room`, the model's
    context length."""


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """A person is asked whether a call may run; the turn waits for the answer."""

    call: ToolCall
    reason: str
    """Why somebody is asked."""


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool is about to run."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class ToolProgress:
    """A tool that is a generator has yielded something."""

    call: ToolCall
    text: str


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """A tool has run."""

    call: ToolCall
    result: ToolResult


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know: a shrunk prompt, a summary made, a retry."""

    text: str


@dataclass(frozen=True, slots=True)
class Cited:
    """The sources of the answer, resolved."""

    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The turn is over."""

    answer: Answer


TurnEvent = (
    Reading
    | TextDelta
    | ReasoningDelta
    | Searched
    | Prompted
    | ApprovalAsked
    | ToolStarted
    | ToolProgress
    | ToolEnded
    | Notice
    | Cited
    | Done
)

Show = Callable[[TurnEvent], None]
"""Whoever watches a turn. Called on the turn's own event loop; must not block."""
