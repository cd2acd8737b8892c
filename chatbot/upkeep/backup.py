"""A workspace in one file: its conversations, facts and indexes as they are at this moment, its prompts and settings.

The databases are copied while others write to them, each as it stands after some commit, and read through once. The
documents are not in it: they are files of the user's own, and an index is made of them again. The file is a ZIP archive
with a list of what is in it, each with length and SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from chatbot import __version__
from chatbot.database import open_database
from chatbot.database_files import sync_folder
from chatbot.errors import UsageError
from chatbot.upkeep.stores import ERRORS, Store, stores_of, version_of
from chatbot.workspace import Workspace

FORMAT = 1
"""Of the archive; a program refuses those of later ones."""

MANIFEST = "manifest.json"

OWN_INDEX = "state/knowledge-index"
"""The index of the workspace's own documents, whose name depends on where they lie."""

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in a backup."""

    name: str
    """In the archive: `state/…` for databases, `prompts/…`, or that of the settings."""
    kind: str
    """journal, memory, index, or text."""
    schema: int
    """Version of the database's schema; 0 for a text."""
    length: int
    sha256: str


def back_up(workspace: Workspace, target: Path) -> list[Kept]:
    """Writes a backup to `target`, which must not exist yet; what is in it.

    Raises UsageError where `target` cannot be written, and what a database raises that is damaged.
    """
    if target.exists():
        raise UsageError(f"{target} is there already", hint="name a file that does not exist yet")
    folder = target.with_name(f".{target.name}-unfinished")
    try:
        shutil.rmtree(folder, ignore_errors=True)  # of one that was killed: copies of conversations
        folder.mkdir(mode=0o700)
        aside = folder / "archive"
        kept = _write(workspace, aside, folder)
        if target.exists():
            raise UsageError(f"{target} is there already", hint="name a file that does not exist yet")
        aside.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        what = f"{target} cannot be written: {error.strerror}"
        raise UsageError(what, hint="name a file in a folder that you may write to, with enough room") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return kept


def _write(workspace: Workspace, aside: Path, folder: Path) -> list[Kept]:
    kept = []
    with zipfile.ZipFile(aside, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, store in enumerate(stores_of(workspace)):
            copy = folder / f"{number}.db"
            _copy(store, copy)
            own = store.path == workspace.index_of(workspace.knowledge)
            name = OWN_INDEX if own else f"state/{store.path.name}"
            kept.append(_described(copy, name, store.kind, version_of(copy)))
            archive.write(copy, name)
            copy.unlink()
        for path in _texts(workspace):
            name = path.relative_to(workspace.root).as_posix()
            kept.append(_described(path, name, "text", 0))
            archive.write(path, name)
        manifest = {"format": FORMAT, "program": __version__, "files": [asdict(each) for each in kept]}
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    with aside.open("rb") as file:
        os.fsync(file.fileno())
    return kept


def _copy(store: Store, copy: Path) -> None:
    """A copy of a database, read through."""
    with closing(open_database(store.path, None, error=ERRORS[store.kind], mending=_MENDING)) as database:
        database.copy_to(copy)
    with closing(open_database(copy, None, error=ERRORS[store.kind], mending=_MENDING)) as database:
        database.check()


_MENDING = "run: chatbot doctor --repair"


def _texts(workspace: Workspace) -> Iterator[Path]:
    """Settings and prompts, where they are the user's."""
    if workspace.starter:
        return
    yield workspace.settings_file
    yield from sorted(path for path in workspace.prompts.rglob("*") if path.is_file() and not path.is_symlink())


def _described(path: Path, name: str, kind: str, schema: int) -> Kept:
    with path.open("rb") as file:
        return Kept(name, kind, schema, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def unpacked(archive: zipfile.ZipFile, kept: Kept, target: Path) -> bool:
    """Writes a file of a backup; whether it is what was kept. It takes no more room than that."""
    digest, left = hashlib.sha256(), kept.length
    with archive.open(kept.name) as packed, target.open("xb") as file:
        while left >= 0 and (block := packed.read(min(_BLOCK, left + 1))):
            left -= len(block)
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return left == 0 and digest.hexdigest() == kept.sha256
