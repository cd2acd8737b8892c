"""Nearest vectors by comparing all of them: exact, and the quickest way while there are few.

In: a matrix, in memory or mapped from a file. Out: ids and cosines, equal ones by ascending id. No FAISS, which takes
longer to import than a scan of a hundred thousand vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chatbot.retrieval.array_file import ArrayFile, write_arrays
from chatbot.retrieval.highest import highest
from chatbot.retrieval.index_files import Sink
from chatbot.retrieval.store import Ids, Vectors
from chatbot.retrieval.vector_search import NO_IDS, places_of

FLAT = "flat"

_FEW = 8
"""Up to one in so many rows is picked out; of more, all are compared, which is quicker than copying rows together."""


@dataclass(frozen=True, slots=True)
class Flat:
    """A segment that is a matrix."""

    ids: Ids
    rows: Vectors

    def nearest(
        self, query: Vectors, limit: int, *, among: Ids | None = None, gone: Ids = NO_IDS
    ) -> tuple[Ids, Vectors]:
        """See `Segment.nearest`; the cosines are exact."""
        if among is None:
            scores = cosines(self.rows, query)
            scores[places_of(gone, self.ids)] = -np.inf
            return best(self.ids, scores, limit)
        at = places_of(among, self.ids)
        few = len(at) * _FEW < len(self.ids)
        scores = cosines(self.rows[at], query) if few else cosines(self.rows, query)[at]
        return best(self.ids[at], scores, limit)

    def changed(self, gone: Ids, new: Flat) -> Flat:
        """A segment without some of its ids, and with those of another, which are all higher."""
        stay = np.ones(len(self.ids), dtype=bool)
        stay[places_of(gone, self.ids)] = False
        if not stay.any():
            return new  # perhaps of another width
        if not len(new.ids):
            return Flat(self.ids[stay], self.rows[stay])
        return Flat(np.concatenate([self.ids[stay], new.ids]), np.concatenate([self.rows[stay], new.rows]))

    def write(self, sink: Sink) -> None:
        """Writes it for `flat_of`."""
        write_arrays(sink, {"ids": self.ids, "rows": self.rows}, {"kind": FLAT})


def flat_of(file: ArrayFile) -> Flat:
    """The segment that was written."""
    return Flat(file.arrays["ids"], file.arrays["rows"])


def cosines(rows: Vectors, query: Vectors) -> Vectors:
    """Of each row, the same for equal rows wherever they stand.

    Row by row and in one thread: `rows @ query` wakes BLAS's threads, which wait for each other ten times longer than
    they work where all processors are busy.
    """
    return np.einsum("ij,j->i", rows, query) if len(rows) else np.empty(0, dtype=np.float32)


def best(ids: Ids, scores: Vectors, limit: int) -> tuple[Ids, Vectors]:
    """The ids of the highest scores, best first, and of equal ones the lowest ids; minus infinity is left out."""
    at = highest(scores, limit)
    return ids[at], scores[at]
