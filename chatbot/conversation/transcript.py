"""A conversation as a document for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from chatbot.messages import Answer, Citation, Message

_HEADING = 120
"""Characters of a heading."""


class Said(Protocol):
    """A message as the journal hands it out."""

    @property
    def message(self) -> Message:
        """As it was sent."""

    @property
    def display(self) -> str:
        """What the user typed, where that is less than what was sent."""

    @property
    def state(self) -> str:
        """`complete`, or how it was cut."""

    @property
    def answer(self) -> Answer | None:
        """The whole answer, on the message that ends a turn."""


def as_markdown(messages: Iterable[Said]) -> str:
    """Questions, answers with their sources, and the tools that were used. Always valid UTF-8."""
    text = "\n\n".join(block for said in messages for block in _blocks(said))
    return (text + "\n").encode("utf-8", "replace").decode("utf-8")


def _blocks(said: Said) -> Iterator[str]:
    message = said.message
    if message.role == "user":
        yield _question(said.display or message.text)
        for image in message.images:
            yield f"*With the picture* {_code(image.name or 'unnamed')}, {image.width} x {image.height} pixels"
    elif message.role == "assistant":
        for call in message.tool_calls:
            yield f"*Used `{call.name}` with* {_code(call.arguments)}"
        if message.text.strip():
            yield message.text.strip()
        if said.state != "complete":
            yield "*[cut here]*"
        if said.answer and said.answer.citations:
            yield _sources(said.answer.citations)
    elif message.role == "tool" and "document" not in message.origins:
        yield f"*It returned* {_code(message.text)}"


def _question(text: str) -> str:
    """A question as a heading; a long one as a quotation under its beginning."""
    line = " ".join(text.split())
    if len(line) <= _HEADING and "\n" not in text.strip():
        return f"## {line}"
    quoted = "\n".join(f"> {row}".rstrip() for row in text.strip().splitlines())
    return f"## {line[:_HEADING]}…\n\n{quoted}"


def _sources(citations: Sequence[Citation]) -> str:
    lines = []
    for citation in citations:
        quote = " ".join(citation.quote.split())
        stale = " (changed since)" if citation.stale else ""
        lines.append(f"- [{citation.number}] {citation.place}{stale}: “{quote}”")
    return "\n".join(lines)


def _code(text: str) -> str:
    """Text as inline code, or as a block where it has several lines; with more backticks than it holds itself."""
    fence = "`"
    while fence in text:
        fence += "`"
    if "\n" not in text:
        return f"{fence} {text} {fence}" if len(fence) > 1 or not text.strip() else f"`{text}`"
    fence = fence.ljust(3, "`")
    return f"\n\n{fence}\n{text.rstrip()}\n{fence}"
