"""Which of the best passages to show: nothing twice, and no source and no crowd of look-alikes in all the places.

In: passages, best first, with scores and vectors. Out: those to show, in order. A copy of a better passage is left out;
two texts that differ in a number or a negation are no copies, since one of them may be out of date. Where a source, or
a group of passages much like one another, has had its share of the places before, it waits for what is almost as good:
one long document, and five short ones that say the same, as an attacker plants them, leave room for what others say.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from chatbot.terms import words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chatbot.messages import Passage
    from chatbot.retrieval.store import Vectors

NEAR_COPY = 0.9
"""Share of their runs of three words that two passages have in common when one is a copy of the other."""

ALIKE = 0.8
"""Cosine from which two passages count as alike. With 0.8 no figure of the three collections changes; with 0.75
Cranfield's, of many reports on few subjects, falls by 0.004."""

ECHO = 0.8
"""Share of a question's runs of three words from which a passage repeats it. Those that do count as alike: a text that
is to be found for a question, whatever it says, holds the question."""

SHORTEST_ECHO = 4
"""Words of a question below which repeating it means nothing."""

PLACES = 5
"""In any five places after one another …"""

MOST_OF_SOURCE = 3
"""… so many passages are of one source,"""

MOST_ALIKE = 2
"""and so many alike, as long as others are almost as good. Chunks of one section, up to MOST_JOINED, count as one place
then: they become one passage where they are joined or read with what is around them."""

MOST_JOINED = 3
"""Chunks of a passage: about what a passage may grow to for a model that reads the section around it."""

ALMOST = 0.5
"""Share of a passage's score that is almost as good, where a source has had its places."""

ALMOST_ALIKE = 0.1
"""The same where look-alikes have had theirs: more of them would say nothing new."""

_QUALIFIER = re.compile(r"\d+(?:[.,]\d+)*|\b(?:no|not|never|without|except)\b|n['’]t\b")
"""What turns a text into another one though all its other words are the same."""

_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))


def diverse(question: str, ranked: Sequence[Passage], vectors: Vectors) -> Iterator[tuple[int, int]]:
    """The places in the ranking of those to show, in order, each with the number of copies of it that are left out.

    ranked: best first, by `score`. vectors: theirs, unit rows. Each place takes work, so take no more than are shown.
    """
    if not ranked:
        return
    echoes = _echoes(question, ranked)
    cosines = np.einsum(
        "ad,bd->ab", vectors, vectors
    )  # a product of matrices would wake threads and wait for busy cores
    pool = _Pool(ranked, ((cosines >= ALIKE) | np.outer(echoes, echoes)).tolist())
    left, copies = pool.without_copies()
    shown: list[int] = []
    while left:
        shown.append(left.pop(pool.next_of(left, shown)))
        yield shown[-1], copies[shown[-1]]


class _Pool:
    """Passages by their place in the ranking, and which of them are alike."""

    def __init__(self, passages: Sequence[Passage], alike: Sequence[Sequence[bool]]) -> None:
        self._passages, self._alike = passages, alike
        self._said = [_Said(passage.text) for passage in passages]

    def without_copies(self) -> tuple[list[int], Counter[int]]:
        """Those that are no copies of better ones, and how many copies there are of these."""
        kept: list[int] = []
        copies = Counter[int]()
        for each, (alike, said) in enumerate(zip(self._alike, self._said, strict=True)):
            original = next((other for other in kept if alike[other] and said.is_copy_of(self._said[other])), None)
            if original is None:
                kept.append(each)
            else:
                copies[original] += 1
        return kept, copies

    def next_of(self, left: Sequence[int], shown: Sequence[int]) -> int:
        """Where in `left` the best stands that crowds nothing out; 0, the best of all, where none is almost as good."""
        best, last, before = left[0], shown[1 - PLACES :], self._before(shown)
        if self._is_one_of_many(best, before):
            enough = ALMOST_ALIKE * self._passages[best].score
        elif self._has_had_its_places(best, last):
            enough = ALMOST * self._passages[best].score
        else:
            return 0
        for place, each in enumerate(left):
            if self._passages[each].score < enough:
                break
            if not self._is_one_of_many(each, before) and not self._has_had_its_places(each, last):
                return place
        return 0

    def _before(self, shown: Sequence[int]) -> Sequence[int]:
        """The last of those shown, as many as may come to stand in the places before the next one."""
        chunks = Counter[tuple[str, tuple[str, ...]]]()
        places = 0
        for at in range(len(shown) - 1, -1, -1):
            passage = self._passages[shown[at]]
            section = passage.source, passage.heading
            places += chunks[section] % MOST_JOINED == 0
            if places == PLACES:
                return shown[at + 1 :]
            chunks[section] += 1
        return shown

    def _has_had_its_places(self, each: int, before: Sequence[int]) -> bool:
        source = self._passages[each].source
        return sum(self._passages[other].source == source for other in before) >= MOST_OF_SOURCE

    def _is_one_of_many(self, each: int, before: Sequence[int]) -> bool:
        alike = self._alike[each]
        return sum(alike[other] for other in before) >= MOST_ALIKE


class _Said:
    """What tells whether a passage is a copy; each part is read when it is needed first, the quickest to tell first."""

    def __init__(self, text: str) -> None:
        self._text = text

    def is_copy_of(self, other: _Said) -> bool:
        """Whether both say the same."""
        return self._digits == other._digits and self._is_near(other) and self._qualifiers == other._qualifiers

    def _is_near(self, other: _Said) -> bool:
        common = len(self._runs & other._runs)
        in_all = len(self._runs) + len(other._runs) - common
        return self._words == other._words or common >= NEAR_COPY * in_all > 0

    @cached_property
    def _digits(self) -> bytes:
        return self._text.encode("ascii", "ignore").translate(None, _NO_DIGITS)

    @cached_property
    def _qualifiers(self) -> list[str]:
        return _QUALIFIER.findall(self._text.lower())

    @cached_property
    def _words(self) -> list[str]:
        return words(self._text)

    @cached_property
    def _runs(self) -> frozenset[tuple[str, str, str]]:
        return _runs(self._words)


def _runs(found: Sequence[str]) -> frozenset[tuple[str, str, str]]:
    return frozenset(zip(found, found[1:], found[2:], strict=False))


def _echoes(question: str, passages: Sequence[Passage]) -> NDArray[np.bool_]:
    """Which of the passages repeat the question."""
    asked = words(question)
    runs = _runs(asked)
    if len(asked) < SHORTEST_ECHO:
        return np.zeros(len(passages), dtype=bool)
    may_miss = len(asked) - math.ceil(ECHO * len(asked))
    longest_first = sorted(asked, key=len, reverse=True)

    def repeats(text: str) -> bool:
        missing = (word for word in longest_first if word not in text)
        if next(islice(missing, may_miss, None), None):  # spares most texts the work of the next line
            return False
        return len(runs & _runs(words(text))) >= ECHO * len(runs)

    return np.array([repeats(each.text.lower()) for each in passages])
