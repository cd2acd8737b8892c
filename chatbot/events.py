"""What happens while a model streams, and while a turn runs, as values.

A `Model` yields model events; `models.fold` turns them into a `Reply`. A `Chatbot` yields turn events, which begin with
what the turn looks for and end with exactly one `Done`.
"""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.messages import Answer, Citation, Evidence, Finish, ToolCall, ToolResult, Usage


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
class Ended:
    """Why the model stopped. A stream without one was cut."""

    finish: Finish
    declined: bool = False


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens of the call, when the service reports them."""

    usage: Usage


ModelEvent = TextDelta | ReasoningDelta | CallDelta | Ended | Used


@dataclass(frozen=True, slots=True)
class Searched:
    """The knowledge was searched."""

    query: str
    found: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool is about to run."""

    call: ToolCall


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


TurnEvent = TextDelta | ReasoningDelta | Searched | ToolStarted | ToolEnded | Notice | Cited | Done
