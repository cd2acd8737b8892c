"""Lines of pages to one text: running heads out, words whole again, paragraphs apart, headings marked.

In: the lines of each page in reading order, with where they stand and how tall they are, and the file's bookmarks.
Out: the text with Markdown's number signs, and a page anchor for each page. Nothing is moved: the order is the file's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from chatbot.anchors import Anchor
from chatbot.markdown_lines import as_text

_NOTHING: Mapping[int, Sequence[str]] = MappingProxyType({})

HEAD_PAGES = 3
"""A line at the edge of so many pages, at one height and alike but for its numbers, is no part of the text."""

GAP = 1.35
"""A line that stands so much farther below the one before than lines mostly do begins a paragraph."""

LARGER = 1.15
"""Lines so much larger than most are headings in a file without bookmarks."""

MUCH_LARGER = 1.5
"""Lines so much larger are no running heads because they are alike but for a number: `Chapter 3`."""

HEADING_LETTERS = 150
"""A heading is no longer."""

HEADING_PITCH = 1.6
"""How many times its size the second line of a heading stands below the first; another heading stands farther."""

MOST_LEVELS = 4

LONGEST_NUMBER = 12
"""Letters that may stand before what a bookmark names: `Chapter IV`."""

_BROKEN = "\ufffe"
"""What PDFium puts where a word was divided at the end of a line."""
_DIVIDED = re.compile(rf"(\w+){_BROKEN}(\w+)")
_LEADERS = re.compile(r"(?:\s*\.){4,}\s*")
"""The dots between an entry of a table of contents and its page."""
_WORD = re.compile(r"[^\W\d_]{3}")
_WORDS = re.compile(rf"(?<!{_BROKEN})\b\w+(?:-\w+)*\b(?!{_BROKEN})")
"""Words that are whole."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; lengths in points."""

    text: str
    begins: float
    """How far its first letter stands above the lower edge of the page."""
    ends: float
    """Its last letter, which stands a line lower where a divided word was joined."""
    size: float
    """Of its font; 0 where it is not known."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the file's table of contents."""

    level: int
    """From 0."""
    title: str
    page: int
    """From 0."""


def laid_out(
    pages: Sequence[Sequence[Line]], bookmarks: Sequence[Bookmark], written: Mapping[int, Sequence[str]] = _NOTHING
) -> tuple[str, list[Anchor]]:
    """The text of all pages, and an anchor for each page that has any.

    written: what people wrote onto a page, by its number from 1; it stands below the page's own text.
    """
    large = MUCH_LARGER * _body(pages)
    heads = _running(pages, large)
    kept = [[line for line in page if _edge(line, large) not in heads or not _at_edge(line, page)] for page in pages]
    levels = _levels_by_bookmark(kept, bookmarks) or _levels_by_size(kept)
    words = {word for page in kept for line in page for word in _WORDS.findall(line.text.lower())}
    writer = _Writer(words)
    for number, page in enumerate(kept, 1):
        writer.page(number, page, levels)
        writer.notes(number, written.get(number, ()), has_lines=bool(page))
    return writer.text(), writer.anchors


