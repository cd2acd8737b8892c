"""The FAISS file: a cache of the vectors in SQLite. Stale, torn, altered or missing, it is built again from there."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import faiss

    from chatbot.retrieval.store import Store


class VectorIndex:
    """Nearest chunks by inner product of unit vectors, always of the store's current generation."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._index: faiss.Index | None = None
        self._generation = -1

    def search(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Chunk ids and cosines, best first."""
        index = self._current()
        if index.ntotal == 0:
            return []
        scores, ids = index.search(vector.reshape(1, -1), min(limit, index.ntotal))
        return [(int(key), float(score)) for key, score in zip(ids[0], scores[0], strict=True) if key >= 0]

    def _current(self) -> faiss.Index:
        if self._index is None or self._generation != self._store.generation:
            self._index = self._load() or self._build()
        return self._index

    def _load(self) -> faiss.Index | None:
        path, recorded = self._file(), self._store.setting("faiss")
        if path is None or recorded != f"{self._store.generation} {_digest(path)}":
            return None
        import faiss

        self._generation = self._store.generation
        return faiss.deserialize_index(np.frombuffer(path.read_bytes(), dtype=np.uint8))

    def _build(self) -> faiss.Index:
        import faiss

        ids, vectors, self._generation = self._store.vectors()
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1] if len(ids) else 1))
        if len(ids):
            index.add_with_ids(vectors, ids)
        path = self._file()
        if path is not None:
            _write_aside(path, faiss.serialize_index(index).tobytes())
            self._store.set_setting("faiss", f"{self._generation} {_digest(path)}")
        return index

    def _file(self) -> Path | None:
        return self._store.path.with_suffix(".faiss") if self._store.path else None


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "missing"


def _write_aside(path: Path, data: bytes) -> None:
    """Writes beside, syncs, renames, syncs the folder: after a crash the old file or the new one is there, whole."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
