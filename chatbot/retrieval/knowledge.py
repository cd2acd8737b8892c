"""`Knowledge`: a folder of documents, or records, that can be searched. Thread-safe; several processes may share it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.effects import Overview
from chatbot.errors import KnowledgeError, UsageError, nearest
from chatbot.extras import brought_by
from chatbot.messages import Metadata, Passage
from chatbot.retrieval.building import Progress, put_all
from chatbot.retrieval.embed import Embedder
from chatbot.retrieval.embed import embedder as find_embedder
from chatbot.retrieval.embed_tokens import without_surrogates
from chatbot.retrieval.index import VectorIndex
from chatbot.retrieval.indexing import COMPLETE, Changes, changed_records, refresh
from chatbot.retrieval.load import Document, read, stamp
from chatbot.retrieval.records import documents_of
from chatbot.retrieval.relevance import JUDGED, best_relevance, usual_floor
from chatbot.retrieval.rerank import Reranker
from chatbot.retrieval.rerank import reranker as find_reranker
from chatbot.retrieval.search import HYBRID, POOL, Candidates, Ranking, Searcher
from chatbot.retrieval.store import Store, Stored
from chatbot.retrieval.vector_search import Structure, VectorSearch
from chatbot.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.retrievers import BaseRetriever

    from chatbot.retrieval.calibrate import Calibration, Write

QUESTIONS = 200
"""Questions to set a floor with: of an error rate of 0.05 over half of them the 95 % interval is 0.02 to 0.11."""

FLOOR = "floor"
"""The setting that holds the calibrated floor."""


@dataclass(frozen=True, slots=True)
class Stats:
    """How much there is."""

    documents: int
    chunks: int
    embedder: str
    vectors: Structure
    """How the nearest vectors are found, and how many of them that finds."""


class Knowledge:
    """Documents at a path, a folder or a file, and their index.

    path: None for an index of records. index: the index file; None for the place the workspace keeps it in, or for
    records the memory. embedder: spec or object, see `embedder`. reranker: looks again at the best passages, see
    `reranker`. rebuild: forget what is indexed.

    Opening is quick. Where the documents are not indexed yet, or were not to the end, the first use indexes them;
    `refresh` does so at a moment of your choice, and later brings the index up to date. Raises KnowledgeError, and
    EmbedderMismatch where another embedder made the index.
    """

    def __init__(
        self,
        path: str | Path | None,
        *,
        index: str | Path | None = None,
        embedder: str | Embedder | Embeddings = "minilm",
        reranker: str | Reranker | None = None,
        rebuild: bool = False,
    ) -> None:
        self.path = Path(path) if path is not None else None
        if self.path is not None and not self.path.exists():
            raise KnowledgeError(f"there are no documents at {self.path}", hint="name a folder that exists")
        if self.path is not None and index is None:
            index = find_workspace(self.path.resolve()).index_of(self.path)
        self._embedder = find_embedder(embedder)
        self._store = Store(Path(index) if index is not None else None, self._embedder.name, rebuild=rebuild)
        self._vectors: VectorSearch = VectorIndex(self._store)
        self._searcher = Searcher(self._store, self._vectors, self._embedder, find_reranker(reranker))
        self._indexed = self.path is None
        self._first = threading.Lock()

    @classmethod
    def from_records(
        cls,
        records: Iterable[Mapping[str, object]],
        path: str | Path | None = None,
        *,
        embedder: str | Embedder | Embeddings = "minilm",
        progress: Progress | None = None,
    ) -> Knowledge:
        """Knowledge of records `{"id": str, "text": str, "title"?: str, "metadata"?: dict}`, and of no others.

        path: the index file; None keeps it in memory. What the file holds already is not embedded again, and records
        that are not among these are removed from it: `Knowledge(None, index=path)` opens it as it is. Raises
        KnowledgeError for wrong records, before anything is changed.
        """
        documents = documents_of(records)
        knowledge = cls(None, index=path, embedder=embedder)
        knowledge._put(documents, progress, alone=True)
        return knowledge

    def search(
        self,
        query: str,
        k: int = 5,
        where: Metadata | None = None,
        *,
        ranking: Ranking = HYBRID,
        floor: float | None = None,
        expand: int = 0,
    ) -> list[Passage]:
        """The best `k` passages, best first; none where nothing relevant is there.

        where: metadata that a passage's document must have, all of it; of several values of one key (`("a", "b")`) one
        is enough. `{"path": "docs/**"}` is a pattern, `{"tag": …}` one of its tags. What no document has gives nothing.
        ranking: by meaning, by words, or by both. floor: what the most relevant passage must reach (`relevance`); None
        for that of the index, 0 to see the best however far they are. expand: tokens, of three bytes each, that a
        passage may grow to by the section around it; it stays an exact slice. Raises UsageError for arguments that are
        no text, number above 0, mapping or Ranking.
        """
        _refuse_misuse(query, k, where, ranking)
        self._index_first()
        if not query.strip():
            return []
        found = self._searcher.search(query, max(k, JUDGED), where, ranking=ranking, expand=expand)
        relevant = best_relevance(found[:JUDGED]) >= (self.floor if floor is None else floor)
        return found[:k] if relevant else []

    @property
    def floor(self) -> float:
        """The relevance below which nothing is found: as calibrated, else the embedder's usual one, else 0."""
        calibrated = self._store.setting(FLOOR)
        return float(calibrated) if calibrated else usual_floor(self._embedder.name)

    @floor.setter
    def floor(self, floor: float) -> None:
        self._store.set_setting(FLOOR, repr(floor))

    def filters(self) -> list[str]:
        """The keys that `where` can name: `path`, `tag` and metadata, as far as some document has them."""
        self._index_first()
        return self._store.label_keys()

    def candidates(self, query: str, size: int = POOL) -> Candidates:
        """What `search` puts in order: the best `size` of the dense and of the lexical side."""
        self._index_first()
        return self._searcher.candidates(query, size)

    def passages(self, ids: Sequence[int]) -> list[Passage]:
        """The passages of candidates, in this order; those that are gone are left out."""
        found = self._store.passages(ids)
        return [found[key] for key in ids if key in found]

    def calibrate(self, write: Write | None = None, progress: Progress | None = None) -> Calibration:
        """Sets the floor by questions made of the documents, and says which errors it makes; see `calibrate`.

        write: writes better questions, such as a language model. Raises KnowledgeError where there is too little text.
        """
        from chatbot.retrieval.calibrate import calibrated

        self._index_first()
        found = calibrated(
            self._searcher.sample(QUESTIONS), self._searcher.candidates, self.passages, write=write, progress=progress
        )
        self.floor = found.floor
        return found

    def refresh(self, progress: Progress | None = None) -> Changes:
        """Brings the index up to date with the files: reads and embeds only what changed, removes what is gone.

        Waits while another program is doing so. Records are what they were.
        """
        if self.path is None:
            return Changes(unchanged=self._store.count()[0])
        changes = refresh(self.path, self._store, self._embedder, progress)
        self._indexed = True
        self._settle()
        return changes

    def add(self, records: Iterable[Mapping[str, object]], progress: Progress | None = None) -> None:
        """Adds records, or replaces those with the same id. Raises KnowledgeError before anything is changed."""
        self._put(documents_of(records), progress)

    def remove(self, sources: Sequence[str]) -> None:
        """Removes records by id; those that are not there are passed over.

        A file that still exists comes back with the next `refresh`.
        """
        self._index_first()
        self._store.remove([sources] if isinstance(sources, str) else sources)
        self._settle()

    def stats(self) -> Stats:
        """How much there is, who embedded it, and how it is searched."""
        self._index_first()
        return Stats(*self._store.count(), self._embedder.name, self._vectors.structure())

    def fingerprint(self) -> str:
        """Stands for the documents as they are indexed, and for who embedded them: changes with any of them."""
        self._index_first()
        held = [(stored.source, stored.hash) for stored in self._store.documents()]
        return hashlib.sha256(repr((self._embedder.name, held)).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def overview(self, limit: int = 40) -> Overview:
        """The collection in brief: counts, and the passage that opens each document."""
        self._index_first()
        with self._store.snapshot():
            return Overview(*self._store.count(), tuple(self.passages(self._store.openings(limit))))

    def document(self, source: str | None) -> str:
        """The text that offsets refer to. Raises KnowledgeError for a path or id that is not there."""
        self._index_first()
        text = self._store.text(without_surrogates(source or ""))
        if text is None:
            known = [stored.source for stored in self._store.documents()]
            raise KnowledgeError(f"there is no document {source!r}", hint=nearest(source or "", known))
        return text

    def is_stale(self, passage: Passage) -> bool:
        """Whether the passage's document has changed, or is gone, since the passage was found.

        A file is read only where its stamp is not that of the index.
        """
        stored = self._store.find(without_surrogates(passage.source))
        if passage.path is None:
            return stored is None or stored.hash != passage.document_hash
        places = [Path(passage.path)]  # of a file that went along with a question
        if self.path is not None:
            places.insert(0, self.path / passage.path if self.path.is_dir() else self.path)
        return not any(_holds(place, passage, stored) for place in places)

    def write_report(self, path: str | Path, skipped: Sequence[tuple[str, str]] = ()) -> None:
        """Writes a page of HTML about what is indexed: types, sizes, lengths, a map, the slowest files.

        skipped: what is not indexed and why, as in `Changes`. The page asks nothing of the network. Raises
        KnowledgeError where the file cannot be written.
        """
        from chatbot.retrieval.report.figures import figures_of
        from chatbot.retrieval.report.page import write_page

        self._index_first()
        place = self.path.name or str(self.path) if self.path else "records"
        write_page(figures_of(self._store, self._embedder, place=place, skipped=skipped), Path(path))

    def as_retriever(self, k: int = 5, where: Metadata | None = None) -> BaseRetriever:
        """This knowledge as a LangChain retriever of `k` passages. Raises UsageError where that is not installed."""
        with brought_by("langchain", "LangChain's retrievers"):
            from chatbot.retrieval.retriever import retriever

        return retriever(self, k, where)

    def compact(self) -> None:
        """Rewrites the index's files so that nothing of what was removed from it is in them; takes seconds.

        What is removed is never found again, with or without this. Raises KnowledgeError where the disk is full.
        """
        self._store.compact()

    def close(self) -> None:
        """Closes the index."""
        self._store.close()

    def _settle(self) -> None:
        """Makes the files that searches read, after much has changed."""
        self._vectors.settle()
        self._searcher.settle()

    def _index_first(self) -> None:
        """Indexes the documents where that was never done to the end."""
        with self._first:
            if not self._indexed and self._store.setting(COMPLETE) is None:
                self.refresh()
            self._indexed = True

    def _put(self, documents: Sequence[Document], progress: Progress | None, *, alone: bool = False) -> None:
        self._index_first()
        with self._store.indexing():
            known = {stored.source for stored in self._store.documents()}
            changed = changed_records(documents, self._store)
            put_all(changed, sum(each.origin.size for each in changed), self._store, self._embedder, progress)
            if alone:
                self._store.remove(sorted(known - {document.source for document in documents}))
        self._settle()


def _refuse_misuse(query: object, k: object, where: object, ranking: object) -> None:
    """Raises UsageError for arguments of a search that are of another type than they should be."""
    if not isinstance(query, str):
        raise UsageError(f"a {type(query).__name__} cannot be searched for", hint="write the question as a text")
    if not isinstance(k, Integral) or k < 1:
        raise UsageError(f"{k!r:.40} passages cannot be searched for", hint="ask for at least one, by a whole number")
    if where is not None and not isinstance(where, Mapping):
        raise UsageError(f"where is a {type(where).__name__}", hint='write a mapping: where={"tag": "draft"}')
    if not isinstance(ranking, Ranking):
        raise UsageError(f"ranking is a {type(ranking).__name__}", hint="make one of chatbot.retrieval.search.Ranking")


def open_knowledge(workspace: Workspace, path: Path, *, rebuild: bool = False) -> Knowledge:
    """The documents at `path`, with the index that this workspace keeps of them; `rebuild` forgets that first."""
    index, settings = workspace.index_of(path), workspace.settings
    return Knowledge(path, index=index, embedder=settings.embedder, reranker=settings.reranker, rebuild=rebuild)


def passage_of_file(path: Path) -> Passage:
    """A whole file as one passage, to go along with a question. Raises KnowledgeError with the reason."""
    try:
        document = read(path, path.name)
    except KnowledgeError as error:
        raise KnowledgeError(f"{path}: {error}", hint="name a file of a format that is read") from error
    except OSError as error:
        raise KnowledgeError(f"{path} cannot be read: {error.strerror}", hint="check the path") from error
    return Passage(
        document.text,
        0,
        len(document.text),
        1 if document.has_lines else 0,
        path=str(path),
        title=document.title,
        document_hash=document.hash,
        anchors=document.anchors,
    )


def _holds(file: Path, passage: Passage, stored: Stored | None) -> bool:
    """Whether a file is still the document that the passage was found in."""
    try:
        if stored and stored.stamp and stored.stamp == stamp(file):
            return stored.hash == passage.document_hash
        return read(file, passage.source).hash == passage.document_hash
    except (KnowledgeError, OSError):
        return False
