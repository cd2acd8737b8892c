"""Changes of an index that a crash may fall into, each with what was there before and what must be there after.

A change is done on files in a folder and says so the moment it counts: what was said must outlast any crash.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path

from words import Words

from chatbot.retrieval import Knowledge
from chatbot.retrieval.repair import repair_index

Told = Callable[[str], None]
Records = Mapping[str, str]

SUBJECTS = "harbour lighthouse tide anchor sail rudder compass mast galley keel chart storm".split()


def text(name: str, version: int = 1) -> str:
    """A text that is nobody else's, in a few passages."""
    first = sum(name.encode()) + version
    words = [SUBJECTS[(first + step * step) % len(SUBJECTS)] for step in range(40)]
    body = "".join(f"\n\n## Part {part}\n\n{' '.join(words[part * 10 : part * 10 + 10])}." for part in range(3))
    return f"# {name} in version {version}{body}\n"


BEFORE: Records = {name: text(name) for name in ("a", "b", "c", "d")}

AFTER: Mapping[str, Records] = {
    "create": {"a": BEFORE["a"]},
    "add": {**BEFORE, "e": text("e"), "f": text("f")},
    "update": {**BEFORE, "b": text("b", 2), "c": text("c", 2)},
    "delete": {name: BEFORE[name] for name in ("a", "d")},
    "search": BEFORE,
    "compact": BEFORE,
    "repair": BEFORE,
}
"""Documents of the index after each change."""

PAGE = 4096


def index_of(folder: Path) -> Path:
    """Where the index is."""
    return folder / "index.db"


def opened(folder: Path) -> Knowledge:
    """The index in a folder."""
    return Knowledge(None, index=index_of(folder), embedder=Words())


def records(documents: Records) -> list[dict[str, object]]:
    """As `Knowledge.add` takes them."""
    return [{"id": name, "text": each} for name, each in documents.items()]


def prepare(folder: Path) -> None:
    """What there is before any of the changes."""
    knowledge = opened(folder)
    knowledge.add(records({**BEFORE, "gone": text("gone")}))
    knowledge.search("harbour and keel")
    knowledge.remove(["gone"])
    knowledge.close()
    knowledge = opened(folder / "damaged")
    knowledge.add(records(BEFORE))
    knowledge.close()
    _damage(index_of(folder / "damaged"))


def _damage(index: Path) -> None:
    """Empties a page that no document lies on."""
    with closing(sqlite3.connect(index)) as connection:
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'chunks_content'")
    with index.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(bytes(PAGE))


def _create(folder: Path, told: Told) -> None:
    _put(folder / "new", AFTER["create"], told, "create")


def _add(folder: Path, told: Told) -> None:
    _put(folder, {name: AFTER["add"][name] for name in ("e", "f")}, told, "add")


def _update(folder: Path, told: Told) -> None:
    _put(folder, {name: AFTER["update"][name] for name in ("b", "c")}, told, "update")


def _put(folder: Path, documents: Records, told: Told, name: str) -> None:
    knowledge = opened(folder)
    knowledge.add(records(documents))
    told(name)
    knowledge.close()


def _delete(folder: Path, told: Told) -> None:
    knowledge = opened(folder)
    knowledge.remove(["b", "c"])
    told("delete")
    knowledge.close()


def _search(folder: Path, told: Told) -> None:
    """The first search after the derived files were removed writes them anew."""
    knowledge = opened(folder)
    knowledge.compact()
    knowledge.search("harbour and keel")
    told("search")
    knowledge.close()


def _compact(folder: Path, told: Told) -> None:
    knowledge = opened(folder)
    knowledge.compact()
    told("compact")
    knowledge.close()


def _repair(folder: Path, told: Told) -> None:
    repair_index(index_of(folder / "damaged"), Words())
    told("repair")


def write_documents(folder: Path, count: int) -> Records:
    """Files to index, by source."""
    documents = {f"{number}.md": text(f"document {number}") for number in range(count)}
    (folder / "documents").mkdir()
    for name, each in documents.items():
        (folder / "documents" / name).write_text(each, encoding="utf-8")
    return documents


def _build(folder: Path, told: Told) -> None:
    knowledge = Knowledge(folder / "documents", index=folder / "built.db", embedder=Words())
    knowledge.refresh()
    told("build")
    knowledge.close()


CHANGES: Mapping[str, Callable[[Path, Told], None]] = {
    "create": _create,
    "add": _add,
    "update": _update,
    "delete": _delete,
    "search": _search,
    "compact": _compact,
    "repair": _repair,
}


def _written_in_place(folder: Path, told: Told) -> None:
    """As LangChain's `FAISS.save_local` and LlamaIndex do."""
    (folder / "file").write_bytes(b"new" * 5000)
    told("file")


def _renamed_without_sync(folder: Path, told: Told) -> None:
    (folder / "aside").write_bytes(b"new" * 5000)
    (folder / "aside").replace(folder / "file")
    told("file")


def _folder_not_synced(folder: Path, told: Told) -> None:
    with (folder / "aside").open("wb") as file:
        file.write(b"new" * 5000)
        file.flush()
        os.fsync(file.fileno())
    (folder / "aside").replace(folder / "file")
    told("file")


def _faults_passed_over(folder: Path, told: Told) -> None:
    with suppress(OSError):
        (folder / "aside").write_bytes(b"new" * 5000)
    told("file")


BUILDING: Mapping[str, Callable[[Path, Told], None]] = {"build": _build}
"""Takes long enough to be killed at random."""

CARELESS: Mapping[str, Callable[[Path, Told], None]] = {
    "written in place": _written_in_place,
    "renamed without sync": _renamed_without_sync,
    "folder not synced": _folder_not_synced,
    "faults passed over": _faults_passed_over,
}
"""Ways of writing a file that lose it: what finds nothing wrong with these finds nothing."""
