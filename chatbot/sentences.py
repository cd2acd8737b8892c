"""Where sentences begin and end in prose and Markdown.

`spans` gives offsets of what can be quoted: sentences, list items, table rows, lines of code. Headings, rules and
fences are left out. Linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ABBREVIATIONS = frozenset(
    "e.g i.e etc al vs cf fig eq no dr mr mrs ms prof st jr sr inc ltd co approx ca resp sec ch vol pp p ed eds".split()
)
_END = re.compile(r"[.!?…]+[\"'”’)\]*_]*(?=\s)|[。！？]")
_FENCE = re.compile(r"\s*(```|~~~)")
_UNQUOTED = re.compile(r"\s*(#{1,6}\s|([-*_=]\s*){3,}$|\|?[\s:|-]+\|[\s:|-]*$)")
_ITEM = re.compile(r"\s*([-*+]|\d{1,3}[.)])\s+")


def spans(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of the sentences of `text`: ordered, disjoint, without space at their ends."""
    return [span for start, end, whole in _blocks(text) for span in _split(text, start, end, whole=whole)]


def _blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Paragraphs, items, rows and code lines; the flag says that the block is one unit."""
    position, begun, fenced = 0, -1, False
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        row = line.lstrip().startswith("|")
        breaks = (
            fenced or not line.strip() or row or bool(_FENCE.match(line) or _UNQUOTED.match(line) or _ITEM.match(line))
        )
        if breaks and begun >= 0:
            yield begun, start, False
            begun = -1
        if _FENCE.match(line):
            fenced = not fenced
        elif fenced or row:
            if line.strip() and not _UNQUOTED.match(line):
                yield start, position, True
        elif item := _ITEM.match(line):
            begun = start + item.end()
        elif line.strip() and not _UNQUOTED.match(line) and begun < 0:
            begun = start
    if begun >= 0:
        yield begun, position, False


def _split(text: str, start: int, end: int, *, whole: bool) -> Iterator[tuple[int, int]]:
    begin = start
    if not whole:
        for match in _END.finditer(text, start, end):
            if _ends_sentence(text, begin, match):
                yield from _trimmed(text, begin, match.end())
                begin = match.end()
    yield from _trimmed(text, begin, end)


def _ends_sentence(text: str, begin: int, match: re.Match[str]) -> bool:
    if match[0][0] != ".":
        return True
    word = text[begin : match.start()].rsplit(None, 1)[-1:] or [""]
    bare = word[0].lstrip("(\"'“‘[*_").lower()
    if bare in _ABBREVIATIONS or (len(bare) == 1 and bare.isalpha()) or re.fullmatch(r"([a-z]\.)+[a-z]", bare):
        return False
    following = text[match.end() : match.end() + 80].lstrip()[:1]
    return not following.islower()


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
