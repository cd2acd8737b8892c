"""Two texts side by side in a terminal: what is alike stands in one row, and a mark shows where they differ.

`|` stands between sentences that changed, `<` and `>` beside what only one of them has: readable without colour.
"""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise, zip_longest

from chatbot.sentences import parts

MARKS = {"equal": " ", "replace": "|", "delete": "<", "insert": ">"}


def side_by_side(left: str, right: str, width: int) -> list[tuple[str, str]]:
    """Lines of at most `width` characters, each with its mark."""
    room = max(10, (width - 3) // 2)
    lines = []
    for mark, one, other in _aligned(_pieces(left), _pieces(right)):
        rows = zip_longest(_wrapped(one, room), _wrapped(other, room), fillvalue="")
        lines += [(mark, f"{first:<{room}} {mark} {second}".rstrip()) for first, second in rows]
    return lines


def _aligned(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    matched = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for kind, start, end, other_start, other_end in matched.get_opcodes():
        yield MARKS[kind], left[start:end], right[other_start:other_end]


def _pieces(text: str) -> list[str]:
    """Lines, and in them sentences: what a reader compares."""
    lines = accumulate(map(len, text.splitlines(keepends=True)))
    cuts = sorted({0, len(text), *lines, *(part.end for part in parts(text))})
    pieces = (" ".join(text[start:end].split()) for start, end in pairwise(cuts))
    return [piece for piece in pieces if piece]


def _wrapped(pieces: Sequence[str], room: int) -> list[str]:
    return [line for piece in pieces for line in textwrap.wrap(piece, room) or [""]]
