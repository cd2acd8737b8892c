"""Documents to chunks: exact slices along headings, paragraphs and sentences, within the encoder's window.

In: a text and how its tokens lie. Out: chunks in order that hold every character which is not space exactly once. A
code block or a table row is kept whole where it fits; else cuts fall between lines or sentences, then words, and
inside a word only where it is longer than a chunk. The tokens are counted in one pass, so the time is linear.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from chatbot import sentences
from chatbot.anchors import Anchor
from chatbot.retrieval.outline import LINE, Block, Section, code_sections, sections

LEAD_ROOM = 32
"""Tokens of the window kept for title and headings, which are embedded before the text of the chunk."""
CHARACTERS_PER_TOKEN = 8
"""A chunk's bound in characters, for text that encoders read as few tokens: to them a word of 101 letters is one."""
BRIEF = 60
"""Characters: a label or a name, where no sentence ends."""
_MARKER_LENGTH = 12
_HEADER = re.compile(r"(\|[^\n]*\S)[ \t]*\r?\n[ \t]*\|[ \t:|-]*-[ \t:|-]*(?:\r?\n|\Z)")
"""The first row of a table, and the rule below it."""

TokenStarts = Callable[[str], NDArray[np.int64]]
"""Where the tokens of a text begin: `Embedder.token_starts`."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A slice of a document."""

    start: int
    end: int
    line: int
    """Line of the first character, from 1."""
    heading: tuple[str, ...]
    """Headings above it, outermost first."""
    lead: str
    """Title and headings in one line, as far as there is room for them; below it the header of the table."""

    def searched(self, text: str) -> str:
        """What is embedded and indexed of it; `text` is the document's."""
        return f"{self.lead}\n{text[self.start : self.end]}".strip()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A slice that fits, without space at its ends."""

    start: int
    end: int
    tokens: int
    header: str = ""
    """The header of the table that it is a part of, where that is not in it."""


def split(
    text: str,
    *,
    window: int,
    token_starts: TokenStarts,
    title: str = "",
    places: Sequence[Anchor] | None = None,
) -> list[Chunk]:
    """The chunks of a text.

    window: most tokens of one, with its title and headings. places: where the functions and classes of source code
    begin; None for all other text.
    """
    cutter = _Cutter(text, window, token_starts)
    lines = [match.start() for match in LINE.finditer(text)]
    return [
        Chunk(piece.start, piece.end, bisect_right(lines, piece.start), section.heading, _with_header(lead, piece))
        for section in (_gathered(text, sections(text)) if places is None else code_sections(text, places))
        for lead in [_lead([title, *section.heading], cutter.window - cutter.room, token_starts)]
        for piece in cutter.pieces(section)
    ]


def _gathered(text: str, found: Iterable[Section]) -> list[Section]:
    """The sections, those of a few words before a heading below theirs together with what they open.

    A label, or a title with the name of a module, is no passage for anybody, and close to every question about it.
    """
    gathered: list[Section] = []
    for section in found:
        above = gathered[-1] if gathered else section
        is_below = above is not section and above.heading == section.heading[: len(above.heading)]
        if is_below and _says_nothing(text[above.opening : section.start].strip()):
            section = replace(section, start=gathered.pop().start)
        gathered.append(section)
    return gathered


def _says_nothing(text: str) -> bool:
    return len(text) < BRIEF and not text.endswith((".", "!", "?", "。"))


def _with_header(lead: str, piece: _Piece) -> str:
    return f"{lead}\n{piece.header}".lstrip("\n") if piece.header else lead


def _lead(above: Iterable[str], room: int, token_starts: TokenStarts) -> str:
    """Title and headings within `room` tokens; the outermost go first, then the end of the last."""
    parts = list(dict.fromkeys(part for part in above if part))
    while parts:
        lead = " > ".join(parts)[: room * CHARACTERS_PER_TOKEN]
        starts = token_starts(lead)
        if len(starts) <= room:
            return lead
        parts = parts[1:] if len(parts) > 1 else [lead[: int(starts[room])].rstrip()]
    return ""


class _Cutter:
    """Cuts one text."""

    def __init__(self, text: str, window: int, token_starts: TokenStarts) -> None:
        self.window = window
        self.room = window - min(LEAD_ROOM, window // 4)
        self._longest = self.room * CHARACTERS_PER_TOKEN
        self._text = text
        self._token_starts = token_starts
        self._starts: list[int] = token_starts(text).tolist()

    def pieces(self, section: Section) -> list[_Piece]:
        """A section in as few pieces as the order of its blocks allows."""
        return self._packed(piece for block in _joined(section) for piece in self._block(block))

    def _block(self, block: Block) -> Iterator[_Piece]:
        start, end = self._trimmed(block.start, block.end)
        if self._fits(start, end):
            yield from self._whole(start, end)
            return
        if header := self._header(start, end):
            yield from self._table(start, end, header)
            return
        cuts = self._row_starts(start, end) if block.rows else self._sentence_starts(start, end)
        parts = pairwise(sorted({start, *cuts, end}))
        yield from self._packed(piece for part in parts for piece in self._part(*part))

    def _header(self, start: int, end: int) -> str:
        """The header of a table, if it has one, as far as there is room for it in each of its pieces."""
        found = _HEADER.match(self._text, start, end)
        if not found or not (starts := self._token_starts(found[1]).tolist()):
            return ""
        room = self.room // 4
        return found[1] if len(starts) <= room else found[1][: starts[room]].rstrip()

    def _table(self, start: int, end: int, header: str) -> Iterator[_Piece]:
        """A table in pieces, all but the first with room for its header."""
        whole_room, cost = self.room, self._token_starts(header).size + 1
        parts = list(pairwise(sorted({start, *self._row_starts(start, end), end})))
        try:
            self.room -= cost
            for number, piece in enumerate(self._packed(piece for part in parts for piece in self._part(*part))):
                yield _Piece(piece.start, piece.end, piece.tokens + cost, header) if number else piece
        finally:
            self.room = whole_room

    def _part(self, start: int, end: int) -> Iterator[_Piece]:
        """A sentence or row; by words where it does not fit."""
        start, end = self._trimmed(start, end)
        while start < end and not self._fits(start, end):
            cut = self._word_cut(start)
            yield from self._whole(*self._trimmed(start, cut))
            start, end = self._trimmed(cut, end)
        yield from self._whole(start, end)

    def _word_cut(self, start: int) -> int:
        """The last place between words at which a piece from `start` fits; inside the word where there is none."""
        first = bisect_left(self._starts, start)
        reach = self._starts[first + self.room] if first + self.room < len(self._starts) else len(self._text)
        reach = max(start + 1, min(reach, start + self._longest))
        cut = next((at for at in range(reach, start, -1) if self._text[at - 1].isspace()), reach)
        while cut - start > 1 and self._count(start, cut) > self.room:
            cut = start + (cut - start) // 2
        return cut

    def _packed(self, pieces: Iterable[_Piece]) -> list[_Piece]:
        """Neighbours joined as long as they fit."""
        packed: list[_Piece] = []
        for piece in pieces:
            last = packed[-1] if packed else None
            if last and self._join(last, piece):
                packed[-1] = _Piece(last.start, piece.end, last.tokens + piece.tokens)
            else:
                packed.append(piece)
        return packed

    def _join(self, left: _Piece, right: _Piece) -> bool:
        if right.header or left.header:  # a table's rows are found by the names of their own columns
            return False
        fit = left.tokens + right.tokens <= self.room and right.end - left.start <= self._longest
        # Inside a word the parts may have fewer tokens than the whole.
        return fit and (left.end < right.start or unicodedata.category(self._text[left.end - 1])[0] == "P")

    def _fits(self, start: int, end: int) -> bool:
        return end - start <= self._longest and self._tokens(start, end) <= self.room

    def _whole(self, start: int, end: int) -> Iterator[_Piece]:
        if start < end:
            yield _Piece(start, end, self._tokens(start, end))

    def _tokens(self, start: int, end: int) -> int:
        """Tokens of a slice; counted anew where it begins or ends inside a word."""
        if self._inside_word(start) or self._inside_word(end):
            return self._count(start, end)
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def _count(self, start: int, end: int) -> int:
        return len(self._token_starts(self._text[start:end]))

    def _inside_word(self, at: int) -> bool:
        return 0 < at < len(self._text) and not (self._text[at - 1].isspace() or self._text[at].isspace())

    def _row_starts(self, start: int, end: int) -> list[int]:
        return [match.start() for match in LINE.finditer(self._text, start, end)]

    def _sentence_starts(self, start: int, end: int) -> list[int]:
        """Where sentences and list items begin, the items with their markers."""
        begins = [start + begin for begin, _ in sentences.spans(self._text[start:end])]
        return [self._before_marker(start, begin) for begin in begins]

    def _before_marker(self, block: int, begin: int) -> int:
        line = self._text.rfind("\n", max(block, begin - _MARKER_LENGTH), begin) + 1
        return line if line and len(self._text[line:begin].split()) == 1 else begin

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        while start < end and self._text[start].isspace():
            start += 1
        while end > start and self._text[end - 1].isspace():
            end -= 1
        return start, end


def _joined(section: Section) -> list[Block]:
    """The blocks, the headings with the first of them: but before a code block or table they stand by themselves."""
    if section.start == section.opening or not section.blocks:
        return section.blocks or [Block(section.start, section.opening, rows=False)]
    first, *others = section.blocks
    if first.rows:
        return [Block(section.start, first.start, rows=False), *section.blocks]
    return [Block(section.start, first.end, rows=False), *others]
