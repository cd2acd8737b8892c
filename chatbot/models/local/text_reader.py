"""From the text of a local model, piece by piece, to events: thinking, the answer, and calls of tools.

In: decoded text in which the marks that `ChatFormat.kept` names are still to be seen. Out: events as an endpoint would
send them; how the text is cut into pieces makes no difference to the reply. A call counts behind a mark that says so,
or where the reply is nothing but calls. What cannot be read stays text, so that whoever asked can send it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from chatbot.call_text import Withholding, read
from chatbot.call_text.marked import OPENER
from chatbot.effects import ToolSchema
from chatbot.events import CallDelta, ReasoningDelta, ReplyEvent, TextDelta

Kind = Literal["thinking", "said", "call"]
Piece = tuple[Kind, str]

THINKING = {
    "<think>": "</think>",  # Qwen, DeepSeek, and most others
    "<thinking>": "</thinking>",
    "<seed:think>": "</seed:think>",
    "[THINK]": "[/THINK]",  # Mistral
    "<|START_THINKING|>": "<|END_THINKING|>",  # Command
    "<|channel>thought": "<channel|>",  # Gemma
}
"""What begins thinking, and what ends it."""

LONGEST_HEADER = 200
"""Characters of what stands before a message in channels; longer ones are no headers."""

_MARK = re.compile(rf"{OPENER}|^Action:[ \t]*```json[ \t]*$", re.MULTILINE | re.IGNORECASE)  # Command R writes the last
_MAYBE_MARK = re.compile(
    r"(?:<[^<>\n]{0,80}|\[[A-Za-z_]{0,20}|^[ \t]*(?:`{1,16}|~{1,16})\w{0,20}[ \t]*|^Action:[ \t]*`{0,3}[a-z]{0,4}"
    r"|^A(?:c(?:t(?:i(?:on?)?)?)?)?)\Z",
    re.MULTILINE,
)
_BARE = ("<", "[", "{", "`")
"""What a reply begins with that may be nothing but calls."""

_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)")
_MESSAGE = "<|message|>"
_MESSAGE_ENDS = re.compile(r"<\|(?:end|start|call|return)\|>")


class TextReader:
    """Reads one reply.

    thinking: the prompt ended within a block of thinking. channels: the family writes messages in channels (harmony).
    """

    def __init__(self, tools: Sequence[ToolSchema], *, thinking: str = "", channels: bool = False) -> None:
        self._split: _Thinking | _Channels = _Channels() if channels else _Thinking(thinking)
        self._said = _Said(tools)
        self._calls: list[str] = []
        """What stands where only calls can stand."""
        self._tools = tools

    def feed(self, text: str) -> list[ReplyEvent]:
        """The events that a further piece of text makes certain."""
        return self._events(self._split.feed(text))

    def end(self) -> list[ReplyEvent]:
        """The events that are left when the reply is over."""
        events = self._events(self._split.end())
        text, calls = self._said.end()
        if text:
            events.append(TextDelta(text))
        if self._calls:
            reading = read("".join(self._calls), self._tools)
            if reading.wrong or not reading.calls:
                return [*events, TextDelta("".join(self._calls))]
            calls = [CallDelta(index, call.id, call.name, call.arguments) for index, call in enumerate(reading.calls)]
        return [*events, *calls]

    def _events(self, pieces: Iterable[Piece]) -> list[ReplyEvent]:
        events: list[ReplyEvent] = []
        for kind, text in pieces:
            if kind == "call":
                self._calls.append(text)
            elif kind == "thinking":
                events.append(ReasoningDelta(text))
            elif shown := self._said.feed(text):
                events.append(TextDelta(shown))
        return events


class _Thinking:
    """Tells thinking in tags, which stands before the answer, from the answer."""

    def __init__(self, opened: str) -> None:
        self._held = ""
        self._closing = THINKING.get(opened, "")
        """The tag that ends the thinking; empty outside of it."""
        self._fresh = bool(opened)
        """Nothing has been thought yet, so that a line break still belongs to the tag."""
        self._thought = False
        self._answering = False

    def feed(self, text: str) -> list[Piece]:
        self._held += text
        pieces: list[Piece] = []
        while self._held and (piece := self._next()) is not None:
            if piece[1]:
                pieces.append(piece)
        return pieces

    def end(self) -> list[Piece]:
        held, self._held = self._held, ""
        return [("thinking" if self._closing else "said", held)] if held else []

    def _next(self) -> Piece | None:
        """What can be told of what is held; None until more has come."""
        if self._answering:
            return self._take("said", len(self._held))
        if not self._closing:
            return self._opening()
        if self._fresh:
            self._held = self._held.lstrip("\n")
            self._fresh = not self._held
        found = self._held.find(self._closing)
        if found >= 0:
            piece = self._take("thinking", found)
            self._held, self._closing, self._thought = self._held.removeprefix(self._closing), "", True
            return piece
        whole = len(self._held) - _begun(self._held, self._closing)
        return self._take("thinking", whole) if whole else None

    def _opening(self) -> Piece | None:
        text = self._held.lstrip()
        if tag := next((tag for tag in THINKING if text.startswith(tag)), None):
            self._held, self._closing, self._fresh = text[len(tag) :], THINKING[tag], True
            return "thinking", ""
        if any(tag.startswith(text) for tag in THINKING):
            return None
        self._answering = True
        self._held = text if self._thought else self._held
        return "said", ""

    def _take(self, kind: Kind, end: int) -> Piece:
        taken, self._held = self._held[:end], self._held[end:]
        return kind, taken


class _Channels:
    """Tells the messages of a reply in channels apart: `<|channel|>analysis<|message|>…<|end|><|start|>assistant…`."""

    def __init__(self) -> None:
        self._held = ""
        self._kind: Kind | None = None
        """Of the message that is open; None within a header."""

    def feed(self, text: str) -> list[Piece]:
        self._held += text
        pieces: list[Piece] = []
        while self._held and (piece := self._header() if self._kind is None else self._body(self._kind)):
            if piece[1]:
                pieces.append(piece)
        return pieces

    def end(self) -> list[Piece]:
        held, self._held = self._held, ""
        if self._kind is None:
            return [("said", held)] if held.strip() and "<|" not in held and "to=" not in held else []
        return [(self._kind, held)] if held else []

    def _header(self) -> Piece | None:
        found = self._held.find(_MESSAGE)
        if found < 0:
            if len(self._held) <= LONGEST_HEADER:
                return None
            self._kind = "said"
            return "said", ""
        header, self._held = self._held[:found], self._held[found + len(_MESSAGE) :]
        channel = _CHANNEL.search(header)
        if "to=functions." in header:
            self._kind = "call"
            return "call", f"\n{header}{_MESSAGE}"
        self._kind = "thinking" if channel and channel[1] == "analysis" else "said"
        return self._kind, ""

    def _body(self, kind: Kind) -> Piece | None:
        if found := _MESSAGE_ENDS.search(self._held):
            text, self._held, self._kind = self._held[: found.start()], self._held[found.end() :], None
            return kind, text
        whole = len(self._held) - max(_begun(self._held, f"<|{word}|>") for word in ("end", "start", "call", "return"))
        if not whole:
            return None
        text, self._held = self._held[:whole], self._held[whole:]
        return kind, text


class _Said:
    """Keeps calls out of the answer: what may be one is held back until it is known."""

    def __init__(self, tools: Sequence[ToolSchema]) -> None:
        self._tools = tools
        self._text = ""
        self._passed = 0
        self._whole: Withholding | None = None
        """For a reply that may be nothing but calls."""
        self._begun = False

    def feed(self, piece: str) -> str:
        """The text that is no call."""
        self._text += piece
        if not self._tools:
            return self._pass(len(self._text))
        if not self._begun:
            first = self._text.lstrip()[:1]
            if not first:
                return ""
            self._begun = True
            if first in _BARE:
                self._whole, piece = Withholding(self._tools), self._text
        if self._whole is not None:
            return self._pass(self._passed + len(self._whole.feed(piece)))
        if mark := _MARK.search(self._text, max(0, self._passed - 100)):
            return self._pass(mark.start())
        maybe = _MAYBE_MARK.search(self._text, self._passed)
        return self._pass(maybe.start() if maybe else len(self._text))

    def end(self) -> tuple[str, list[CallDelta]]:
        """The rest of the text, and the calls."""
        mark = _MARK.search(self._text) if self._tools else None
        start = mark.start() if mark else 0
        if mark is None and self._whole is None:
            return self._pass(len(self._text)), []
        reading = read(self._text[start:], self._tools)
        if reading.wrong or not reading.calls or (mark is None and reading.prose.strip()):
            return self._pass(len(self._text)), []
        calls = [CallDelta(index, call.id, call.name, call.arguments) for index, call in enumerate(reading.calls)]
        return self._pass(start).rstrip(), calls

    def _pass(self, end: int) -> str:
        start, self._passed = self._passed, max(self._passed, end)
        return self._text[start : self._passed]


def _begun(text: str, mark: str) -> int:
    """How many characters at the end of the text may be the beginning of the mark."""
    lengths = range(min(len(mark) - 1, len(text)), 0, -1)
    return next((length for length in lengths if mark.startswith(text[-length:])), 0)
