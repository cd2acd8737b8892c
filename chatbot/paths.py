"""Where files may lie: the one function that keeps a path inside a root, and the user's state folder."""

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
