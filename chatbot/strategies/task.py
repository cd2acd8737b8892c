"""What a strategy is given and what it returns. A strategy is a generator of effects from a `Task` to an `Outcome`.

It asks the model by yielding effects, does no I/O, and knows nothing of conversations: how tools are run is a part of
the task, so that a chat can remember what happens and an evaluation need not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol

from chatbot.effects import Effect, Flow, Generate, Together
from chatbot.errors import PromptError
from chatbot.messages import (
    Finish,
    Message,
    Reply,
    Segment,
    Step,
    ToolResult,
    ToolUse,
    Usage,
    message,
    tool_message,
)
from chatbot.models.model import Abilities
from chatbot.prompting.extraction import Extraction
from chatbot.strategies.call_limits import CallLimits
from chatbot.tools.argument_origins import call_tool

WRITES = Abilities(writes=True, tools=True, context_tokens=128_000)

Acted = tuple[ToolUse, Message]
"""A call with its result, and the message that hands the result to the model."""

Act = Callable[[Reply, Generate, CallLimits], Flow[list[Acted]]]
"""Runs those calls of a reply to a request that the limits allow; the others have their results too."""


def call_tools(reply: Reply, request: Generate, limits: CallLimits) -> Flow[list[Acted]]:
    """Runs the calls of a reply side by side."""
    known = limits.known(reply.tool_calls, request.tools)
    new = [call for call, result in zip(reply.tool_calls, known, strict=True) if result is None]
    effects: tuple[Effect, ...] = tuple(call_tool(call, request.messages) for call in new)
    results: tuple[ToolResult, ...] = (yield Together(effects)) if effects else ()
    run = map(limits.noted, new, results)
    uses = map(ToolUse, reply.tool_calls, (next(run) if result is None else result for result in known))
    return [(use, tool_message(use.result)) for use in uses]


@dataclass(frozen=True, slots=True)
class Shot:
    """A demonstration, rendered: the user's turn as the prompt would put it, and what a good model says to it."""

    question: Message
    answer: str
    rationale: str = ""


def with_shots(request: Generate, shots: tuple[Shot, ...], said: Callable[[Shot], str]) -> Generate:
    """The request, with demonstrations as turns behind the system message; `said` writes the answering turn of each.

    What stays the same from item to item so comes first, before history and question.
    """
    turns = [part for shot in shots for part in (shot.question, message("assistant", said(shot), "author"))]
    opening = next((at for at, each in enumerate(request.messages) if each.role != "system"), len(request.messages))
    return replace(request, messages=(*request.messages[:opening], *turns, *request.messages[opening:]))


@dataclass(frozen=True, slots=True)
class Task:
    """A question to be answered."""

    request: Generate
    """The prompt, rendered without demonstrations; its last message is the user's."""
    shots: tuple[Shot, ...] = ()
    """Demonstrations, in the order in which they are shown."""
    answer: Extraction | None = None
    """How an answer is read from a reply; None leaves it to the strategy: the whole text, or what follows `Answer:`."""
    act: Act = call_tools
    rounds: int = 8
    """Most requests of one conversation with tools."""
    abilities: Abilities = WRITES
    limits: CallLimits = field(default_factory=CallLimits)
    """The calls of tools so far, on this line of thought."""

    def asking(self, request: Generate) -> Task:
        """The same task with another request."""
        return replace(self, request=request)

    def as_step(self, sample: int = 0) -> Task:
        """The same task as a part of a larger one: what it says is not the answer yet, and not shown as such."""
        asked = replace(self.request, purpose="step", sample=sample)
        return replace(self, request=asked, limits=CallLimits(self.limits.most))

    def need_shots(self, strategy: str, *, rationales: bool = False) -> tuple[Shot, ...]:
        """The demonstrations. Raises PromptError where there are none, or none with a rationale where that is shown."""
        if not self.shots:
            raise PromptError(
                f"{strategy} needs demonstrations, and the prompt has none for this item",
                hint="name a pool under metadata.chatbot: examples: {from: examples/NAME.jsonl, k: 4}",
            )
        if rationales and not all(shot.rationale for shot in self.shots):
            raise PromptError(
                f"{strategy} shows the rationale of each demonstration, and at least one has none",
                hint='give each row of the pool a "rationale", or use few_shot',
            )
        return self.shots


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a strategy came to."""

    text: str
    """What a reader is shown."""
    answer: str | None
    """The answer, read from the text and normalised; None where there is none, which is not a wrong answer."""
    trace: Step
    uses: tuple[ToolUse, ...] = ()
    """Tools that were called."""
    finish: Finish = "complete"
    declined: bool = False
    confidence: float | None = None
    """Of a vote: how sure it is that more samples would not change the leader. Not the chance of being right."""
    shown: str = ""
    """What of the text has been streamed to whoever watches."""
    limit: str = ""
    """Why this is only the best so far: which bound ended the strategy; empty where it came to its end."""
    value: object = None
    """Of a structured answer: the JSON value, or the pydantic object."""
    usage: Usage = Usage()
    """All that was spent, filled in by `attempt`."""


class Strategy(Protocol):
    """A way to get an answer out of a model. Options are the fields of the implementing dataclass."""

    name: ClassVar[str]
    branches: ClassVar[bool]
    """It asks along several lines, so no single reply can be shown while it streams, and no tool may have effects."""

    @property
    def demonstrates(self) -> int | None:
        """Most demonstrations that it shows; None for as many as the prompt selects."""

    def __call__(self, task: Task) -> Flow[Outcome]:
        """The answer to a task."""


def added(request: Generate, *said: Message) -> Generate:
    """The request, with messages behind it."""
    return replace(request, messages=(*request.messages, *said))


def ending(request: Generate, text: str) -> Generate:
    """The request, with a text of the author's at the end of its last message."""
    *before, last = request.messages
    grown = replace(last, parts=(*last.parts, Segment(text, "author")))
    return replace(request, messages=(*before, grown))
