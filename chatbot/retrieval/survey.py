"""A look at a folder of documents: which files may be read, which changed since they were indexed, what is left out.

In: the folder and what the index knows of its files. Out: every file once, as unchanged, as a suspect to be read, or as
skipped with the reason. Reads rules of what to leave out, but no document: names, sizes and times decide. Follows no
link to a folder or out of this one, so that a circle of links is not walked. One bad entry never stops it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chatbot.errors import KnowledgeError
from chatbot.retrieval.ignore_rules import IgnoreRules, rules_around
from chatbot.retrieval.load import refusal, stamp

Unread = Callable[[Path, str], None]
"""Called with a file or folder that is left out, and the reason."""

_UNREADABLE = "cannot be read"
"""How reasons begin that may be gone tomorrow: what was indexed is kept."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A file that is new, or has another stamp than when it was indexed."""

    path: Path
    source: str
    """Its path relative to the folder."""
    stamp: str
    size: int
    """Bytes."""


@dataclass(slots=True)
class Survey:
    """What a look at the folder found, without reading a file."""

    suspects: list[Suspect] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    """Documents to keep: as they are, or since they cannot be read just now."""
    skipped: list[tuple[str, str]] = field(default_factory=list)
    """What is left out, each with the reason; of a folder that is left out as a whole, the folder."""


def survey(root: Path, stamps: Mapping[str, str]) -> Survey:
    """Looks at the files below `root`, or at the file `root`. `stamps`: of each indexed file, by source.

    Raises KnowledgeError where there is nothing at `root`.
    """
    if not root.exists():
        raise KnowledgeError(f"there are no documents at {root}", hint="name a folder that exists")
    found = Survey()
    closed: list[str] = []

    def skip(path: Path, reason: str) -> None:
        name = path.relative_to(root).as_posix()
        found.skipped.append((name, reason))
        if reason.startswith(_UNREADABLE):
            closed.append("" if name == "." else f"{name}/")

    for path in files(root, skip):
        _look_at(path, path.relative_to(root).as_posix() if path != root else path.name, stamps, found)
    found.present |= {source for source in stamps if source.startswith(tuple(closed))}
    return found


def _look_at(path: Path, source: str, stamps: Mapping[str, str], found: Survey) -> None:
    try:
        source.encode()
        mark, status = stamp(path), path.stat()
    except UnicodeEncodeError:
        found.skipped.append((source, "its name is not UTF-8"))
    except OSError as error:
        found.skipped.append((source, f"{_UNREADABLE}: {error.strerror}"))
        found.present.add(source)
    else:
        reason = refusal(path, status.st_size) if stat.S_ISREG(status.st_mode) else "not a file"
        if reason:
            found.skipped.append((source, reason))
        elif mark and stamps.get(source) == mark:
            found.present.add(source)
        else:
            found.suspects.append(Suspect(path, source, mark, status.st_size))


def files(root: Path, unread: Unread = lambda path, reason: None) -> Iterator[Path]:
    """The files below a folder that may be documents, in order of path; for a file, itself.

    Hidden files and folders are left out without a word. unread: told of folders that cannot be looked into, of what
    rules leave out, and of links that are not followed: to a folder, or out of `root`.
    """
    if root.is_file():
        yield root
        return
    whole = Path(os.path.realpath(root))
    waiting = [(root, rules_around(whole))]
    while waiting:
        folder, rules = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            unread(folder, f"{_UNREADABLE}: {error.strerror}")
            continue
        rules = rules.within(whole / folder.relative_to(root))
        below: list[tuple[Path, IgnoreRules]] = []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path, is_folder = folder / entry.name, _is_folder(entry)
            if reason := _left_out(entry, path.relative_to(root), whole, rules):
                unread(path, reason)
            elif is_folder:
                below.append((path, rules))
            else:
                yield path
        waiting += reversed(below)


def _left_out(entry: os.DirEntry[str], name: Path, root: Path, rules: IgnoreRules) -> str:
    """Why a file or folder is not looked at; empty where it is."""
    is_folder = _is_folder(entry)
    if entry.is_symlink():
        if is_folder:
            return "links to folders are not followed"
        if not Path(os.path.realpath(entry.path)).is_relative_to(root):
            return "a link that leads out of the folder"
    if file := rules.file_against(root / name, is_folder=is_folder):
        return f"left out by {os.path.relpath(file, root)}"
    return ""


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
