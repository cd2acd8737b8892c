"""The vectors of an index in the shape that suits their number: compared one by one while few, in lists when many.

A base that does not change, in a file beside the database; what came since, in memory; what is gone since, left out.
All of it is a cache of the vectors in SQLite. Ids are never used again and a chunk's vector never changes, so an older
base is a beginning: only what came and went since then is added and left out, which also keeps an open index up to
date when another program changes the documents. Without its file, or with a damaged one, the base is made again.

A search never makes lists, which takes seconds: whoever changes documents does, by `settle`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from chatbot.errors import KnowledgeError
from chatbot.retrieval.array_file import read_arrays
from chatbot.retrieval.vector_flat import FLAT, Flat, best, flat_of
from chatbot.retrieval.vector_lists import Lists, build, lists_of
from chatbot.retrieval.vector_search import NO_IDS, Segment, Structure

if TYPE_CHECKING:
    from chatbot.retrieval.store import Ids, Store, Vectors

KIND = "vectors"
"""Of the file, see `IndexFiles`; and the setting that says how it is searched."""

FLAT_MOST = 20_000
"""Chunks up to which all vectors are compared, in about 2 ms: above, lists are quicker, and take a quarter of the disk
and of the memory; see `eval/benchmarks/vector_indexes.py`."""

WRITE_AFTER = 1_000
"""Chunks by which base and documents may differ before the file is written anew: reading so many vectors from SQLite
takes a few milliseconds, about as long as syncing a file."""

SHARE_SINCE = 0.02
"""Of large lists, the share by which they may differ: comparing so many takes about as long as looking into lists."""

REMAKE = 1.5
"""How much larger or smaller a collection becomes before its lists are made, and their recall measured, again."""

NOTHING = Flat(NO_IDS, np.empty((0, 0), dtype=np.float32))


class VectorIndex:
    """Implements `VectorSearch`; an index in memory stays flat.

    flat_most: chunks up to which one in a file does.
    """

    def __init__(self, store: Store, *, flat_most: int = FLAT_MOST) -> None:
        self._store, self._flat_most = store, flat_most
        self._base: Flat | Lists = NOTHING
        self._gone: Ids = NO_IDS
        """Of the base."""
        self._since = NOTHING
        self._generation = -1
        """Of the documents that base, gone and since are of together."""
        self._written = -1
        """The generation of the base's file; -1 where there is none."""

    def search(self, query: Vectors, limit: int, among: Ids | None = None) -> list[tuple[int, float]]:
        """See `VectorSearch.search`."""
        self._catch_up()
        found = [
            part.nearest(query, limit, among=among, gone=self._gone if part is self._base else NO_IDS)
            for part in self._parts()
        ]
        if not found:
            return []
        ids, scores = best(
            np.concatenate([part[0] for part in found]), np.concatenate([part[1] for part in found]), limit
        )
        return list(zip(ids.tolist(), scores.tolist(), strict=True))

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """See `VectorSearch.vectors`."""
        wanted = np.array(ids, dtype=np.int64)
        order = np.argsort(wanted)
        rows = self._store.vectors(wanted[order])
        return rows[np.argsort(order)]

    def structure(self) -> Structure:
        """See `VectorSearch.structure`."""
        return Structure(**json.loads(self._store.setting(KIND) or "{}"))

    def write(self) -> None:
        """Writes what was compared one by one, where the file is missing, damaged or far behind."""
        try:
            with self._store.snapshot():
                behind = self._behind() and not isinstance(self._base, Lists)
            if behind:
                self._write_flat()
        except KnowledgeError:
            self._written = self._generation  # the answers are right without a file; `settle` says what is wrong

    def settle(self) -> None:
        """See `VectorSearch.settle`."""
        with self._store.snapshot():
            self._catch_up()
            base, gone, since, generation = self._base, self._gone, self._since, self._generation
            count, behind = self._store.count()[1], self._behind()
            flat = self._store.path is None or count <= self._flat_most
            remake = not flat and not (isinstance(base, Lists) and 1 / REMAKE <= count / base.measured <= REMAKE)
            ids = self._store.chunk_ids() if remake else NO_IDS
        if flat and (behind or isinstance(base, Lists)):
            self._write_flat()
        elif remake:
            self._write_lists(build(self._store.vectors_there, ids), generation)
        elif behind and isinstance(base, Lists):
            self._write_lists(base.changed(gone, since.ids), generation)
        self._remove_first_file()

    def _behind(self) -> bool:
        """Whether base and documents differ by much, or the base has no file."""
        differ = len(self._gone) + len(self._since.ids)
        allowed = SHARE_SINCE * len(self._base.ids) if isinstance(self._base, Lists) else 0
        return differ > max(WRITE_AFTER, allowed) or (self._written < 0 and differ > 0)

    def _write_flat(self) -> None:
        with self._store.snapshot():
            self._catch_up()
            if isinstance(self._base, Lists):
                ids = self._store.chunk_ids()
                flat = Flat(ids, self._store.vectors(ids))
            else:
                flat = self._base.changed(self._gone, self._since)
            self._base, self._gone, self._since = flat, NO_IDS, NOTHING
            self._written = generation = self._generation
        self._store.files.put(KIND, generation, flat.write)
        self._tell(Structure())

    def _write_lists(self, lists: Lists, generation: int) -> None:
        self._store.files.put(KIND, generation, lists.write)
        self._tell(Structure("lists", lists.recall, lists.measured))
        with self._store.snapshot():
            self._open()  # mapped, and no longer in memory
            self._follow()

    def _remove_first_file(self) -> None:
        """Removes what version 1 of the schema kept its vectors in."""
        if self._store.path is not None and self._store.setting("faiss") is not None:
            self._store.path.with_suffix(".faiss").unlink(missing_ok=True)
            with self._store.transaction() as connection:
                connection.execute("DELETE FROM settings WHERE key = 'faiss'")

    def _tell(self, structure: Structure) -> None:
        if structure != self.structure():
            self._store.set_setting(KIND, json.dumps(asdict(structure)))

    def _catch_up(self) -> None:
        """Makes base, gone and since those of the generation in SQLite."""
        generation = self._store.generation
        if self._generation == generation:
            return
        if self._generation < 0:
            self._open()
        self._follow()
        if self._behind() and self._store.files.generation(KIND) > self._written:
            self._open()  # another program has made a newer base
            self._follow()
        self._generation = generation

    def _open(self) -> None:
        """Takes the base in the file, if it is the one that was written."""
        self._base, self._gone, self._since, self._written = NOTHING, NO_IDS, NOTHING, -1
        file = self._store.files.current(KIND)
        if file is None:
            return
        try:
            held = read_arrays(memoryview(file.data))
            self._base = flat_of(held) if held.facts["kind"] == FLAT else lists_of(held, self._store.vectors_there)
        except (RuntimeError, ValueError, KeyError):
            return  # another version of this program or of FAISS wrote it, and this one cannot read it
        self._written = file.generation

    def _follow(self) -> None:
        """Adds what came and leaves out what went in SQLite."""
        new = self._store.chunk_ids_above(max((int(part.ids[-1]) for part in self._parts()), default=0))
        gone = NO_IDS
        known = sum(len(part.ids) for part in self._parts()) - len(self._gone)
        if known + len(new) != self._store.count()[1]:
            ids = self._store.chunk_ids()
            gone = np.setdiff1d(self._since.ids, ids, assume_unique=True)
            self._gone = np.setdiff1d(self._base.ids, ids, assume_unique=True)
        if len(gone) or len(new):
            self._since = self._since.changed(gone, Flat(new, self._store.vectors(new)))
        if len(self._gone) == len(self._base.ids):
            self._base, self._gone = NOTHING, NO_IDS

    def _parts(self) -> list[Segment]:
        """What holds any vectors."""
        return [part for part in (self._base, self._since) if len(part.ids)]
