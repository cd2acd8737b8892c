"""Which files of the workspace a tool may see, and the two ways to them: open one, or walk through them.

In: paths as a model writes them, relative to the workspace. Out: open files and relative paths with `/`. Refuses what
leads out of the workspace, what is hidden, what the program keeps for itself, and what looks like a key or a password.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from chatbot.errors import ProjectError, ToolError
from chatbot.paths import Entry, entries_inside, inside, open_inside
from chatbot.tools.catalogue import Place

SECRET = (
    *("*.env", "*.env.*", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.tfstate*"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "secret", "secrets", "secret.*", "secrets.*"),
    *("credentials", "credentials.*", "*[-_]credentials.*", "passwords", "passwords.*", "passwd", "htpasswd"),
    *("service-account*.json", "service_account*.json"),
)
"""Names of files and folders that mostly hold what must not be said aloud; compared without regard to case."""

MAX_WALKED = 100_000
"""Entries that a walk looks at: a folder of more is not one to be listed."""

MAX_PATH = 4_096
"""Characters of a path, as most systems limit it."""


@dataclass(frozen=True, slots=True)
class WorkspaceFiles:
    """The files of a workspace that tools may read."""

    root: Path
    state: Path
    """The program's own folder, wherever it lies."""
    hide: tuple[str, ...] = ()
    """Patterns of the user's own, for names or for whole paths."""

    def open(self, path: str) -> tuple[BinaryIO, str]:
        """The file, open for reading, and its path without detours. Raises ToolError."""
        found = self._resolved(path)
        try:
            return open_inside(self.root, found), found
        except (FileNotFoundError, NotADirectoryError):
            raise ToolError(f"there is no file {path!r}", hint="list_files tells what there is") from None
        except (ProjectError, OSError) as error:
            if (self.root / found).is_dir():
                raise ToolError(f"{path!r} is a folder", hint="list_files tells what is in it") from None
            why = error.strerror if isinstance(error, OSError) else "it is not a file"
            raise ToolError(f"{path!r} cannot be read: {why}") from None

    def folder(self, path: str) -> PurePosixPath:
        """The folder without detours. Raises ToolError for one that may not be seen; it need not be there."""
        return PurePosixPath(self._resolved(path))

    def walk(self, folder: str = "") -> Iterator[tuple[PurePosixPath, int]]:
        """The files below a folder and their bytes: those in a folder by name, then its folders by name.

        Links to folders are not followed. Raises ToolError.
        """
        waiting = [self.folder(folder)]
        looked_at = 0
        while waiting:
            here = waiting.pop()
            entries = [entry for entry in self._entries(here) if not self.is_hidden(here / entry.name)]
            looked_at += len(entries)
            if looked_at > MAX_WALKED:
                raise ToolError(f"there are more than {MAX_WALKED:,} files", hint="name a folder further down")
            for entry in entries:
                if entry.kind == "file":
                    yield here / entry.name, entry.size
                elif entry.kind == "link" and (target := self._target(here / entry.name)):
                    yield here / entry.name, target.stat().st_size
            waiting.extend(here / entry.name for entry in reversed(entries) if entry.kind == "folder")

    def is_hidden(self, path: PurePosixPath) -> bool:
        """Whether tools may not see it: for its name, a folder's name, or because it is the program's own."""
        plain = _plain(path.as_posix())
        own = _plain(self.state.absolute().as_posix())
        if f"{_plain((self.root.resolve() / path).as_posix())}/".startswith(f"{own}/"):
            return True
        hidden = (*SECRET, *map(_plain, self.hide))
        names = plain.split("/")
        return any(name.startswith(".") for name in names if name != ".") or any(
            fnmatchcase(name, pattern) for name in (*names, plain) for pattern in hidden
        )

    def _entries(self, folder: PurePosixPath) -> Sequence[Entry]:
        try:
            return entries_inside(self.root, folder.as_posix())
        except (FileNotFoundError, NotADirectoryError, ProjectError):
            hint = "list_files without a folder tells what there is"
            raise ToolError(f"there is no folder {folder.as_posix()!r}", hint=hint) from None
        except OSError as error:
            raise ToolError(f"{folder.as_posix()!r} cannot be read: {error.strerror}") from None

    def _target(self, link: PurePosixPath) -> Path | None:
        """The file that a link leads to, if it may be seen."""
        try:
            target = self.root / self._resolved(link.as_posix())
        except ToolError:
            return None
        return target if target.is_file() else None

    def _resolved(self, path: str) -> str:
        """The path inside the root, links followed, where it may be seen. What is hidden is said not to be there."""
        if len(path) > MAX_PATH:
            raise ToolError(f"the path is longer than {MAX_PATH:,} characters")
        try:
            found = inside(self.root, path)
        except ProjectError:
            raise ToolError(f"{path!r} is not a path in the workspace", hint="give it relative to its root") from None
        relative = PurePosixPath(found.relative_to(self.root.resolve()).as_posix())
        if self.is_hidden(relative):
            raise ToolError(f"{path!r} may not be read", hint="hidden files, keys and the program's own are left out")
        return relative.as_posix()


def files_of(options: Mapping[str, object], place: Place) -> WorkspaceFiles:
    """The files that a tool may read which has the option `hide`."""
    return WorkspaceFiles(place.root, place.state, cast(tuple[str, ...], options["hide"]))


def _plain(path: str) -> str:
    """The path as file systems compare it that know no case; some know no dots and spaces at the end of a name."""
    names = unicodedata.normalize("NFC", path).casefold().split("/")
    return "/".join(name.rstrip(". ") or name for name in names)
