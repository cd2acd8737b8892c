"""Text that two texts share: found in time linear in both, whatever separators, case or accents came in between.

Both are squeezed to their letters and digits first, so that neither a line break nor `s-p-e-l-l-i-n-g` hides a copy.
Lengths are in bytes of the squeezed text: a copy in letters of another script carries as much in fewer characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LEAST = 24
"""Bytes that two texts hardly share by chance: four or five words."""

_STEP = LEAST // 2
_SEPARATORS = re.compile(r"[\W_]+")

MOST_COMPARED = 200_000
"""Bytes that are compared one by one with one source. Texts that need more are made to: all of them count as copies."""


def squeezed(text: str) -> bytes:
    """The letters and digits of a text, without case and accents."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    return _SEPARATORS.sub("", text.casefold()).encode("utf-8", "ignore")


@dataclass(frozen=True, slots=True)
class Shared:
    """A run that one of the looked-for texts and a source have in common."""

    text: int
    """Which of the texts."""
    start: int
    """Where in the squeezed source."""
    length: int


class Shingles:
    """Texts that are looked for, all in one pass over each source."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self._texts = texts
        self._places: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
        for number, text in enumerate(texts):
            for at in range(len(text) - _STEP + 1):
                self._places[text[at : at + _STEP]].append((number, at))

    def shared(self, source: bytes) -> dict[int, Shared]:
        """The longest run of at least `LEAST` bytes that each text shares with the source, by the text's number."""
        best: dict[int, Shared] = {}
        compared = 0
        for at in range(0, len(source) - _STEP + 1, _STEP):  # a run of 24 holds one of these whole
            for number, place in self._places.get(source[at : at + _STEP], ()):
                known = best.get(number)
                length = 1
                if not known or not known.start <= at < known.start + known.length - _STEP:
                    start, length = _extended(self._texts[number], place, source, at)
                    if length >= LEAST and (known is None or length > known.length):
                        best[number] = Shared(number, start, length)
                compared += length
                if compared > MOST_COMPARED:
                    start = max(0, min(at, len(source) - LEAST))
                    return {each: best.get(each) or Shared(each, start, LEAST) for each in range(len(self._texts))}
        return best


def _extended(text: bytes, place: int, source: bytes, at: int) -> tuple[int, int]:
    """Start in the source and length of the run around a place where both agree."""
    back = 0
    while back < min(place, at) and text[place - back - 1] == source[at - back - 1]:
        back += 1
    ahead, most = _STEP, min(len(text) - place, len(source) - at)
    while ahead < most and text[place + ahead] == source[at + ahead]:
        ahead += 1
    return at - back, back + ahead


def unsqueezed(text: str, start: int, length: int) -> str:
    """The part of a text that a run of its squeezed form stands for."""
    offsets = list(_offsets(text))
    first = next((place for place, end in offsets if end > start), 0)
    last = next((place for place, end in offsets if end >= start + length), len(text) - 1)
    return text[first : last + 1]


def _offsets(text: str) -> Iterator[tuple[int, int]]:
    """Of each character: its place, and the squeezed length up to and with it."""
    end = 0
    for place, character in enumerate(text):
        end += character.isalnum() if character.isascii() else len(squeezed(character))
        yield place, end
