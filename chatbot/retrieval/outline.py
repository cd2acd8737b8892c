"""The structure of Markdown, plain text and source code: sections under headings, and the blocks in them.

In: a text. Out: its sections in order, which together hold every character that is not space. Code blocks, tables and
front matter are told from prose, because they are cut between lines. The sections of source code are its functions and
classes, those of a few lines together with their neighbours. Nothing is rendered; linear in the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from chatbot.anchors import Anchor

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""A line with its end, as editors count them."""

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})(.*)")
_FRONT_MATTER = re.compile(
    r"\ufeff?(?:---[ \t]*\r?\n(?:.{0,5000}?\n)??(?:---|\.\.\.)"
    r"|\+\+\+[ \t]*\r?\n(?:.{0,5000}?\n)??\+\+\+)[ \t]*(?:\r?\n|\Z)",
    re.DOTALL,
)
_BLANK = re.compile(r"\n(?=[ \t\r]*\n)")
_UNDERLINE = re.compile(r" {0,3}(={3,}|-{3,})\s*\Z")


_SHORT, _LONG = 8, 24
"""Lines of a definition that does not stand alone, and lines of those that stand together."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together."""

    start: int
    end: int
    rows: bool
    """A code block or a table: cut between lines, where it has to be cut."""


@dataclass(slots=True)
class Section:
    """A heading, or several without text between them, and what follows up to the next one."""

    start: int
    heading: tuple[str, ...]
    """This heading and those above it, outermost first."""
    opening: int
    """Where the text below the headings begins."""
    blocks: list[Block] = field(default_factory=list)


def sections(text: str) -> list[Section]:
    """The sections of a text; what stands before its first heading is one without heading."""
    return list(_Outline(text).read())


def code_sections(text: str, places: Sequence[Anchor]) -> list[Section]:
    """The sections of source code, whose functions and classes begin at `places`."""
    found: list[Section] = []
    size = _LONG
    bounds = [*places, Anchor(len(text), "", "")]
    if bounds[0].start > 0:
        bounds.insert(0, Anchor(0, "", ""))
    for place, following in pairwise(bounds):
        lines = text.count("\n", place.start, following.start)
        blocks = list(_paragraphs(text, place.start, following.start))
        name = tuple(place.name.split(".")) if place.name else ()
        around = found[-1].heading if found else ()
        if found and lines <= _SHORT and size + lines <= _LONG and name[:-1] in (around, around[:-1]):
            found[-1].blocks += blocks
            found[-1].heading = name[:-1]
            size += lines
        else:
            found.append(Section(place.start, name, place.start, blocks))
            size = lines if lines <= _SHORT else _LONG
    return found


def _paragraphs(text: str, start: int, end: int) -> Iterator[Block]:
    """Lines of code between blank ones."""
    begin = start
    for match in _BLANK.finditer(text, start, end):
        yield Block(begin, match.start(), rows=True)
        begin = match.end()
    if begin < end:
        yield Block(begin, end, rows=True)


class _Outline:
    """Reads line by line, with one block open at a time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._above: list[tuple[int, str]] = []
        self._section = Section(0, (), 0)
        self._start, self._rows, self._lines = -1, False, 0
        self._first = self._fence = ""

    def read(self) -> Iterator[Section]:
        position = 0
        if front := _FRONT_MATTER.match(self._text):
            position = front.end()
            self._section.blocks.append(Block(0, position, rows=True))
        for match in LINE.finditer(self._text, position):
            line = match[0] if match.start() else match[0].removeprefix("\ufeff")
            if self._fence:
                if _closes(line, self._fence):
                    self._end_block(match.end())
            elif heading := self._heading(line):
                yield from self._begin_section(heading, match.start(), match.end())
            else:
                self._take(line, match.start())
        self._end_block(len(self._text))
        yield self._section

    def _take(self, line: str, start: int) -> None:
        """A line that is no heading and lies in no code block."""
        fence = _FENCE.match(line)
        if fence and not (fence[1][0] == "`" and "`" in fence[2]):
            self._begin_block(start, rows=True)
            self._fence = fence[1]
        elif not line.strip() and not self._text.startswith("\ufeff", start):
            self._end_block(start)
        else:
            rows = line.lstrip().startswith("|")
            if self._start < 0 or rows != self._rows:
                self._begin_block(start, rows=rows)
                self._first = line
            self._lines += 1

    def _heading(self, line: str) -> tuple[int, str] | None:
        """Level and name of a heading; an underlined one is recognised by the line below it."""
        if under := self._lines == 1 and not self._rows and _UNDERLINE.match(line):
            return 1 if under[1][0] == "=" else 2, self._first.strip()
        bare = line.strip()
        level = len(bare) - len(bare.lstrip("#"))
        if not 1 <= level <= 6 or line.startswith(("    ", "\t")) or not bare[level : level + 1].isspace():
            return None
        name = bare[level:].strip()
        name = name.rstrip("#").rstrip() if name.endswith(" " + "#" * (len(name) - len(name.rstrip("#")))) else name
        return level, name

    def _begin_section(self, heading: tuple[int, str], start: int, end: int) -> Iterator[Section]:
        if self._lines == 1 and not self._rows and not self._text[start:end].lstrip().startswith("#"):
            start, self._start = self._start, -1  # the line above is the name
        self._end_block(start)
        self._above = [each for each in self._above if each[0] < heading[0]] + [heading]
        path = tuple(name for _, name in self._above if name)
        if self._section.blocks:
            yield self._section
            self._section = Section(start, path, end)
        else:
            self._section.heading, self._section.opening = path, end

    def _begin_block(self, start: int, *, rows: bool) -> None:
        self._end_block(start)
        self._start, self._rows = start, rows

    def _end_block(self, end: int) -> None:
        if self._start >= 0:
            self._section.blocks.append(Block(self._start, end, self._rows))
        self._start, self._rows, self._lines, self._fence = -1, False, 0, ""


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and set(bare) == {fence[0]}
