"""A turn on the screen: the answer as it streams, its sources, what tools did, and a one-line ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import PurePath

from chatbot.cli.approving import Approver
from chatbot.cli.markdown import MarkdownStream
from chatbot.cli.screen import Screen
from chatbot.events import (
    ApprovalAsked,
    Done,
    Notice,
    Reading,
    ReasoningDelta,
    Searched,
    TextDelta,
    ToolEnded,
    ToolProgress,
    ToolStarted,
    TurnEvent,
)
from chatbot.messages import Answer, Citation, Finish, Usage
from chatbot.visible import Readable

ARGUMENTS_SHOWN = 100
"""Characters of a call's arguments and result that are shown as it happens."""


class TurnView:
    """Draws the events of one turn."""

    def __init__(self, screen: Screen, question: str, approver: Approver | None = None) -> None:
        self._screen = screen
        self._question = question
        self._approver = approver
        self._stream: MarkdownStream | None = None
        self._text_so_far = Readable()
        self._in_line = False
        self._thinks = False
        self._answer: Answer | None = None

    def draw(self, events: Iterator[TurnEvent]) -> Answer:
        """Draws all events; returns the answer. However it is left, the screen is whole again."""
        with self._text():
            for event in events:
                self._show(event)
        assert self._answer is not None, "a turn that raises nothing ends with its answer"
        self._end(self._answer)
        return self._answer

    def _text(self) -> AbstractContextManager[object]:
        if self._screen.plain:
            return nullcontext()
        self._stream = MarkdownStream(self._screen.console)
        return self._stream

    def _show(self, event: TurnEvent) -> None:
        match event:
            case Reading(done, tokens) if self._stream:
                self._stream.show_waiting(f"reading the prompt: {done:,} of {tokens:,} tokens")
            case ReasoningDelta():
                if not self._thinks:
                    self._aside("thinking …")
                self._thinks = True
            case TextDelta(text):
                self._thinks = False
                if self._stream is None:
                    self._screen.write(text, within=self._text_so_far)
                    self._in_line = not text.endswith("\n")
                else:
                    self._stream.feed(text)
            case Searched(query):
                if query != self._question:
                    self._aside(f"searched: {query}")
            case ToolStarted(call):
                self._aside(f"{call.name}({short(call.arguments)})")
            case ApprovalAsked() if self._approver is not None:
                with self._stream.set_aside() if self._stream else nullcontext():
                    self._approver.put_next()
            case ToolProgress(call, text):
                self._aside(f"{call.name}: {short(text)}")
            case ToolEnded(call, result):
                said = result.text.removeprefix("error: ").removeprefix(f"{call.name} failed: ")
                self._aside(f"{call.name} {'failed:' if result.failed else '='} {short(said)}")
            case Notice(text):
                self._aside(text)
            case Done(answer):
                self._answer = answer
            case _:
                pass

    def _aside(self, text: str) -> None:
        if self._in_line:
            self._screen.line()
        self._in_line = False
        self._screen.hanging("· ", text, style="dim")

    def _end(self, answer: Answer) -> None:
        if self._screen.plain:
            self._screen.line()
        sources = source_lines(answer.citations)
        if sources:
            self._screen.line()
        for line in sources:
            self._screen.line(line, style="cyan")
        if not self._screen.plain:
            self._screen.line(f"{ledger_line(answer)}\n", style="dim")


_ENDINGS: Mapping[Finish, str] = {
    "length": "the answer was cut at the token limit",
    "filtered": "the service withheld the rest of the answer",
    "truncated": "the answer broke off",
    "interrupted": "the answer was stopped",
}
"""What to say of an answer that is not whole."""


def ending(answer: Answer) -> str:
    """Why an answer is not whole."""
    why = f": {answer.limit}" if answer.finish == "interrupted" and answer.limit else ""
    return f"{_ENDINGS[answer.finish]}{why}"


def source_lines(citations: tuple[Citation, ...]) -> list[str]:
    """`[1] path:line`, once for each number and place, marked where the source has changed."""
    lines: dict[int, list[str]] = {}
    for citation in citations:
        place = citation.place + (" (changed since it was indexed)" if citation.stale else "")
        places = lines.setdefault(citation.number, [])
        if place not in places:
            places.append(place)
    return [f"[{number}] {', '.join(_same_file(places))}" for number, places in sorted(lines.items())]


def _same_file(places: list[str]) -> list[str]:
    """Several lines of one file need its folder only once."""
    return [places[0], *(PurePath(place).name for place in places[1:])]


def ledger_line(answer: Answer) -> str:
    """Model, tokens in, out and cached, rate, money: one line."""
    return " · ".join([answer.model, *usage_parts(answer.usage)])


def usage_parts(usage: Usage) -> list[str]:
    """A usage in words; parts that are not known are left out."""
    parts: list[str] = []
    if usage.input_tokens or usage.output_tokens:
        cached = f" ({usage.cached_tokens:,} cached)" if usage.cached_tokens else ""
        parts.append(f"{usage.input_tokens:,} in{cached}, {usage.output_tokens:,} out")
        if usage.seconds > 0:
            parts.append(f"{usage.output_tokens / usage.seconds:,.0f} tokens/s")
    parts.append(f"{usage.seconds:.2f} s")
    if usage.cost is not None:
        parts.append(f"${usage.cost:.4f}")
    return parts


def short(text: str) -> str:
    """The text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= ARGUMENTS_SHOWN else line[: ARGUMENTS_SHOWN - 1] + "…"
