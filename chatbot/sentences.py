"""Where sentences begin and end in prose and Markdown.

`parts` gives what can be quoted: sentences, also of list items, rows of tables, lines of code. What only arranges or
labels the text is left out: headings, a table's head, rules, fences, directives, anchors, lines of badges or tags.
A full stop ends a sentence unless it belongs to an abbreviation, an initial or a number, or small letters follow.
Linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

_NEVER_LAST = frozenset("e.g i.e al vs v cf no dr mr mrs ms prof st approx ca resp eds".split())
"""Abbreviations that a sentence does not end with."""

_BEFORE_NUMBERS = frozenset("no nos fig figs eq sec ch vol p pp art ver".split())
_SELDOM_LAST = frozenset("inc ltd co corp jr sr ed".split())
_OFTEN_LAST = frozenset("etc a.m p.m".split())
_OPENERS = frozenset(
    "a all an and as at both but by each for from he her his how if in it its many most no of on one our she since so "
    "some such that the their then there these they this those to we what when where which while who why with you your"
    .split()
)  # fmt: skip
"""Words that, with a capital, begin a sentence rather than being a name after an initial."""

_END = re.compile(
    r"(?<![.!?…؟۔।])[.!?…؟۔।]++[\"'”’»)\]*_]*+(?:\[\^?\d{1,3}\])*+(?=\s)|(?<![。！？｡])[。！？｡]++[」』”’）]*+"
)
_SYMBOLS = re.compile(r"(?:^|\W)(?:\w\s*(?:,|and|or|to)|[=<>+·×*/^-])\s*$")
_NEXT_WORD = re.compile(r"\s*[\"'“‘(\[*_]*(\w*)")
_REACH = 60
"""Characters around a full stop that tell what it is; a longer word is none of the abbreviations."""

_FENCE = re.compile(r"[ \t]*(?:(`{3,})([^`\n]*)|(~{3,}|:{3,})(.*))$")
_PROSE = re.compile(
    r"\{?(note|tip|hint|important|warning|caution|danger|attention|admonition|seealso|versionadded|versionchanged"
    r"|deprecated)\b"
)
"""Directives, and so fences, that hold text and no code."""

_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)]|>)[ \t]+(?:\[[ xX]\][ \t]+|>[ \t]*)*(?=\S)")
_DIRECTIVE = re.compile(r"[ \t]*(?:\.\.[ \t]|:[\w-]+:(?:[ \t]|$)|\{%)")
_MARKUP = re.compile(
    r"[\ufeff \t]*(?:\#{1,6}(?:[ \t]|$)"  # a heading, behind a byte order mark too
    r"|\{\{|\([\w.-]+\)=[ \t]*$|\[[^\]]+\]:[ \t]"  # a template's expression, an anchor, a link's target
    r"|(?:\[?!\[[^\]]*\]\([^)]*\)(?:\]\([^)]*\))?[ \t]*)+$|(?:<[^>]*>[ \t]*)+$)"  # badges, tags
)

Kind = Literal["sentence", "row", "code"]
_Line = Literal["nothing", "underline", "row", "code", "item", "text"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text that can be quoted by itself: `text[start:end]`, without space at its ends."""

    start: int
    end: int
    kind: Kind


def parts(text: str) -> list[Part]:
    """The parts of `text`: ordered and disjoint."""
    return [part for block in _blocks(text) for part in _split(text, block)]


def spans(text: str) -> list[tuple[int, int]]:
    """Where the parts of `text` begin and end."""
    return [(part.start, part.end) for part in parts(text)]


def _blocks(text: str) -> Iterator[Part]:
    """Paragraphs, items, rows and lines of code, with space at their ends."""
    lines = text.splitlines(keepends=True)
    fences = _Fences()
    begun, one_line = -1, False
    for number, (line, end) in enumerate(zip(lines, accumulate(map(len, lines)), strict=True)):
        start = end - len(line)
        kind = fences.kind(line.rstrip(), lines[number + 1] if number + 1 < len(lines) else "")
        if kind == "text" or (kind == "underline" and begun >= 0 and not one_line):
            begun, one_line = (begun, False) if begun >= 0 else (start, True)
            continue
        if begun >= 0 and kind != "underline":
            yield Part(begun, start, "sentence")
        begun = -1
        if kind == "row" or kind == "code":
            yield Part(start, end, kind)
        elif kind == "item" and (item := _ITEM.match(line)):
            begun, one_line = start + item.end(), False
    if begun >= 0:
        yield Part(begun, len(text), "sentence")


