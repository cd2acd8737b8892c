"""Whether a workspace's stores are what was written to them, and mending those that are not.

What can be read of a damaged store is kept; the damaged file stays beside it under a name that says so, and what could
not be read is told line by line. Files that are none of ours are named and left alone.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from chatbot.database import is_damage, open_database
from chatbot.errors import ChatbotError, EmbedderMismatch
from chatbot.journal import Journal
from chatbot.journal.salvage import salvage_journal
from chatbot.memory import MIGRATIONS as MEMORY
from chatbot.retrieval.check import check_index
from chatbot.retrieval.embed import Embedder
from chatbot.retrieval.repair import repair_index
from chatbot.salvage import Salvaged, salvage
from chatbot.upkeep.restore import RESTORING
from chatbot.upkeep.stores import ERRORS, VERSIONS, Store, stores_of, unknown_files, version_of
from chatbot.workspace import Workspace

_NAMED = 5
"""Faults of one store that are told one by one."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a store is."""

    name: str
    sound: bool
    seen: str
    """One line."""


def look(workspace: Workspace, embedder: Callable[[], Embedder], others: Collection[str]) -> Iterator[Health]:
    """How each store is, read from end to end, and what else lies beside them. It changes nothing.

    embedder: that of the workspace's indexes, asked for where there are any. others: see `unknown_files`.
    """
    for store in stores_of(workspace):
        name = store.path.name
        try:
            yield Health(name, *_state_of(store, embedder))
        except EmbedderMismatch as error:
            yield Health(name, True, f"not looked at: {error.message}")
        except ChatbotError as error:
            yield Health(name, False, str(error))
    for path in unknown_files(workspace, {*others, RESTORING}):
        yield Health(path.name, True, "none of this program's files, and left alone")


def _state_of(store: Store, embedder: Callable[[], Embedder]) -> tuple[bool, str]:
    if store.kind == "index":
        checked = check_index(store.path, embedder())
        if not checked.faults:
            return True, f"sound: {checked.documents} documents, {checked.chunks} passages, {checked.files} files"
        told = "; ".join(fault.what for fault in checked.faults[:_NAMED])
        return False, f"{len(checked.faults)} faults: {told} (run: chatbot doctor --repair)"
    with closing(open_database(store.path, None, error=ERRORS[store.kind])) as database:
        if version_of(store.path) > VERSIONS[store.kind]:
            return False, "it was written by a newer version of this program: update the program"
        return True, database.check()


def mend(workspace: Workspace, embedder: Callable[[], Embedder]) -> Iterator[str]:
    """Mends what is damaged and clears away what programs left that died; says in a line each what was done.

    Raises what a store raises that cannot be written.
    """
    for store in stores_of(workspace):
        match store.kind:
            case "journal":
                yield from _mend_journal(store.path)
            case "memory":
                yield from _salvaged(store, lambda path: salvage(path, MEMORY, lambda _: [], ERRORS["memory"]))
            case "index":
                yield from _mend_index(store.path, embedder)
    if (left := workspace.state / RESTORING).is_dir():
        shutil.rmtree(left, ignore_errors=True)
        yield f"removed {left}, which a restore left that was killed"


def _mend_journal(path: Path) -> Iterator[str]:
    yield from _salvaged(Store("journal", path), salvage_journal)
    with closing(Journal(path)) as journal:
        for session in journal.left_open():
            journal.recover(session)
            yield f"conversation {session}: closed the turn of a program that died"
        if count := journal.sweep():
            yield f"removed the files of {count} programs that died"


def _salvaged(store: Store, salvage_store: Callable[[Path], Salvaged]) -> Iterator[str]:
    if not _is_damaged(store):
        return
    done = salvage_store(store.path)
    yield f"{store.path.name}: saved {done.rows:,} rows; the damaged file was kept as {done.copy}"
    for line in done.lost:
        yield f"{store.path.name}: lost: {line}"
    if not done.lost:
        yield f"{store.path.name}: nothing is lost"


def _is_damaged(store: Store) -> bool:
    try:
        with closing(open_database(store.path, None, error=ERRORS[store.kind])) as database:
            database.check()
    except ChatbotError as error:
        if is_damage(error) or error.__cause__ is None or isinstance(error.__cause__, sqlite3.DatabaseError):
            return True
        raise
    return False


def _mend_index(path: Path, embedder: Callable[[], Embedder]) -> Iterator[str]:
    try:
        if not check_index(path, embedder()).faults:
            return
    except EmbedderMismatch:
        return
    repaired = repair_index(path, embedder())
    for fault in repaired.found.faults:
        yield f"{path.name}: mended: {fault.what}"
    if repaired.copy:
        yield f"{path.name}: the damaged file was kept as {repaired.copy}"
    for name in repaired.lost:
        yield f"{path.name}: lost: the record {name}; add it again"
    if repaired.unreadable:
        yield f"{path.name}: lost: {repaired.unreadable} records, whose names cannot be read either"
    if any(fault.part == "document" for fault in repaired.found.faults) or repaired.copy:
        yield f"{path.name}: run `chatbot index`, which reads again what was taken out"
