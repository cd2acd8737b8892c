"""What the search asks of vectors: the seam behind which the index of this program stands, or a vector database.

Whoever implements `VectorSearch` answers for the documents as they are in SQLite at the moment of asking: it brings
itself up to date by ids, which are never used again and whose vectors never change. `Segment` is the smaller seam
within the index of this program: a number of vectors that do not change, searched in one way or another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from chatbot.retrieval.store import Ids, Vectors

NO_IDS: Ids = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Structure:
    """How the nearest vectors are found."""

    kind: Literal["flat", "lists"] = "flat"
    """flat: every vector is compared. lists: those in the nearest of many lists, and what came since they were made."""
    recall: float = 1.0
    """Share of a flat scan's best ten that are found, measured when the lists were made."""
    measured: int = 0
    """Chunks there were then."""


class VectorSearch(Protocol):
    """Chunks by the cosine of their vectors; vectors have length 1."""

    def search(self, query: Vectors, limit: int, among: Ids | None = None) -> list[tuple[int, float]]:
        """Ids and exact cosines of the nearest chunks, best first. among: the only chunks to look at, ascending.

        Called inside `Store.snapshot`, and answers for what that shows.
        """

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """Vectors of chunks that are there, a row each. Called inside the same snapshot."""

    def write(self) -> None:
        """Keeps for the next program what a search has made, where that is quick. Called after a search."""

    def settle(self) -> None:
        """Brings itself into the shape that suits the documents, which may take a while. Called after changes.

        Raises KnowledgeError where that cannot be written.
        """

    def structure(self) -> Structure:
        """How it is searched, as it was last settled. Quick: nothing is opened for it."""


class Segment(Protocol):
    """Vectors that do not change."""

    @property
    def ids(self) -> Ids:
        """Of all of them, ascending."""

    def nearest(self, query: Vectors, limit: int, *, among: Ids | None, gone: Ids) -> tuple[Ids, Vectors]:
        """Ids and cosines of the nearest, best first.

        among: the only ids to look at, ascending; others than the segment's are passed over. gone: ids to leave out,
        ascending, where `among` is None.
        """


def places_of(wanted: Ids, ids: Ids) -> NDArray[np.int64]:
    """Where those of `wanted` that are in `ids` stand there; both are ascending."""
    at = np.searchsorted(ids, wanted)
    inside = at < len(ids)
    at = at[inside]
    places: NDArray[np.int64] = at[ids[at] == wanted[inside]]
    return places
