"""Files that could not be read, remembered with the reason, so that none is tried again before it changes.

In: the store, and what failed in a run. A file is known by its stamp, and where that does not tell, by its content,
wherever it lies now. What is seen without opening a file, such as its size or a missing package, is not remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chatbot.retrieval.load import content_key
from chatbot.retrieval.store import Store
from chatbot.retrieval.survey import Suspect

CONVERTERS = "2"
"""To be counted up when converters learn to read more: files are then read again, also those that failed before."""

_MADE_BY = "failures_of"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a file could not be read."""

    stamp: str
    """See `load.stamp`."""
    content: bytes
    """See `load.content_key`."""
    reason: str


class Failures:
    """Those that the index remembers, and those of this run."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._old = _read(store) if store.setting(_MADE_BY) == CONVERTERS else {}
        self._of_content = {failure.content: failure for failure in self._old.values()}
        self._new: dict[str, Failure] = {}

    @property
    def converters_have_learned(self) -> bool:
        """Whether what is in the index was read by converters of an earlier version."""
        return self._store.setting(_MADE_BY) not in (None, CONVERTERS)

    def of(self, file: Suspect) -> str:
        """Why this file failed when it was what it is now; "" where it did not. Raises OSError."""
        old = self._old.get(file.source)
        if old is None or not file.stamp or old.stamp != file.stamp:
            old = self._of_content.get(content_key(file.path)) if self._of_content else None
        if old is None:
            return ""
        self._new[file.source] = replace(old, stamp=file.stamp)
        return old.reason

    def add(self, file: Suspect, reason: str) -> None:
        """Notes that a file could not be read. Raises OSError."""
        self._new[file.source] = Failure(file.stamp, content_key(file.path), reason)

    def keep(self) -> None:
        """Remembers those of this run, and no others: the rest are gone, or are read now."""
        if self._new == self._old and self._store.setting(_MADE_BY) == CONVERTERS:
            return
        _write(self._store, self._new)
        self._store.set_setting(_MADE_BY, CONVERTERS)


def _read(store: Store) -> dict[str, Failure]:
    with store.transaction() as connection:
        rows = connection.execute("SELECT source, stamp, content, reason FROM failures").fetchall()
    return {source: Failure(stamp, bytes(content), reason) for source, stamp, content, reason in rows}


def _write(store: Store, failures: Mapping[str, Failure]) -> None:
    rows = [(source, each.stamp, each.content, each.reason) for source, each in failures.items()]
    with store.transaction() as connection:
        connection.execute("DELETE FROM failures")
        connection.executemany("INSERT INTO failures VALUES (?, ?, ?, ?)", rows)