def largest(page: Sequence[Line]) -> str:
    """The line, or the lines one below the other, that stand out by their size; empty where none do."""
    sizes = sorted(_size(line) for line in page)
    if not sizes or sizes[-1] <= LARGER * sizes[(len(sizes) - 1) // 2]:
        return ""
    text = " ".join(line.text for line in page if _size(line) == sizes[-1])
    return text if _is_heading(text) else ""


class _Writer:
    """Writes line after line, and knows the offset it is at."""

    def __init__(self, words: Container[str]) -> None:
        self.anchors: list[Anchor] = []
        self._words = words
        self._parts: list[str] = []
        self._length = 0
        self._open = False
        """Whether the text ends in the middle of a paragraph."""

    def text(self) -> str:
        """All that was written."""
        return "".join(self._parts)

    def page(self, number: int, lines: Sequence[Line], levels: dict[Line, int]) -> None:
        """Writes the lines of a page."""
        pitch = _pitch(lines)
        above: Line | None = None
        for line in lines:
            level = levels.get(line, 0)
            if above is None:
                self._between("\n" if self._open and not level else "\n\n")
                self.anchors.append(Anchor(self._length, "page", str(number)))
            elif level and levels.get(above) == level and _is_below(above, line, HEADING_PITCH * line.size):
                self._write(" ")  # one heading in two lines
                self._write(self._whole(line.text))
                above = line
                continue
            else:
                apart = level or levels.get(above) or _begins_paragraph(above, line, pitch)
                self._between("\n\n" if apart else "\n")
            self._write(f"{'#' * level} {self._whole(line.text)}" if level else as_text(self._whole(line.text)))
            above = line
        if above is not None:
            self._open = not levels.get(above) and above.text[-1] not in '.!?:;)"”»'

    def notes(self, number: int, texts: Sequence[str], *, has_lines: bool) -> None:
        """Writes what people wrote onto a page."""
        if texts:
            self._between("\n\n")
            if not has_lines:
                self.anchors.append(Anchor(self._length, "page", str(number)))
            self._write("\n".join(map(as_text, texts)))
            self._open = False

    def _between(self, break_: str) -> None:
        if self._parts:
            self._write(break_)

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _whole(self, text: str) -> str:
        """The line without leaders, and with divided words joined."""
        text = _LEADERS.sub(" … ", text)
        if _BROKEN not in text:
            return text
        return _DIVIDED.sub(self._joined, text).replace(_BROKEN, "-")

    def _joined(self, match: re.Match[str]) -> str:
        """The word in one, or with its hyphen: as it stands elsewhere, else by whether its parts are words."""
        compound, word = f"{match[1]}-{match[2]}", match[1] + match[2]
        if compound.lower() in self._words:
            return compound
        if word.lower() in self._words:
            return word
        are_words = match[1].lower() in self._words and match[2].lower() in self._words
        return compound if are_words or not match[2][0].islower() else word


def _edge(line: Line, large: float) -> tuple[str, int]:
    """What running heads have in common: their text but for numbers, and their height on the page.

    large: the size above which a line's number counts, too.
    """
    text = line.text.lower()
    if line.size <= large or not _WORD.search(text):
        text = re.sub(r"\d+|\b[ivxlc]+\b", "#", text)
    return text, round(line.begins / 4)


def _at_edge(line: Line, page: Sequence[Line]) -> bool:
    heights = sorted({round(each.begins) for each in page})
    return round(line.begins) in (*heights[:2], *heights[-2:])


def _running(pages: Sequence[Sequence[Line]], large: float) -> set[tuple[str, int]]:
    counts = Counter(edge for page in pages for edge in {_edge(line, large) for line in page if _at_edge(line, page)})
    return {edge for edge, count in counts.items() if count >= HEAD_PAGES}


def _pitch(lines: Sequence[Line]) -> float:
    """How far apart lines of a paragraph stand: the commonest distance, in half points."""
    steps = Counter(round(2 * (above.ends - line.begins)) for above, line in pairwise(lines))
    usual = [(count, -step) for step, count in steps.items() if step > 0]
    return -max(usual)[1] / 2 if usual else 0.0


def _begins_paragraph(above: Line, line: Line, pitch: float) -> bool:
    return pitch > 0 and above.ends - line.begins > GAP * max(pitch, line.size)


def _is_below(above: Line, line: Line, most: float) -> bool:
    return 0 < above.ends - line.begins <= most


def _levels_by_bookmark(pages: Sequence[Sequence[Line]], bookmarks: Sequence[Bookmark]) -> dict[Line, int]:
    """The level of each line that a bookmark names."""
    levels: dict[Line, int] = {}
    for mark in bookmarks:
        wanted = _letters(mark.title)
        if wanted and mark.page < len(pages):
            found = next((line for line in pages[mark.page] if _names(_letters(line.text), wanted)), None)
            if found:
                levels.setdefault(found, min(mark.level + 1, 6))
    return levels


def _names(line: str, wanted: str) -> bool:
    """Whether a line is what a bookmark names, a number before it or not."""
    before = len(line) - len(wanted)
    return line == wanted or (len(wanted) >= 4 and line.endswith(wanted) and before <= LONGEST_NUMBER)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def _levels_by_size(pages: Sequence[Sequence[Line]]) -> dict[Line, int]:
    """The level of each line that stands out by its size: the largest are the first level."""
    body = _body(pages)
    large = [line for line in _all(pages) if line.size > LARGER * body and _is_heading(line.text)]
    ranks = sorted({_size(line) for line in large}, reverse=True)[:MOST_LEVELS]
    return {line: ranks.index(_size(line)) + 1 for line in large if _size(line) in ranks}


def _body(pages: Sequence[Sequence[Line]]) -> float:
    """The size that most letters have; 0 where there are none."""
    sizes: Counter[float] = Counter()
    for line in _all(pages):
        sizes[_size(line)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _is_heading(text: str) -> bool:
    return len(text) <= HEADING_LETTERS and _WORD.search(text) is not None


def _size(line: Line) -> float:
    return round(2 * line.size) / 2


def _all(pages: Sequence[Sequence[Line]]) -> Iterator[Line]:
    return (line for page in pages for line in page)