class _Fences:
    """Tells the kinds of lines apart, from the first to the last: what is fenced is code, or else text again."""

    def __init__(self) -> None:
        self._closing = ""
        self._code = False

    def kind(self, line: str, following: str) -> _Line:
        """What a line is, which depends on the fences before it and, for the head of a table, on the next line."""
        if self._crosses(line):
            return "nothing"
        if self._code:
            return "code" if line and not _is_rule(line) and not _DIRECTIVE.match(line) else "nothing"
        return _kind(line, following)

    def _crosses(self, line: str) -> bool:
        """Whether the line opens or closes a fence."""
        match = _FENCE.match(line)
        if match is None:
            return False
        marks, info = (match[1] or match[3]), (match[2] or match[4] or "").strip()
        if self._closing and marks.startswith(self._closing) and not info:
            self._closing, self._code = "", False
            return True
        if self._code:
            return False
        if marks[0] != ":":  # colons nest, and what they hold is text
            self._closing, self._code = marks, not _PROSE.match(info)
        return True


def _kind(line: str, following: str) -> _Line:
    """What a line outside of code is."""
    if not line or _DIRECTIVE.match(line) or _MARKUP.match(line):
        return "nothing"
    if _is_rule(line):
        return "underline" if set(line) <= {"="} or set(line) <= {"-"} else "nothing"
    if line.lstrip().startswith("|"):
        return "nothing" if "|" in following and _is_rule(following) else "row"
    return "item" if _ITEM.match(line) else "text"


def _is_rule(line: str) -> bool:
    """A line drawn across the page, under a heading, or below the head of a table."""
    marks = set(line.split()) and set("".join(line.split()))
    drawn = sum(map(line.count, "-*_=")) >= 3 or ("|" in marks and "-" in marks)
    return drawn and (marks <= set("|:-+=") or len(marks) == 1)


def _split(text: str, block: Part) -> Iterator[Part]:
    begin = block.start
    if block.kind == "sentence":
        for match in _END.finditer(text, block.start, block.end):
            if _ends_sentence(text, begin, match):
                yield from _trimmed(text, Part(begin, match.end(), block.kind))
                begin = match.end()
    yield from _trimmed(text, Part(begin, block.end, block.kind))


def _ends_sentence(text: str, begin: int, match: re.Match[str]) -> bool:
    if match[0][0] in "。！？｡":
        return True
    next_word = _NEXT_WORD.match(text, match.end(), match.end() + _REACH)
    follows = next_word[1] if next_word else ""
    if follows[:1].islower():
        return False
    if match[0][0] != "." or match[0].startswith(".."):
        return True
    before, _, word = text[max(begin, match.start() - _REACH) : match.start()].replace("\n", " ").rpartition(" ")
    return _is_last_word(word.lstrip("(\"'“‘[*_"), before, follows)


def _is_last_word(word: str, before: str, follows: str) -> bool:
    """Whether a sentence can end with `word` and a full stop, where `follows` is next."""
    bare = word.lower()
    opens = follows.lower() in _OPENERS
    if bare in _BEFORE_NUMBERS:
        return not follows[:1].isdigit()
    if bare in _NEVER_LAST:
        return False
    if bare in _OFTEN_LAST:
        return True
    if bare in _SELDOM_LAST or re.fullmatch(r"(?:[a-z]\.)+[a-z]", bare):
        return opens
    if len(word) == 1 and word.isascii() and word.isupper():  # an initial, or a symbol such as a matrix
        return opens or bool(_SYMBOLS.search(before))
    return True


def _trimmed(text: str, part: Part) -> Iterator[Part]:
    start, end = part.start, part.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Part(start, end, part.kind)
