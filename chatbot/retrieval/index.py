"""The FAISS index: a cache of the vectors in SQLite, in memory and in a file beside it.

The file's checksum and the generation it was written at stand in SQLite. A file whose checksum differs (FAISS reads
many damaged files without complaint, and then answers differently) is not looked at: the index is built again. An older
one is a beginning: ids are never used again and a chunk's vector never changes, so only what came and went since then
is added and removed. The same brings an open index up to date when another program has changed the documents.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chatbot.errors import KnowledgeError

if TYPE_CHECKING:
    import faiss

    from chatbot.retrieval.store import Ids, Store, Vectors

WRITE_AFTER = 1_000
"""Chunks by which file and documents may differ before the file is written anew: reading so many vectors from SQLite
takes a few milliseconds, about as long as syncing a file."""


class VectorIndex:
    """Chunks by inner product of unit vectors, which is the cosine.

    Call `search` and `vectors` inside `Store.snapshot`, which also keeps threads apart, and `write` outside of it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._index: faiss.Index | None = None
        self._ids: Ids = np.empty(0, dtype=np.int64)
        self._generation = -1
        self._unwritten = 0
        """Chunks by which index and file differ; more than `WRITE_AFTER` where there is no sound file."""

    def search(self, query: Vectors, limit: int, among: Ids | None = None) -> list[tuple[int, float]]:
        """Ids and cosines of the nearest chunks, best first. among: the only chunks to look at."""
        index = self._current()
        count = len(self._ids if among is None else among)
        if index is None or not count:
            return []
        scores, ids = index.search(query.reshape(1, -1), min(limit, count), params=_only(among))
        return [(int(key), float(score)) for key, score in zip(ids[0], scores[0], strict=True) if key >= 0]

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """Vectors of chunks that are there, a row each."""
        index = self._current()
        assert index is not None, "there are no chunks"
        rows: Vectors = index.reconstruct_batch(np.array(ids, dtype=np.int64))
        return rows

    def write(self) -> None:
        """Writes the file where it is missing, damaged or far behind. Raises KnowledgeError."""
        path = self._file()
        if path is None or self._unwritten <= WRITE_AFTER:
            return
        import faiss

        with self._store.snapshot():
            if self._index is None:
                return
            data, generation = faiss.serialize_index(self._index).tobytes(), self._generation
            self._unwritten = 0
        aside = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
        try:
            _write(aside, data)
            with self._store.transaction() as connection:  # no other program's file comes between ours and its entry
                aside.replace(path)
                _sync_folder(path.parent)
                entry = f"{generation} {hashlib.sha256(data).hexdigest()}"
                connection.execute("INSERT OR REPLACE INTO settings VALUES ('faiss', ?)", (entry,))
        except OSError as error:
            raise KnowledgeError(f"{path} cannot be written: {error.strerror}", hint="is the disk full?") from error
        finally:
            aside.unlink(missing_ok=True)

    def _current(self) -> faiss.Index | None:
        """The index of the generation in SQLite; None where there is no chunk."""
        generation = self._store.generation
        if self._generation != generation:
            if self._generation < 0:
                self._read()
            if self._generation != generation:
                self._catch_up()
                self._generation = generation
        return self._index if len(self._ids) else None

    def _read(self) -> None:
        """Takes the file, if it is the one that was written."""
        path, entry = self._file(), self._store.setting("faiss")
        self._unwritten = WRITE_AFTER + 1
        if path is None or entry is None:
            return
        try:
            data = path.read_bytes()
        except OSError:
            return
        generation, checksum = entry.split()
        if hashlib.sha256(data).hexdigest() == checksum:
            import faiss

            self._index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
            self._ids = np.sort(faiss.vector_to_array(self._index.id_map))  # type: ignore[attr-defined]  # it is an IndexIDMap2
            self._generation = int(generation)
            self._unwritten = 0

    def _catch_up(self) -> None:
        """Adds and removes what came and went in SQLite."""
        ids = self._store.chunk_ids()
        gone = np.setdiff1d(self._ids, ids, assume_unique=True)
        new = np.setdiff1d(ids, self._ids, assume_unique=True)
        if self._index is not None and len(gone):
            import faiss

            self._index.remove_ids(faiss.IDSelectorBatch(gone))
        if len(new):
            vectors = self._store.vectors(new)
            if self._index is None:
                import faiss

                self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
            self._index.add_with_ids(vectors, new)
        self._ids = ids
        self._unwritten += len(gone) + len(new)

    def _file(self) -> Path | None:
        return self._store.path.with_name(f"{self._store.path.stem}.faiss") if self._store.path else None


def _only(among: Ids | None) -> faiss.SearchParameters | None:
    if among is None:
        return None
    import faiss

    return faiss.SearchParameters(sel=faiss.IDSelectorBatch(among))  # type: ignore[call-arg]  # faiss's wrapper takes fields


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Makes a rename in it last through a loss of power; only Unix can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
