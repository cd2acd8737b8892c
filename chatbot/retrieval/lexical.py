"""Lexical search: exact BM25 over the live chunks, from inverted lists that are a cache of the terms in SQLite.

In: words of a question. Out: chunk ids and scores. Counts of chunks, of chunks with a term and the mean length are
those of the chunks that are there at this moment, so the scores equal those of an index built anew. A chunk's terms
never change and its id is never used again: what came is a further segment, what went is passed over, and now and then
all are joined into one file (`index_files`), which is mapped into memory. It stems nothing and reads no file itself.

A query of six common words over 100,000 chunks takes 1.1 ms on two cores, 134 ms by FTS5 and as long with common words
pruned; bm25s takes 0.6 ms and tantivy 1.9 ms, but they commit by themselves, and bm25s knows no change but building
anew (`eval/benchmarks/lexical_engines.py`). A million chunks take ten times as long.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import KnowledgeError
from chatbot.retrieval.highest import highest
from chatbot.retrieval.lexical_terms import MOST_COUNTED, keys_of
from chatbot.retrieval.postings import Alive, Entries, Segment, joined, read_segment, segment_of, write_joined

if TYPE_CHECKING:
    from chatbot.retrieval.store import Ids, Store

K1, B = 1.2, 0.75
"""Robertson's usual constants; on the three collections of `retrieval_quality.py` no others are better on all."""

LEAST_WEIGHT = 1e-6
"""Of a term that more than half of the chunks have; what has only such terms is found too."""

KIND = "lexical"
"""The name of the file among the index files."""

WRITE_AFTER = 1_000
"""Chunks by which file and documents may differ before the file is written anew, or a twentieth of all if that is more:
reading so many chunks' terms takes a few milliseconds, about as long as syncing a file."""

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Part:
    """A segment, and which of its chunks are still there."""

    segment: Segment
    alive: Alive = None

    @property
    def size(self) -> int:
        """Chunks that are still there."""
        return len(self.segment.ids) if self.alive is None else int(np.count_nonzero(self.alive))

    @property
    def length(self) -> int:
        """Terms of those."""
        lengths = self.segment.lengths
        return int(lengths.sum(dtype=np.int64) if self.alive is None else lengths[self.alive].sum(dtype=np.int64))

    def entries_of(self, key: int) -> Entries:
        """Entries of a term in chunks that are still there."""
        found = self.segment.entries_of(key)
        return found if self.alive is None else found[self.alive[found >> np.uint32(8)]]


@dataclass(frozen=True, slots=True)
class _State:
    """The index at one generation of the documents; -1 before anything was read."""

    generation: int = -1
    parts: tuple[_Part, ...] = ()
    """By ascending ids."""
    norms: tuple[Scores, ...] = ()
    """For each part what BM25 makes of its chunks' lengths."""
    size: int = 0
    """Chunks in all."""
    unwritten: int = WRITE_AFTER + 1
    """Chunks by which index and file differ; more than `WRITE_AFTER` where there is no sound file."""


