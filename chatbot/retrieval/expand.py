"""Small chunks for finding, what surrounds them for reading: a passage grows to its section where there is room.

In: passages that a search found, best first, and the chunks that stand around each in its document. Out: passages that
are exact slices of the document too, so a quotation of one is as exact as before. A passage becomes the widest part
that fits, of the whole document, the part under a heading above it, and its own section; where none does, its chunk
with neighbours of the section as far as there is room. A passage that another has taken in is not shown again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatbot.messages import Passage

BYTES_PER_TOKEN = 3
"""Of UTF-8, as models that tell no tokenizer are counted."""

REACH = 24
"""Chunks looked at on each side: several times what fits any room that one passage can have."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Chunks of one document that follow one another, as passages, with their ids and the text from the first on."""

    ids: Sequence[int]
    chunks: Sequence[Passage]
    text: str
    whole: bool
    """They are all the document has."""

    def joined(self, first: int, last: int) -> Passage:
        """One passage from the first to the last of these places."""
        begin, end = self.chunks[first], self.chunks[last]
        offset = self.chunks[0].start
        anchors = dict.fromkeys(anchor for each in self.chunks[first : last + 1] for anchor in each.anchors)
        common = _shared([each.heading for each in self.chunks[first : last + 1]])
        text = self.text[begin.start - offset : end.end - offset]
        return replace(begin, text=text, end=end.end, heading=common, anchors=tuple(anchors))


Around = Callable[[int, int], Surroundings | None]
"""What stands around a chunk, so many chunks on each side; None where the chunk is gone."""


def expanded(found: Sequence[tuple[int, Passage]], tokens: int, around: Around) -> list[Passage]:
    """The passages, each grown to at most so many tokens, with the score and ranks of the chunk that was found.

    found: chunk ids with their passages, best first. A chunk that is larger stays as it is.
    """
    taken: set[int] = set()
    grown: list[Passage] = []
    for key, passage in found:
        if key in taken:
            continue
        near = around(key, REACH)
        if near is None:
            grown.append(passage)
            continue
        first, last = _span(near, near.ids.index(key), tokens * BYTES_PER_TOKEN, taken)
        taken.update(near.ids[first : last + 1])
        grown.append(replace(near.joined(first, last), score=passage.score, ranks=passage.ranks))
    return grown


def _span(near: Surroundings, at: int, room: int, taken: set[int]) -> tuple[int, int]:
    """The first and the last of the chunks that a passage grows to."""
    heading = near.chunks[at].heading
    for depth in range(len(heading) + 1):
        first, last = _part(near, at, depth)
        cut_off = not near.whole and (first == 0 or last == len(near.ids) - 1)
        if not cut_off and not taken & {*near.ids[first : last + 1]} and _size(near, first, last) <= room:
            return first, last
    lowest, highest = _part(near, at, len(heading))
    return _neighbours(near, at, (lowest, highest), room, taken)


def _part(near: Surroundings, at: int, depth: int) -> tuple[int, int]:
    """The chunks around one that share so many of its headings."""
    first = last = at
    above = near.chunks[at].heading[:depth]
    while first > 0 and near.chunks[first - 1].heading[:depth] == above:
        first -= 1
    while last + 1 < len(near.ids) and near.chunks[last + 1].heading[:depth] == above:
        last += 1
    return first, last


def _neighbours(near: Surroundings, at: int, section: tuple[int, int], room: int, taken: set[int]) -> tuple[int, int]:
    """The chunk with what follows and what precedes it in its section, by turns, while it fits."""
    first = last = at
    while True:
        after, before = last + 1, first - 1
        if after <= section[1] and near.ids[after] not in taken and _size(near, first, after) <= room:
            last = after
        elif before < section[0] or near.ids[before] in taken or _size(near, before, last) > room:
            return first, last
        if before >= section[0] and near.ids[before] not in taken and _size(near, before, last) <= room:
            first = before


def _size(near: Surroundings, first: int, last: int) -> int:
    offset = near.chunks[0].start
    text = near.text[near.chunks[first].start - offset : near.chunks[last].end - offset]
    return len(text.encode("utf-8", "surrogatepass"))


def _shared(headings: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The headings above all of them."""
    shared = headings[0]
    for heading in headings[1:]:
        same = (a == b for a, b in zip(shared, heading, strict=False))
        shared = shared[: next((n for n, equal in enumerate(same) if not equal), min(len(shared), len(heading)))]
    return shared
