"""Effects: what a turn or a strategy may ask of the world, as plain values.

A flow is a generator that yields effects, receives their results and returns an answer. It does no I/O itself;
`chatbot.runtime` performs effects, journals them and sends the results back in.

    effect          result
    Generate        messages.Reply
    Retrieve        tuple[messages.Passage, ...], best first
    Survey          Overview
    Embed           array of unit vectors, a row for each text
    CallTool        messages.ToolResult
    CheckSources    frozenset of the sources that have changed since they were indexed
    Remember        None; the message is part of the conversation from then on
    Tell            None; whoever watches the turn has seen the event
    Together        tuple of the results, in the order of the effects; with `keep_failures`, of the errors among them
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from chatbot.codec import KEPT_APART
from chatbot.events import TurnEvent
from chatbot.messages import Answer, ArgumentOrigin, Evidence, Message, Metadata, Passage, ToolCall
from chatbot.sampling import Sampling

Purpose = Literal["answer", "step", "rewrite", "summary"]
"""Why a model is asked: only an `answer` is shown while it streams; a `step` of a strategy is not."""


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A tool as a model sees it."""

    name: str
    description: str
    parameters: Mapping[str, object]
    """JSON Schema of the arguments, an object."""
    changes: bool = False
    """Calling it twice is not the same as calling it once. The model is not told."""


@dataclass(frozen=True, slots=True)
class Grounding:
    """What an answer must rest on: the question as it was searched, and the numbered passages found."""

    question: str
    evidence: tuple[Evidence, ...] = ()
    documents: int | None = None
    """How many there are, where the question is about the collection itself; each passage then opens one of them."""


@dataclass(frozen=True, slots=True)
class Generate:
    """Ask the model."""

    messages: tuple[Message, ...]
    purpose: Purpose = "answer"
    tools: tuple[ToolSchema, ...] = ()
    spoken: tuple[ToolSchema, ...] = ()
    """Tools that the model calls in its text: what may be such a call is not shown while it streams."""
    sampling: Sampling = Sampling()
    sample: int = 0
    """Distinguishes repeated draws of the same prompt, so that a cache never turns five votes into one. A seed grows by
    it, so that draws with a seed differ too."""
    samples: int = 1
    """How many replies to draw at once; more than one only of a model whose abilities say so, by the runtime."""
    grounding: Grounding | None = None
    """For models that take their documents apart from the messages, such as `extractive`."""
    schema: Mapping[str, object] | None = None
    """JSON Schema that the reply must satisfy, for endpoints that can hold a model to one."""
    candidates: tuple[str, ...] = ()
    """Texts that the reply may be: how likely each is is asked for, and no reply is written. Only of a model whose
    abilities say so."""
    lead: str = ""
    """What a reply begins with before a candidate; its own likelihood does not count."""
    seconds: float | None = field(default=None, compare=False, metadata=KEPT_APART)
    """Longest that the reply may take: what is left of its turn's time. None leaves that to the model's own limit. It
    is no part of what is asked, so requests that differ in it only are the same."""


@dataclass(frozen=True, slots=True)
class Retrieve:
    """Search the knowledge."""

    query: str
    k: int = 5
    where: Metadata = field(default_factory=dict)
    """Which documents to look at; see `Knowledge.search`."""
    expand: int = 0
    """Tokens that a passage may grow to by the section around it."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Describe the collection as a whole."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A collection in brief: how much there is, and the passage that opens each document."""

    documents: int
    chunks: int
    openings: tuple[Passage, ...]
    """In order of path, at most as many as fit a prompt."""


@dataclass(frozen=True, slots=True)
class Embed:
    """Turn texts into vectors, to compare their meaning."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallTool:
    """Run a tool."""

    call: ToolCall
    tainted: bool = False
    """Text of a document or a tool was in the context when the model asked for this."""
    origins: tuple[ArgumentOrigin, ...] = field(default=(), compare=False)
    """Which of the arguments say what the user, a document or a tool said."""


@dataclass(frozen=True, slots=True)
class CheckSources:
    """Ask which of these passages come from documents that have changed since they were indexed."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Remember:
    """Append a message to the conversation; it is committed before anything leaves the program or is shown."""

    message: Message
    display: str = ""
    """What the user typed, where the message as sent carries more than that."""
    evidence: tuple[Evidence, ...] = ()
    """Passages that enter the conversation's ledger with this message."""
    answer: Answer | None = None
    """The whole answer, on the message that ends a turn."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Let whoever watches the turn know."""

    event: TurnEvent


@dataclass(frozen=True, slots=True)
class Together:
    """Effects that may be performed side by side, none of which is a Together itself.

    Requests that differ only in their `sample` go out as one where the model can draw several replies at once.
    """

    effects: tuple[Effect, ...]
    keep_failures: bool = False
    """An effect that fails leaves its error in its place, instead of ending the others and being raised."""


Effect = Generate | Retrieve | Survey | Embed | CallTool | CheckSources | Remember | Tell | Together

T = TypeVar("T")

Flow = Generator[Effect, Any, T]
"""A generator of effects that returns a T. What is sent in depends on the effect yielded, which no type can say."""
