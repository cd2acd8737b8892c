"""What people leave out of a folder: the rules of its `.gitignore` and `.chatbotignore` files, as git reads them.

In: folders from the outside in. Out: for a path, the file of rules that leaves it out. The rule nearest to the file
decides, and of one folder `.chatbotignore` goes before `.gitignore`, so that `!drafts/` there brings back what git
leaves out. Rules of the repository around the folder hold too, unless they leave out the folder itself: who names a
folder wants it read. Refuses nothing: a line that is no pattern is passed over, as git does.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

NAMES = (".gitignore", ".chatbotignore")
"""Files of rules, the weaker first."""

_LARGEST = 1_000_000
"""Bytes of rules that are read; a longer file is not written by hand."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """One file of rules."""

    file: Path
    folder: str
    """Path of its folder, with a slash behind."""
    spec: GitIgnoreSpec

    def verdict(self, path: str) -> bool | None:
        """Whether they leave out this path, which lies below them; None where they say nothing of it."""
        return self.spec.check_file(path[len(self.folder) :]).include


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The rules that hold in a folder, the weakest first."""

    rules: tuple[_Rules, ...] = ()

    def within(self, folder: Path) -> IgnoreRules:
        """Those that hold in a folder below: these, and its own."""
        own = tuple(_read(folder))
        return IgnoreRules(self.rules + own) if own else self

    def file_against(self, path: Path, *, is_folder: bool) -> Path | None:
        """The file of rules that leaves out this path; None where it is to be read."""
        name = path.as_posix() + "/" * is_folder
        for rules in reversed(self.rules):
            verdict = rules.verdict(name)
            if verdict is not None:
                return rules.file if verdict else None
        return None


def rules_around(root: Path) -> IgnoreRules:
    """The rules that the repository around `root` has for what is in it; an absolute path without links."""
    above = list(root.parents)
    outside = list(takewhile(lambda folder: not (folder / ".git").exists(), above))
    if (root / ".git").exists() or len(outside) == len(above):
        return IgnoreRules()
    rules = IgnoreRules()
    for folder in reversed(above[: len(outside) + 1]):
        rules = rules.within(folder)
    named = (root, *outside)
    return IgnoreRules() if any(rules.file_against(folder, is_folder=True) for folder in named) else rules


def _read(folder: Path) -> Iterator[_Rules]:
    for name in NAMES:
        file = folder / name
        try:
            if not file.is_file() or file.stat().st_size > _LARGEST:
                continue
            lines = file.read_bytes().decode("utf-8", "replace").splitlines()
        except OSError:  # what cannot be read leaves nothing out
            continue
        yield _Rules(file, folder.as_posix().rstrip("/") + "/", _spec(lines))


def _spec(lines: list[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # `[[` may mean something else in a Python to come
        return GitIgnoreSpec.from_lines(line for line in lines if _is_pattern(line))


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except (ValueError, re.error):
        return False
    return True
