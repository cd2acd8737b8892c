"""Where files may lie: inside a root, or in the user's state folder. And how people write a path."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from chatbot.errors import ProjectError


def inside(root: Path, relative: str) -> Path:
    """The file `relative` names under `root`, with symlinks followed.

    Raises ProjectError for an absolute path and for one that leaves the root, by `..` or through a link.
    """
    if Path(relative).is_absolute() or "\0" in relative:
        raise ProjectError(f"{relative!r} is not a path inside {root}", hint="give it relative to that folder")
    real_root = root.resolve()
    path = (real_root / relative).resolve()
    if not path.is_relative_to(real_root):
        raise ProjectError(f"{relative!r} leads out of {root}", hint="files are only read from inside that folder")
    return path


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
