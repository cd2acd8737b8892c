"""A backup, brought back: all of it is unpacked and compared with what was kept before the first file is touched.

What is there already is left alone, or, where the user wants it replaced, kept beside it under another name. A database
is replaced in one transaction, so programs that have it open see the old state or the new one.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from chatbot import codec
from chatbot.database import open_database
from chatbot.database_files import copy, free_name, locked, put_in_place, sync_folder
from chatbot.errors import ChatbotError, ProjectError, UsageError
from chatbot.paths import inside
from chatbot.upkeep.backup import FORMAT, MANIFEST, OWN_INDEX, Kept, unpacked
from chatbot.upkeep.stores import ERRORS, VERSIONS, Kind, version_of
from chatbot.workspace import SETTINGS_FILE, Workspace

RESTORING = ".restoring"
"""Folder in that of the state, for what is unpacked and not yet in its place."""

_MOST_MANIFEST = 16 << 20
"""Bytes: some hundred thousand prompts."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A file that was brought back."""

    path: Path
    aside: Path | None = None
    """What was there before."""


@dataclass(frozen=True, slots=True)
class _Unpacked:
    """A file that is what was kept, and where it belongs."""

    kept: Kept
    path: Path
    target: Path


def restore(workspace: Workspace, source: Path, *, replace: bool = False) -> list[Restored]:
    """Brings back what is in a backup and not here; with `replace` also what is here and differs.

    Raises UsageError, and changes nothing, where it is no backup, is damaged or of a newer program, or where something
    is in the way; and what a database raises that cannot be written.
    """
    folder = workspace.state / RESTORING
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.rmtree(folder, ignore_errors=True)  # of one that was killed
        folder.mkdir(mode=0o700)
        with zipfile.ZipFile(source) as archive:
            files = [_unpack(archive, kept, folder, workspace) for kept in _listed(archive, source)]
        changed = [each for each in files if each is not None and not _is_there(each)]
        _check_places([each.target for each in changed])
        if not replace and (there := [each.target for each in changed if each.target.exists()]):
            more = f" and {len(there) - 1} more" if len(there) > 1 else ""
            what = f"{there[0]}{more} would be replaced"
            raise UsageError(what, hint="--replace does so, and keeps what is there under another name")
        return [_put(each) for each in changed]
    except (zipfile.BadZipFile, EOFError, zlib.error, KeyError, NotImplementedError, RuntimeError) as error:
        raise UsageError(f"{source} is no whole backup: {error}", hint="take another one") from error
    except OSError as error:
        what = f"{source} cannot be restored: {error.strerror or error}"
        raise UsageError(what, hint="check that the file is there, and that there is enough room") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_places(targets: Sequence[Path]) -> None:
    """Raises UsageError where a file cannot come to its place, before the first one does."""
    taken: set[Path] = set()
    for target in targets:
        nearest = next(each for each in target.parents if each.exists())
        if target in taken or target.is_dir() or not nearest.is_dir():
            raise UsageError(f"something else is at {target}, or on the way to it", hint="move that away")
        taken.add(target)


def _listed(archive: zipfile.ZipFile, source: Path) -> list[Kept]:
    """What a backup says is in it."""
    with archive.open(MANIFEST) as file:
        text = file.read(_MOST_MANIFEST)
    try:
        manifest = json.loads(text)
        if manifest["format"] > FORMAT:
            raise UsageError(f"{source} was made by a newer version of this program", hint="update the program")
        return [codec.build(Kept, each) for each in manifest["files"]]
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{source} is no backup of this program", hint="take another one") from error


def _unpack(archive: zipfile.ZipFile, kept: Kept, folder: Path, workspace: Workspace) -> _Unpacked | None:
    """Unpacks a file and looks whether it is whole; None where it has no place here."""
    target = _place(kept, workspace)
    if target is None:
        return None
    path = folder / f"{len(list(folder.iterdir()))}"
    if not unpacked(archive, kept, path):
        raise UsageError(f"{kept.name} in {archive.filename} is not what was kept", hint="take another backup")
    kind = _kind(kept)
    if kind is not None:
        try:
            version = version_of(path)
        except sqlite3.Error as error:
            raise UsageError(f"{kept.name} in {archive.filename} is no database", hint="take another one") from error
        if version > VERSIONS[kind]:
            raise UsageError(f"{kept.name} was written by a newer version of this program", hint="update the program")
        with closing(open_database(path, None, error=ERRORS[kind])) as database:
            database.check()
    return _Unpacked(kept, path, target)


def _kind(kept: Kept) -> Kind | None:
    return next((kind for kind in VERSIONS if kind == kept.kind), None)


def _place(kept: Kept, workspace: Workspace) -> Path | None:
    """Where a file belongs. Raises UsageError for a name that no backup of ours has."""
    place = PurePosixPath(kept.name)
    plain = place.as_posix() == kept.name and ".." not in place.parts
    if _kind(kept) is not None and kept.name == OWN_INDEX:
        return workspace.index_of(workspace.knowledge)
    if _kind(kept) is not None and len(place.parts) == 2 and place.parts[0] == "state" and place.suffix == ".db":
        return _inside(workspace.state, place.name)
    if kept.kind == "text" and plain and (kept.name == SETTINGS_FILE or place.parts[:-1][:1] == ("prompts",)):
        return None if workspace.starter else _inside(workspace.root, kept.name)
    raise UsageError(f"{kept.name!r} is nothing that a backup holds", hint="take another backup")


def _inside(folder: Path, name: str) -> Path:
    try:
        inside(folder, name)
    except ProjectError as error:
        raise UsageError(error.message, hint="take another backup") from error
    return folder / name


def _is_there(each: _Unpacked) -> bool:
    """Whether a text is here already, as it was."""
    return each.kept.kind == "text" and each.target.is_file() and each.target.read_bytes() == each.path.read_bytes()


def _put(each: _Unpacked) -> Restored:
    kind, target = _kind(each.kept), each.target
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = free_name(target, "before-restore") if target.exists() else None
    if aside is None or kind is None:
        if aside is not None:
            copy(target, aside)
            sync_folder(target.parent)
        each.path.replace(target)
    else:
        _replace(each.path, target, aside, ERRORS[kind])
    sync_folder(target.parent)
    return Restored(target, aside)


def _replace(source: Path, target: Path, aside: Path, error: type[ChatbotError]) -> None:
    try:
        with closing(open_database(target, None, error=error)) as database:
            database.copy_to(aside)
    except error:
        copy(target, aside)  # damaged: byte for byte
    with locked(target, "-lock", error):
        try:
            put_in_place(source, target)
        except sqlite3.Error as failure:
            raise error(f"{target} cannot be replaced: {failure}", hint=f"it is as it was, and in {aside}") from failure
