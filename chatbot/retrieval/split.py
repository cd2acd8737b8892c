"""Documents to chunks: exact slices along headings, paragraphs and sentences, within the encoder's window.

A code block or table is kept whole where it fits. Every character that is not space lies in exactly one chunk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chatbot import sentences

HEADING_ROOM = 32
"""Tokens of the window left for title and headings, which are embedded along with the chunk."""

_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*$")
_FENCE = re.compile(r"\s*(```|~~~)")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A slice of a document."""

    start: int
    end: int
    line: int
    heading: tuple[str, ...]


def split(text: str, window: int, count: Callable[[Sequence[str]], list[int]]) -> list[Chunk]:
    """The chunks of a text. `window`: tokens one may have; `count`: tokens of each text, in one call."""
    room = window - HEADING_ROOM
    pieces = [(heading, span) for heading, block in _blocks(text) for span in _fitting(text, block, room, count)]
    sizes = count([text[start:end] for _, (start, end) in pieces])
    chunks: list[Chunk] = []
    used = 0
    for (heading, (start, end)), size in zip(pieces, sizes, strict=True):
        if chunks and chunks[-1].heading == heading and used + size <= room:
            last = chunks.pop()
            chunks.append(Chunk(last.start, end, last.line, heading))
            used += size
        else:
            chunks.append(Chunk(start, end, text.count("\n", 0, start) + 1, heading))
            used = size
    return chunks


def _blocks(text: str) -> Iterator[tuple[tuple[str, ...], Span]]:
    """Paragraphs, code blocks and tables, with the headings above them. A heading opens the block that follows it."""
    path: dict[int, str] = {}
    position, begun, fenced = 0, -1, False
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        heading = None if fenced else _HEADING.match(line.lstrip("\ufeff"))
        if heading or (not fenced and not line.strip()):
            if begun >= 0 and text[begun:start].strip():
                yield _headings(path), (begun, start)
                begun = -1
            if heading:
                level = len(heading[1])
                path = {depth: name for depth, name in path.items() if depth < level} | {level: heading[2]}
                begun = -1
                yield _headings(path), (start, position)
            continue
        if _FENCE.match(line):
            fenced = not fenced
        if begun < 0:
            begun = start
    if begun >= 0 and text[begun:].strip():
        yield _headings(path), (begun, position)


def _headings(path: dict[int, str]) -> tuple[str, ...]:
    return tuple(path[depth] for depth in sorted(path))


def _fitting(text: str, block: Span, room: int, count: Callable[[Sequence[str]], list[int]]) -> Iterator[Span]:
    """The block without space at its ends; cut between sentences, then lines, then words, where it is too long."""
    start, end = _trimmed(text, block)
    if start >= end:
        return
    if count([text[start:end]])[0] <= room:
        yield start, end
        return
    parts = _cuts(text, start, end)
    if len(parts) == 1:
        middle = _middle(text, start, end)
        parts = [(start, middle), (middle, end)]
    sizes = count([text[a:b] for a, b in parts])
    begin, used = start, 0
    for (a, b), size in zip(parts, sizes, strict=True):
        if used and used + size > room:
            yield from _fitting(text, (begin, a), room, count)
            begin, used = a, 0
        used += size
        last = b
    yield from _fitting(text, (begin, last), room, count)


def _cuts(text: str, start: int, end: int) -> list[Span]:
    found = [a + start for a, _ in sentences.spans(text[start:end])]
    borders = sorted({start, *found, end})
    if len(borders) <= 2:
        lines = [match.end() for match in re.compile(r"\n").finditer(text, start, end)]
        borders = sorted({start, *lines, end})
    return list(pairwise(borders))


def _middle(text: str, start: int, end: int) -> int:
    """A space near the middle, else the middle."""
    half = (start + end) // 2
    space = text.rfind(" ", start + 1, half)
    return space + 1 if space > start else max(half, start + 1)


def _trimmed(text: str, span: Span) -> Span:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
