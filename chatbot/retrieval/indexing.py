"""Bringing an index up to date: what changed is read and indexed, what is gone is removed.

In: a folder, or records. Out: the store holds them, and `Changes` says what that took. An interrupted run leaves a
valid index of what it came to, and the next goes on behind that. It knows neither formats nor vectors: see `load` and
`building`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.errors import KnowledgeError
from chatbot.retrieval.building import Incoming, Progress, put_all
from chatbot.retrieval.embed import Embedder
from chatbot.retrieval.load import Document, files, read, stamp
from chatbot.retrieval.store import Store

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

        def changed() -> Iterator[Incoming]:
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
                yield Incoming(document, file.stamp, file.size)

        put_all(changed(), sum(file.size for file in survey.suspects), store, embedder, progress)
        removed = sorted(known.keys() - survey.present)
        store.remove(removed)  # last, so that what only moved finds its vectors
        if store.setting(COMPLETE) is None:
            store.set_setting(COMPLETE, "yes")
    unchanged = len(survey.present & known.keys()) - len(updated)
    return Changes(tuple(added), tuple(updated), tuple(removed), unchanged, tuple(sorted(survey.skipped)))


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


def changed_records(documents: Sequence[Document], store: Store) -> list[Incoming]:
    """Those that the index does not hold as they are. Raises KnowledgeError for an id that is a file's path."""
    known = {stored.source: stored for stored in store.documents()}
    for document in documents:
        if document.source in known and known[document.source].is_file:
            raise KnowledgeError(f"the id {document.source!r} is the path of a file", hint="give the record another")
    return [
        Incoming(document, "", len(document.text))
        for document in documents
        if document.source not in known or known[document.source].hash != document.hash
    ]
