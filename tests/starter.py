"""The starter with its whole handbook, which is indexed once for all tests: that takes longer than most of them."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

from chatbot.workspace import create_workspace, find_workspace


def indexed_starter(folder: Path) -> Path:
    """The workspace in this folder, made and indexed by whichever process of the tests comes first."""
    root = folder / "starter"
    with (folder / "starter.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            create_workspace(root)
            program = Path(sys.executable).parent / "chatbot"
            ours = {name: value for name, value in os.environ.items() if not name.upper().startswith("CHATBOT_")}
            subprocess.run(
                [program, "index"], cwd=root, env={**ours, "HOME": str(folder)}, capture_output=True, check=True
            )
    return root


def copy_index(starter: Path, root: Path) -> None:
    """Gives a workspace with the same documents their index."""
    made, own = (find_workspace(each) for each in (starter, root))
    index = made.index_of(made.knowledge)
    own.state.mkdir(exist_ok=True)
    for file in index.parent.glob(f"{index.name}*"):
        shutil.copy(file, own.state / file.name.replace(index.name, own.index_of(own.knowledge).name))
