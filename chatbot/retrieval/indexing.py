"""Bringing an index up to date: what changed is read and indexed, what is gone is removed.

In: a folder, or records. Out: the store holds them, and `Changes` says what that took. An interrupted run leaves a
valid index of what it came to, and the next goes on behind that. It knows neither formats nor vectors: see `load` and
`building`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatbot.errors import KnowledgeError
from chatbot.retrieval.building import Incoming, Progress, put_all
from chatbot.retrieval.embed import Embedder
from chatbot.retrieval.failures import Failures
from chatbot.retrieval.formats.converted import PAGES_WITHOUT_TEXT
from chatbot.retrieval.load import Document, read
from chatbot.retrieval.store import Origin, Store
from chatbot.retrieval.survey import Survey, Suspect, survey

COMPLETE = "complete"
"""The setting that says that all documents of the folder were indexed once."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a refresh did."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    skipped: tuple[tuple[str, str], ...] = ()
    """Files that were not read, each with the reason."""
    partly: tuple[tuple[str, str], ...] = ()
    """Files in the index of which something could not be read, each with what is missing."""


def refresh(root: Path, store: Store, embedder: Embedder, progress: Progress | None = None) -> Changes:
    """Makes the index hold the files below `root` as they are now; waits while another program does so.

    Files whose stamp is that of the index are not read, but for those that earlier converters have read.
    """
    with store.indexing():
        known = {stored.source: stored for stored in store.documents() if stored.is_file}
        failures = Failures(store)
        again = failures.converters_have_learned
        found = survey(root, {source: "" if again else stored.stamp for source, stored in known.items()})
        added: list[str] = []
        updated: list[str] = []
        touched: dict[str, str] = {}
        """Stamps of files that are what they were."""

        def changed() -> Iterator[Incoming]:
            for file in found.suspects:
                started = time.perf_counter()
                document = _read(file, found, failures)
                if document is None:
                    continue
                old = known.get(file.source)
                if old and old.hash == document.hash:
                    if old.stamp != file.stamp:
                        touched[file.source] = file.stamp
                    continue
                (updated if old else added).append(file.source)
                yield Incoming(document, Origin(file.stamp, file.size, time.perf_counter() - started))

        put_all(changed(), sum(file.size for file in found.suspects), store, embedder, progress)
        store.set_stamps(touched)
        failures.keep()
        removed = sorted(known.keys() - found.present)
        store.remove(removed)  # last, so that what only moved finds its vectors
        if store.setting(COMPLETE) is None:
            store.set_setting(COMPLETE, "yes")
    unchanged = len(found.present & known.keys()) - len(updated)
    skipped, partly = tuple(sorted(found.skipped)), tuple(_partly(store))
    return Changes(tuple(added), tuple(updated), tuple(removed), unchanged, skipped, partly)


def _partly(store: Store) -> Iterator[tuple[str, str]]:
    for source, pages in store.labelled(PAGES_WITHOUT_TEXT):
        yield source, f"no text on {'pages' if re.search('[,-]', pages) else 'page'} {pages}"


def _read(file: Suspect, found: Survey, failures: Failures) -> Document | None:
    """The document, noted as present; None, with the reason noted, where there is none to index."""
    try:
        if reason := failures.of(file):
            found.skipped.append((file.source, reason))
            return None
        document = _converted(file, failures)
    except KnowledgeError as error:
        found.skipped.append((file.source, str(error)))
        return None
    except OSError as error:
        found.skipped.append((file.source, f"cannot be read: {error.strerror}"))
        found.present.add(file.source)
        return None
    found.present.add(file.source)
    return document


def _converted(file: Suspect, failures: Failures) -> Document:
    try:
        return read(file.path, file.source)
    except KnowledgeError as error:
        failures.add(file, str(error))
        raise


def changed_records(documents: Sequence[Document], store: Store) -> list[Incoming]:
    """Those that the index does not hold as they are. Raises KnowledgeError for an id that is a file's path."""
    known = {stored.source: stored for stored in store.documents()}
    for document in documents:
        if document.source in known and known[document.source].is_file:
            raise KnowledgeError(f"the id {document.source!r} is the path of a file", hint="give the record another")
    return [
        Incoming(document, Origin(size=len(document.text)))
        for document in documents
        if document.source not in known or known[document.source].hash != document.hash
    ]
