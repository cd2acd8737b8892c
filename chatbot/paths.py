"""Where files may lie: inside a root, or in the user's state folder. And how people write a path.

`inside` says where a path leads; between its answer and an `open` somebody may put a link in the way. `open_inside`
opens what the answer named, folder by folder from the root and through no link, so that nothing outside can be read.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from chatbot.errors import ProjectError

_HAS_OPENAT = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Whether a name can be opened relative to an open folder: everywhere but on Windows."""

_PLAIN = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_UNLINKED = _PLAIN | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # a pipe would wait for its writer


@dataclass(frozen=True, slots=True)
class Entry:
    """What lies in a folder under a name."""

    name: str
    kind: Literal["file", "folder", "link", "other"]
    size: int
    """Bytes."""


def inside(root: Path, relative: str) -> Path:
    """The file `relative` names under `root`, with symlinks followed.

    Raises ProjectError for an absolute path, for one that leaves the root, by `..` or through a link, and for one that
    no file system knows: a circle of links, half a character.
    """
    if Path(relative).is_absolute() or "\0" in relative:
        raise ProjectError(f"{relative!r} is not a path inside {root}", hint="give it relative to that folder")
    real_root = root.resolve()
    try:
        path = (real_root / relative).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ProjectError(f"{relative!r} is not a path inside {root}: {error}", hint="check the path") from error
    if not path.is_relative_to(real_root):
        raise ProjectError(f"{relative!r} leads out of {root}", hint="files are only read from inside that folder")
    return path


def open_inside(root: Path, relative: str) -> BinaryIO:
    """The regular file that `relative` names under `root`, open for reading, also while links are swapped around it.

    Raises ProjectError as `inside` does and for what is no regular file, and OSError where there is none, or where a
    link has come between.
    """
    real_root = root.resolve()
    path = inside(real_root, relative)
    opened = _descend(real_root, path.relative_to(real_root).parts) if _HAS_OPENAT else open_and_look_again(path)
    with ExitStack() as stack:
        stack.callback(os.close, opened)
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise ProjectError(f"{relative!r} is not a file")
        file = os.fdopen(opened, "rb")
        stack.pop_all()  # it is the file's to close now
    return file


def open_and_look_again(path: Path) -> int:
    """Opens a path that `inside` gave where no name can be opened relative to a folder, as on Windows.

    Once it is open, the path must still lead to the same file through no link. Somebody who exchanges a folder three
    times within that moment is not noticed. Raises OSError.
    """
    opened = os.open(path, _PLAIN)
    with ExitStack() as stack:
        stack.callback(os.close, opened)
        if path.resolve() != path or not os.path.samestat(os.fstat(opened), path.stat(follow_symlinks=False)):
            raise OSError(errno.ELOOP, "it was exchanged while it was opened", str(path))
        stack.pop_all()
    return opened


def entries_inside(root: Path, relative: str) -> list[Entry]:
    """What lies in the folder that `relative` names under `root`, by name; links as links.

    Raises ProjectError as `inside` does, and OSError where there is no such folder, or a link has come between.
    """
    real_root = root.resolve()
    path = inside(real_root, relative)
    if not _HAS_OPENAT:
        with os.scandir(path) as found:
            return sorted(map(_entry, found), key=lambda entry: entry.name)
    folder = _descend(real_root, path.relative_to(real_root).parts, os.O_DIRECTORY)
    try:
        with os.scandir(folder) as found:
            return sorted(map(_entry, found), key=lambda entry: entry.name)
    finally:
        os.close(folder)


def _entry(found: os.DirEntry[str]) -> Entry:
    try:
        status = found.stat(follow_symlinks=False)
    except OSError:  # it is gone since
        return Entry(found.name, "other", 0)
    kinds: dict[int, Literal["file", "folder", "link"]] = {
        stat.S_IFREG: "file",
        stat.S_IFDIR: "folder",
        stat.S_IFLNK: "link",
    }
    return Entry(found.name, kinds.get(stat.S_IFMT(status.st_mode), "other"), status.st_size)


def _descend(folder: Path, names: Sequence[str], last: int = 0) -> int:
    """Opens one name after another, each in the folder opened before it, and none that is a link.

    last: flags for the last name.
    """
    opened = os.open(folder, _PLAIN | os.O_DIRECTORY)
    for number, name in enumerate(names, start=1):
        kind = os.O_DIRECTORY if number < len(names) else last
        try:
            inner = os.open(name, _UNLINKED | kind, dir_fd=opened)
        finally:
            os.close(opened)
        opened = inner
    return opened


def state_folder() -> Path:
    """The user's folder for what the program writes when no workspace is near (not created here)."""
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "chatbot"


def for_people(path: Path) -> str:
    """The path as a person would write it: from the current folder where it lies there, with ~ for their home."""
    whole = path.absolute()
    if whole.is_relative_to(Path.cwd()):
        return str(whole.relative_to(Path.cwd()))
    return f"~/{whole.relative_to(Path.home())}" if whole.is_relative_to(Path.home()) else str(path)
