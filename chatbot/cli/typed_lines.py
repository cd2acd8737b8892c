"""What a person has typed in the chat, which the input line offers again: kept by prompt_toolkit in a file."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

HISTORY = "history"
"""Name of the file in the folder of a workspace's state."""


def forget(path: Path, texts: Collection[str]) -> int:
    """Takes these texts out of the file, which may be missing; how many entries went. Raises OSError.

    An entry is a line with its time that begins with `#`, then its lines, each behind a `+`.
    """
    if not path.is_file():
        return 0
    kept: list[str] = []
    gone = 0
    for entry in path.read_text(encoding="utf-8", errors="surrogateescape").split("\n# "):
        typed = "\n".join(line[1:] for line in entry.splitlines() if line.startswith("+"))
        if typed in texts:
            gone += 1
        else:
            kept.append(entry)
    if gone:
        aside = path.with_name(f"{path.name}.tmp")
        with aside.open("w", encoding="utf-8", errors="surrogateescape") as file:
            file.write("\n# ".join(["", *kept[1:]] if kept and not kept[0] else kept))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    return gone
