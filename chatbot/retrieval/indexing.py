"""Bringing an index up to date: what changed is read, split, embedded and committed, what is gone is removed.

Documents are embedded many at a time, which is quicker, and committed one by one, so that an interrupted run loses at
most one batch and the next goes on behind it. At most one batch of texts and vectors is in memory. A chunk whose text
has been embedded before, in this document or another, is not embedded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.errors import KnowledgeError
from chatbot.retrieval.embed import Embedder
from chatbot.retrieval.load import Document, files, read, stamp
from chatbot.retrieval.split import Chunk, split
from chatbot.retrieval.store import Store, Vectors, content_of

BATCH = 256
"""Chunks embedded at a time: two seconds of work, after which they are safe."""

COMPLETE = "complete"
"""The setting that says that all documents of the folder were indexed once."""

Progress = Callable[[int, int], None]
"""Called with how much is indexed and how much there is, in bytes of files or characters of records."""


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
class _File:
    path: Path
    source: str
    stamp: str
    size: int


@dataclass(slots=True)
class _Survey:
    """What a look at the folder found, without reading a file."""

    suspects: list[_File] = field(default_factory=list)
    """New, or with another stamp than when they were indexed."""
    present: set[str] = field(default_factory=set)
    """Documents to keep: as they are, or since they cannot be read just now."""
    skipped: list[tuple[str, str]] = field(default_factory=list)


def refresh(root: Path, store: Store, embedder: Embedder, progress: Progress | None = None) -> Changes:
    """Makes the index hold the files below `root` as they are now; waits while another program does so."""
    with store.indexing():
        known = {stored.source: stored for stored in store.documents() if stored.is_file}
        survey = _surveyed(root, {source: stored.stamp for source, stored in known.items()})
        added: list[str] = []
        updated: list[str] = []

        def changed() -> Iterator[tuple[Document, str, int]]:
            for file in survey.suspects:
                document = _read(file, survey)
                if document is None:
                    continue
                old = known.get(file.source)
                if old and old.hash == document.hash:
                    if old.stamp != file.stamp:
                        store.set_stamp(file.source, file.stamp)
                    continue
                (updated if old else added).append(file.source)
                yield document, file.stamp, file.size

        put_all(changed(), sum(file.size for file in survey.suspects), store, embedder, progress)
        removed = sorted(known.keys() - survey.present)
        store.remove(removed)  # last, so that what only moved finds its vectors
        if store.setting(COMPLETE) is None:
            store.set_setting(COMPLETE, "yes")
    unchanged = len(survey.present & known.keys()) - len(updated)
    return Changes(tuple(added), tuple(updated), tuple(removed), unchanged, tuple(sorted(survey.skipped)))


def put_all(
    documents: Iterable[tuple[Document, str, int]],
    total: int,
    store: Store,
    embedder: Embedder,
    progress: Progress | None = None,
) -> None:
    """Indexes documents, each with its stamp and its size, the sizes adding up to `total` or less."""
    batch = _Batch(store, embedder, progress, total)
    for document, mark, size in documents:
        batch.add(document, mark, size)
    batch.commit()
    if progress and batch.done:
        progress(total, total)


class _Batch:
    """Documents that are embedded together."""

    def __init__(self, store: Store, embedder: Embedder, progress: Progress | None, total: int) -> None:
        self._store, self._embedder, self._progress, self._total = store, embedder, progress, total
        self._waiting: list[tuple[Document, str, list[Chunk]]] = []
        self._chunks = self._size = self.done = 0

    def add(self, document: Document, mark: str, size: int) -> None:
        chunks = split(
            document.text,
            title=document.title,
            window=self._embedder.max_tokens,
            token_starts=self._embedder.token_starts,
        )
        self._waiting.append((document, mark, chunks))
        self._chunks += len(chunks)
        self._size += size
        if self._chunks >= BATCH:
            self.commit()

    def commit(self) -> None:
        texts = [[chunk.searched(document.text) for chunk in chunks] for document, _, chunks in self._waiting]
        vectors = self._vectors({content_of(text): text for each in texts for text in each})
        for (document, mark, chunks), searched in zip(self._waiting, texts, strict=True):
            self._store.put(document, chunks, [vectors[content_of(text)] for text in searched], mark)
        self.done += self._size
        self._waiting.clear()
        self._chunks = self._size = 0

    def _vectors(self, texts: dict[bytes, str]) -> dict[bytes, Vectors]:
        """The vector of each text; those of similar length side by side, which spares embedders padding."""
        vectors = self._store.known_vectors(list(texts))
        new = sorted((content for content in texts if content not in vectors), key=lambda each: len(texts[each]))
        if new:
            self._tell(0, 1)
            rows = self._embedder.embed([texts[content] for content in new], self._tell)
            vectors.update(zip(new, rows, strict=True))
        return vectors

    def _tell(self, done: int, of: int) -> None:
        if self._progress:
            self._progress(self.done + self._size * done // of, self._total)


def _surveyed(root: Path, stamps: dict[str, str]) -> _Survey:
    if not root.exists():
        raise KnowledgeError(f"there are no documents at {root}", hint="name a folder that exists")
    survey = _Survey()
    closed: list[str] = []

    def unread(folder: Path, reason: str) -> None:
        name = folder.relative_to(root).as_posix()
        survey.skipped.append((name, reason))
        closed.append("" if name == "." else f"{name}/")

    for path in files(root, unread):
        source = path.relative_to(root).as_posix() if path != root else path.name
        try:
            source.encode()
            mark, size = stamp(path), path.stat().st_size
        except UnicodeEncodeError:
            survey.skipped.append((source, "its name is not UTF-8"))
        except OSError as error:
            survey.skipped.append((source, f"cannot be read: {error.strerror}"))
            survey.present.add(source)
        else:
            if mark and stamps.get(source) == mark:
                survey.present.add(source)
            else:
                survey.suspects.append(_File(path, source, mark, size))
    survey.present |= {source for source in stamps if source.startswith(tuple(closed))}
    return survey


def _read(file: _File, survey: _Survey) -> Document | None:
    """The document, noted as present; None, with the reason noted, where there is none to index."""
    try:
        document = read(file.path, file.source)
    except KnowledgeError as error:
        survey.skipped.append((file.source, str(error)))
        return None
    except OSError as error:
        survey.skipped.append((file.source, f"cannot be read: {error.strerror}"))
        survey.present.add(file.source)
        return None
    survey.present.add(file.source)
    return document


def changed_records(documents: Sequence[Document], store: Store) -> list[tuple[Document, str, int]]:
    """Those that the index does not hold as they are. Raises KnowledgeError for an id that is a file's path."""
    known = {stored.source: stored for stored in store.documents()}
    for document in documents:
        if document.source in known and known[document.source].is_file:
            raise KnowledgeError(f"the id {document.source!r} is the path of a file", hint="give the record another")
    return [
        (document, "", len(document.text))
        for document in documents
        if document.source not in known or known[document.source].hash != document.hash
    ]
