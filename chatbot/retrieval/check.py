"""Whether an index is what was put into it: the database, every document's rows, and the files derived from them.

In: the index file. Out: `Checked`, with a line for each fault and which document it is about. The database is read
from the first page to the last, every document is compared with its seal, and every derived file with its checksum;
then passages are looked for by their own vectors, which must find them. It changes nothing: see `repair`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from chatbot.database import is_damage
from chatbot.errors import KnowledgeError
from chatbot.retrieval.embed import Embedder
from chatbot.retrieval.index import VectorIndex
from chatbot.retrieval.lexical import LexicalIndex
from chatbot.retrieval.lexical_terms import content_words
from chatbot.retrieval.store import Store

SAMPLE = 50
"""Passages that are searched for: a fault of the search that hits one in ten is missed once in two hundred times."""

WIDE = 1_000
"""Passages asked for by words: so many may have more of them than the one they were taken from."""

Part = Literal["database", "embedder", "document", "file", "search"]

Progress = Callable[[int, int], None]
"""Called with the documents that are checked and those that there are."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in an index that is not as it was written."""

    part: Part
    what: str
    """One line: what it is about, and what is wrong."""
    document: int | None = None
    """Number of the document whose rows are wrong."""
    kind: str = ""
    """Of the derived file that is wrong."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check saw."""

    documents: int = 0
    chunks: int = 0
    unsealed: int = 0
    """Documents that were indexed before there were seals: of them less can be told."""
    files: int = 0
    """Derived files."""
    faults: tuple[Fault, ...] = ()


def check_index(path: Path, embedder: Embedder, progress: Progress | None = None) -> Checked:
    """Checks the index in the file `path`. Raises KnowledgeError where there is none, or it cannot be opened.

    That the file is damaged, or was made by another embedder, is a fault like any other. EmbedderMismatch is raised.
    """
    if not path.exists():
        raise KnowledgeError(f"there is no index at {path}", hint="run: chatbot index")
    try:
        store = Store(path, embedder.name)
    except KnowledgeError as error:
        if is_damage(error):
            return Checked(faults=(Fault("database", _line(error)),))
        raise
    try:
        return _checked(store, progress)
    finally:
        store.close()


def _checked(store: Store, progress: Progress | None) -> Checked:
    try:
        store.check()
        documents, chunks = store.count()
        sealed = dict(_seals(store, progress))
        faults = [fault for fault in sealed.values() if isinstance(fault, Fault)]
        faults += [
            Fault("file", wrong, kind=kind) for kind in store.files.kinds() if (wrong := store.files.fault(kind))
        ]
        faults += [] if faults else _search_faults(store)
    except KnowledgeError as error:
        return Checked(faults=(Fault("database", _line(error)),))
    unsealed = sum(state is None for state in sealed.values())
    return Checked(documents, chunks, unsealed, len(store.files.kinds()), tuple(faults))


def _seals(store: Store, progress: Progress | None) -> Iterator[tuple[int, Fault | bool | None]]:
    """For each document whether it is sealed and sound, or what is wrong with it."""
    numbers = store.seals.numbers()
    for done, number in enumerate(numbers, 1):
        try:
            state = store.seals.holds(number)
            wrong = f"{store.seals.source(number)}: what is stored is not what was indexed"
            yield number, Fault("document", wrong, number) if state is False else state
        except KnowledgeError as error:
            if is_damage(error):
                raise
            yield number, Fault("document", f"document {number} cannot be read: {_line(error)}", number)
        if progress:
            progress(done, len(numbers))


def _search_faults(store: Store) -> list[Fault]:
    """Of sampled passages, those that their own vector, or their own words, do not find."""
    index, lexical = VectorIndex(store), LexicalIndex(store)
    with store.snapshot():
        ids = store.chunk_ids()
        sample = np.sort(np.random.default_rng(0).permutation(ids)[:SAMPLE])
        if not len(sample):
            return []
        vectors = store.vectors(sample)
        unseen = 0
        for key, passage in store.passages(sample.tolist()).items():
            found = dict(lexical.search(words, WIDE)) if (words := content_words(passage.text)) else {key: 0.0}
            unseen += key not in found and len(found) < WIDE
        lost = 0
        for key, vector in zip(sample.tolist(), vectors, strict=True):
            found = dict(index.search(vector, 10))
            own = float(vector @ vector)
            lost += key not in found and min(found.values(), default=0.0) < own - 1e-4
    faults = {"vectors": lost, "words": unseen}
    return [
        Fault("search", f"{count} of {len(sample)} passages are not found by their own {what}")
        for what, count in faults.items()
        if count
    ]


def _line(error: KnowledgeError) -> str:
    """The beginning of a message that may quote what it could not read."""
    return " ".join(error.message.split())[:200]