class LexicalIndex:
    """Chunks by BM25.

    Call `search` inside `Store.snapshot`, which also keeps threads apart, and `write` outside of it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._state = _State()

    def search(self, words: Sequence[str], limit: int, among: Ids | None = None) -> list[tuple[int, float]]:
        """Ids and scores of the best chunks with any of the words, best first, equal ones by id.

        words: `content_words`; a word that is there twice counts twice. among: the only chunks to look at, ascending;
        how rare a word is, is counted over all.
        """
        state = self._current()
        scores = [np.zeros(len(part.segment.ids), dtype=np.float32) for part in state.parts]
        for key, asked in sorted(keys_of(words).items()):
            entries = [part.entries_of(key) for part in state.parts]
            weight = np.float32(asked * _rarity(sum(map(len, entries)), state.size) * (K1 + 1))
            for found, score, norm in zip(entries, scores, state.norms, strict=True):
                rows = found >> np.uint32(8)
                counts = (found & np.uint32(MOST_COUNTED)).astype(np.float32)
                score[rows] += weight * counts / (counts + norm[rows])
        best = [_best(part.segment.ids, each, limit, among) for part, each in zip(state.parts, scores, strict=True)]
        return sorted((pair for each in best for pair in each), key=lambda pair: (-pair[1], pair[0]))[:limit]

    def write(self) -> None:
        """Writes the file where it is missing, damaged or far behind, if it can be written."""
        try:
            self.settle()
        except KnowledgeError:  # the answers are right without a file; `settle` says what is wrong
            self._state = replace(self._state, unwritten=0)

    def settle(self) -> None:
        """Writes the file where it is missing, damaged or far behind. Raises KnowledgeError where it cannot."""
        with self._store.snapshot():
            state = self._current()
        if not state.size or state.unwritten <= max(WRITE_AFTER, state.size // 20):
            return
        segments = [(part.segment, part.alive) for part in state.parts]
        written = self._store.files.put(KIND, state.generation, lambda sink: write_joined(sink, segments))
        with self._store.snapshot():
            self._state = self._read() if written else replace(self._state, unwritten=0)

    def _current(self) -> _State:
        """The index at the generation in SQLite."""
        generation = self._store.generation
        if self._state.generation < 0:
            self._state = self._read()
        if self._state.generation != generation:
            self._state = self._caught_up(self._state, generation)
        return self._state

    def _read(self) -> _State:
        """The file, if it is the one that was written."""
        file = self._store.files.current(KIND)
        if file is None:
            return _State()
        return _state(file.generation, [_Part(read_segment(memoryview(file.data)))], unwritten=0)

    def _caught_up(self, state: _State, generation: int) -> _State:
        """With what came and without what went in SQLite since."""
        parts, unwritten = list(state.parts), state.unwritten
        for came, packed in self._store.terms_after(int(parts[-1].segment.ids[-1]) if parts else 0):
            parts.append(_Part(segment_of(came, packed)))
            unwritten += len(came)
            while len(parts) > 1 and 2 * parts[-1].size >= parts[-2].size:
                parts[-2:] = [_Part(self._joined(parts[-2:]))]
        held, there = sum(part.size for part in parts), self._store.count()[1]
        if held != there:  # ids only ascend, so what came is known without a look at all of them
            ids = self._store.chunk_ids()
            parts = [_among(part.segment, ids) for part in parts]
        return _state(generation, parts, unwritten=unwritten + held - there)

    def _joined(self, parts: Sequence[_Part]) -> Segment:
        folder = self._store.path.parent if self._store.path else None
        return joined([(part.segment, part.alive) for part in parts], folder)


def _state(generation: int, parts: Sequence[_Part], *, unwritten: int) -> _State:
    parts = [part for part in parts if part.size]
    size, length = sum(part.size for part in parts), sum(part.length for part in parts)
    mean = np.float32(length / size) if length else np.float32(1)
    norms = (K1 * (1 - B + B * part.segment.lengths.astype(np.float32) / mean) for part in parts)
    return _State(generation, tuple(parts), tuple(norms), size, unwritten)


def _among(segment: Segment, ids: Ids) -> _Part:
    """A segment of which only these chunks are left."""
    places = np.minimum(np.searchsorted(ids, segment.ids), len(ids) - 1)
    alive = ids[places] == segment.ids if len(ids) else np.zeros(len(segment.ids), dtype=np.bool_)
    return _Part(segment, None if alive.all() else alive)


def _rarity(frequency: int, size: int) -> float:
    """Robertson and Sparck Jones's weight of a term that `frequency` of `size` chunks have."""
    return max(LEAST_WEIGHT, math.log((size - frequency + 0.5) / (frequency + 0.5)))


def _best(ids: Ids, scores: Scores, limit: int, among: Ids | None) -> list[tuple[int, float]]:
    """The best of one segment, those that score anything, equal ones by id."""
    if among is not None:
        places = np.searchsorted(ids, among[among <= ids[-1]])
        places = places[ids[places] == among[: len(places)]]
        ids, scores = ids[places], scores[places]
    rows = highest(scores, limit, above=0)
    return list(zip(ids[rows].tolist(), scores[rows].tolist(), strict=True))
