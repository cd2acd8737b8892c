"""The databases of a workspace, and what else lies beside them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chatbot.errors import ChatbotError, JournalError, KnowledgeError, ProjectError
from chatbot.journal.schema import MIGRATIONS as JOURNAL
from chatbot.memory import MEMORY_FILE
from chatbot.memory import MIGRATIONS as MEMORY
from chatbot.retrieval.schema import MIGRATIONS as INDEX
from chatbot.workspace import Workspace

Kind = Literal["journal", "memory", "index"]

VERSIONS: dict[Kind, int] = {"journal": len(JOURNAL), "memory": len(MEMORY), "index": len(INDEX)}
"""Of the schemas that this program knows."""

ERRORS: dict[Kind, type[ChatbotError]] = {"journal": JournalError, "memory": ProjectError, "index": KnowledgeError}
"""What is raised about each."""

_BESIDE = (
    r"(-wal|-shm|-journal|-lock|-running|-indexing|-[a-z]+|-repair|\.[a-z]+-[0-9a-f]+(\.tmp)?|\.[a-z-]+-\d+(-wal)?)?"
)
"""What lies beside a database: its log and locks, files derived from it, and copies that were kept of it."""


@dataclass(frozen=True, slots=True)
class Store:
    """A database of a workspace."""

    kind: Kind
    path: Path


def stores_of(workspace: Workspace) -> list[Store]:
    """The databases that there are, the journal first."""
    found = [Store("journal", workspace.journal), Store("memory", workspace.state / MEMORY_FILE)]
    known = {store.path for store in found}
    found += [Store("index", path) for path in sorted(workspace.state.glob("*.db")) if path not in known]
    return [store for store in found if store.path.is_file()]


def version_of(path: Path) -> int:
    """The version of a database's schema. Raises sqlite3.Error."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def unknown_files(workspace: Workspace, others: Collection[str]) -> Iterator[Path]:
    """What lies in the folder of the state and is none of ours. others: what else the program writes there."""
    if not workspace.state.is_dir():
        return
    databases = "|".join(re.escape(store.path.name) for store in stores_of(workspace)) or "-"
    ours = re.compile(rf"\.?({databases}){_BESIDE}")
    for path in sorted(workspace.state.iterdir()):
        if path.name not in others and not ours.fullmatch(path.name):
            yield path
