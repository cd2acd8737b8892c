"""`Knowledge`: a folder of documents, or records, that can be searched. Thread-safe; several processes may share it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatbot.effects import Overview
from chatbot.errors import KnowledgeError
from chatbot.messages import Metadata, Passage
from chatbot.retrieval.embed import Embedder
from chatbot.retrieval.embed import embedder as find_embedder
from chatbot.retrieval.index import VectorIndex
from chatbot.retrieval.load import Document, files, read
from chatbot.retrieval.search import search
from chatbot.retrieval.split import split
from chatbot.retrieval.store import Store, for_search
from chatbot.workspace import find_workspace

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a refresh did."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    skipped: tuple[tuple[str, str], ...] = ()
    """Files that were not read, each with the reason."""


@dataclass(frozen=True, slots=True)
class Stats:
    """How much there is."""

    documents: int
    chunks: int
    embedder: str


class Knowledge:
    """Documents at a path, a folder or a file, and their index.

    index: the index file; None for the place the workspace keeps it in. embedder: spec or object. rebuild: forget what
    is indexed. Documents are indexed on opening where there is no index yet.
    """

    def __init__(
        self,
        path: str | Path | None,
        *,
        index: Path | None = None,
        embedder: str | Embedder = "minilm",
        rebuild: bool = False,
    ) -> None:
        self.path = Path(path) if path is not None else None
        if self.path is not None and not self.path.exists():
            raise KnowledgeError(f"there are no documents at {self.path}", hint="name a folder that exists")
        if self.path is not None and index is None:
            index = find_workspace(self.path.resolve()).index_of(self.path)
        self._embedder = find_embedder(embedder) if isinstance(embedder, str) else embedder
        self._store = Store(index, self._embedder.name, rebuild=rebuild)
        self._vectors = VectorIndex(self._store)
        self._lock = threading.Lock()
        if self.path is not None and not rebuild and self._store.generation == 0:
            self.refresh()

    @classmethod
    def from_records(
        cls, records: Iterable[Mapping[str, Any]], path: Path | None = None, *, embedder: str | Embedder = "minilm"
    ) -> Knowledge:
        """Knowledge of records `{"id": str, "text": str, "title"?: str, "metadata"?: dict}`.

        path: the index file; None keeps it in memory.
        """
        knowledge = cls(None, index=path, embedder=embedder)
        knowledge.add(records)
        return knowledge

    def search(self, query: str, k: int = 5, where: Metadata | None = None) -> list[Passage]:
        """The best `k` passages, best first. where: metadata (or `path`) that a passage must have."""
        if not query.strip():
            return []
        with self._lock:
            if not where:
                return search(query, k, self._store, self._vectors, self._embedder)
            everything = search(query, max(1, self._store.count()[1]), self._store, self._vectors, self._embedder)
        return [passage for passage in everything if _matches(passage, where)][:k]

    def refresh(self, progress: Progress | None = None) -> Changes:
        """Brings the index up to date with the files: reads and embeds only what changed, removes what is gone."""
        if self.path is None:
            return Changes(unchanged=self._store.count()[0])
        known = {stored.source: stored for stored in self._store.documents()}
        added: list[str] = []
        updated: list[str] = []
        skipped: list[tuple[str, str]] = []
        seen: set[str] = set()
        todo: list[tuple[Document, str]] = []
        for file in files(self.path):
            source = file.relative_to(self.path).as_posix() if self.path.is_dir() else file.name
            try:
                status = file.stat()
                stamp = f"{status.st_mtime_ns} {status.st_size}"
                if source in known and known[source].stamp == stamp:
                    seen.add(source)
                    continue
                document = read(file, source)
            except (KnowledgeError, OSError) as error:
                skipped.append((source, str(error)))
                continue
            seen.add(source)
            if source in known and known[source].hash == document.hash:
                self._store.touch(source, stamp)
                continue
            (updated if source in known else added).append(source)
            todo.append((document, stamp))
        removed = sorted(known.keys() - seen)
        self._store.remove(removed)
        self._put(todo, progress)
        unchanged = len(seen) - len(added) - len(updated)
        return Changes(tuple(added), tuple(updated), tuple(removed), unchanged, tuple(skipped))

    def add(self, records: Iterable[Mapping[str, Any]], progress: Progress | None = None) -> None:
        """Adds records, or replaces those with the same id."""
        self._put([(_record(record), "") for record in records], progress)

    def remove(self, sources: Sequence[str]) -> None:
        """Removes documents by path or id."""
        self._store.remove(sources)

    def stats(self) -> Stats:
        """How much there is, and who embedded it."""
        return Stats(*self._store.count(), self._embedder.name)

    def overview(self, limit: int = 40) -> Overview:
        """The collection in brief: counts, and the passage that opens each document."""
        ids = self._store.openings(limit)
        found = self._store.passages(ids)
        return Overview(*self._store.count(), tuple(found[key] for key in ids if key in found))

    def document(self, source: str | None) -> str:
        """The text that offsets refer to."""
        text = self._store.text(source or "")
        if text is None:
            raise KnowledgeError(f"there is no document {source!r}")
        return text

    def is_stale(self, passage: Passage) -> bool:
        """Whether the passage's file has changed, or is gone, since it was indexed."""
        if self.path is None or passage.path is None:
            return False
        file = self.path / passage.path if self.path.is_dir() else self.path
        try:
            return read(file, passage.path).hash != passage.document_hash
        except KnowledgeError:
            return True

    def as_retriever(self, k: int = 5) -> BaseRetriever:
        """This knowledge as a LangChain retriever."""
        from chatbot.retrieval.retriever import retriever

        return retriever(self, k)

    def close(self) -> None:
        """Closes the index."""
        self._store.close()

    def _put(self, documents: Sequence[tuple[Document, str]], progress: Progress | None) -> None:
        split_up = [
            (d, stamp, split(d.text, self._embedder.max_tokens, self._embedder.count_tokens)) for d, stamp in documents
        ]
        total, done = sum(len(chunks) for _, _, chunks in split_up), 0
        for document, stamp, chunks in split_up:
            vectors = self._embedder.embed([for_search(document, chunk) for chunk in chunks])
            self._store.put(document, chunks, vectors, stamp)
            done += len(chunks)
            if progress:
                progress(done, total)


def passage_of_file(path: Path) -> Passage:
    """A whole file as one passage, to go along with a question. Raises KnowledgeError with the reason."""
    try:
        document = read(path, path.name)
    except KnowledgeError as error:
        raise KnowledgeError(f"{path}: {error}", hint="name a Markdown, text or HTML file") from error
    return Passage(
        document.text, 0, len(document.text), 1, path=str(path), title=document.title, document_hash=document.hash
    )


def _record(record: Mapping[str, Any]) -> Document:
    try:
        text = str(record["text"]).encode("utf-8", "replace").decode("utf-8")
        return Document(
            str(record["id"]), text, str(record.get("title") or ""), False, dict(record.get("metadata") or {})
        )
    except KeyError as error:
        raise KnowledgeError(f"a record has no {error}", hint='{"id": "…", "text": "…"}') from error


def _matches(passage: Passage, where: Metadata) -> bool:
    return all((passage.path if key == "path" else passage.metadata.get(key)) == value for key, value in where.items())
