"""Documents to rows of the index: split, embedded and committed, all three at the same time.

In: documents, read one after the other. A thread reads and splits ahead, this one embeds what is ready, and a third
commits what was embedded before, document by document in their order. So an interrupted run loses at most what was
being embedded, and the next goes on behind it. In memory are at most three times `BATCH` chunks, or as many documents
where each has more. A chunk whose text has been embedded before, in this document or another, is not embedded again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from chatbot.retrieval.ahead import running_ahead
from chatbot.retrieval.embed import Embedder
from chatbot.retrieval.load import Document
from chatbot.retrieval.split import Chunk, split
from chatbot.retrieval.store import Origin, Store, Vectors, content_of

BATCH = 256
"""Chunks embedded at a time: two seconds of work, after which they are safe."""

Progress = Callable[[int, int], None]
"""Called with how much is indexed and how much there is, in bytes of files or characters of records."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A document to index."""

    document: Document
    origin: Origin
    """Its size is its share of the progress."""


@dataclass(frozen=True, slots=True)
class _Split:
    """A document with its chunks and the text that is embedded of each."""

    document: Document
    origin: Origin
    chunks: Sequence[Chunk]
    searched: Sequence[str]
    contents: Sequence[bytes]


def put_all(
    documents: Iterable[Incoming], total: int, store: Store, embedder: Embedder, progress: Progress | None = None
) -> None:
    """Indexes documents, whose sizes add up to `total` or less. The iterable is run in another thread."""
    batches = _Batches(store, embedder, progress, total)
    with running_ahead(_split(documents, embedder), weigh=lambda each: len(each.chunks), most=BATCH) as ready:
        batches.put(ready)


def _split(documents: Iterable[Incoming], embedder: Embedder) -> Iterator[_Split]:
    for each in documents:
        started = time.perf_counter()
        text, title = each.document.text, each.document.title
        places = each.document.anchors if each.document.language else None
        chunks = split(text, title=title, window=embedder.max_tokens, token_starts=embedder.token_starts, places=places)
        searched = [chunk.searched(text) for chunk in chunks]
        contents = [content_of(one) for one in searched]
        seconds = each.origin.seconds + time.perf_counter() - started
        yield _Split(each.document, replace(each.origin, seconds=seconds), chunks, searched, contents)


class _Batches:
    """Embeds one batch while the one before is committed."""

    def __init__(self, store: Store, embedder: Embedder, progress: Progress | None, total: int) -> None:
        self._store, self._embedder, self._progress, self._total = store, embedder, progress, total
        self._done = self._size = 0
        self._recent: dict[bytes, Vectors] = {}
        """Of the batch before, which may not be in the store yet."""

    def put(self, batches: Iterable[Sequence[_Split]]) -> None:
        committed: Future[None] | None = None
        with ThreadPoolExecutor(1, thread_name_prefix="commit") as writer:
            for batch in batches:
                self._size = sum(each.origin.size for each in batch)
                vectors = self._vectors({key: text for each in batch for key, text in _texts(each)})
                self._done += self._size
                if committed:
                    committed.result()
                committed = writer.submit(self._commit, batch, vectors)
                self._recent = vectors
            if committed:
                committed.result()
                if self._progress:
                    self._progress(self._total, self._total)

    def _commit(self, batch: Sequence[_Split], vectors: dict[bytes, Vectors]) -> None:
        for each in batch:
            rows = [vectors[content] for content in each.contents]
            self._store.put(each.document, each.chunks, rows, each.origin)

    def _vectors(self, texts: dict[bytes, str]) -> dict[bytes, Vectors]:
        """The vector of each text.

        Those of similar length are side by side, which spares embedders padding, and the shortest come last, so that
        threads end at about the same time.
        """
        vectors = {content: self._recent[content] for content in texts if content in self._recent}
        vectors |= self._store.known_vectors([content for content in texts if content not in vectors])
        unknown = (content for content in texts if content not in vectors)
        new = sorted(unknown, key=lambda each: len(texts[each]), reverse=True)
        if new:
            self._tell(0, 1)
            rows = self._embedder.embed([texts[content] for content in new], self._tell)
            vectors.update(zip(new, rows, strict=True))
        return vectors

    def _tell(self, done: int, of: int) -> None:
        if self._progress:
            self._progress(self._done + self._size * done // of, self._total)


def _texts(each: _Split) -> Iterator[tuple[bytes, str]]:
    return zip(each.contents, each.searched, strict=True)
