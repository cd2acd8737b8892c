"""`list_files`: the files of the workspace that a pattern names, with their sizes.

In: a pattern such as `**/*.md`, and a folder. Out: paths relative to the workspace, in order, as many as a model can
read. Refuses what `workspace_files` refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import islice

from chatbot.errors import ToolError
from chatbot.tools.catalogue import Place
from chatbot.tools.output import readable
from chatbot.tools.tool import Tool
from chatbot.tools.visible_text import one_line
from chatbot.tools.workspace_files import files_of

MAX_FILES = 200
"""Paths in one result, about three thousand tokens."""

MAX_PATTERN = 200

MAX_SHOWN = 500
"""Characters of a path."""

OPTIONS: Mapping[str, object] = {"hide": ()}
"""hide: patterns of names and paths that are left out besides what always is: `drafts`, `*.sql`, `notes/private/*`."""


def make(options: Mapping[str, object], place: Place) -> Tool:
    """The tool for a workspace, with each of the OPTIONS."""
    files = files_of(options, place)

    def list_files(pattern: str = "**", folder: str = "") -> str:
        """List the text files and other files of the user's workspace, with their sizes in bytes.

        Args:
            pattern: Which files: * stands for any part of a name, ** for any folders. *.md is every Markdown file in
                the folder, **/*.md also those in the folders below, ** everything.
            folder: The folder to look in, relative to the workspace. Without it, the whole workspace.
        """
        if len(pattern) > MAX_PATTERN:
            raise ToolError(f"the pattern is longer than {MAX_PATTERN} characters")
        wanted = tuple(name for name in pattern.split("/") if name not in ("", "."))
        start = len(files.folder(folder).parts)
        found = ((path, size) for path, size in files.walk(folder) if matches(path.parts[start:], wanted))
        shown = list(islice(found, MAX_FILES))
        more = sum(1 for _ in found)
        if not shown:
            raise ToolError(f"no file matches {pattern!r}", hint="** lists everything")
        rest = f"\n[and {more:,} more: name a folder or a narrower pattern]" if more else ""
        return readable("\n".join(f"{one_line(path.as_posix(), MAX_SHOWN)} ({size:,})" for path, size in shown) + rest)

    return Tool.from_function(list_files, impact="reads", timeout=10.0)


def matches(names: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether the names of a path satisfy the parts of a pattern. Time grows with the product of their numbers."""
    reached = {0}  # numbers of parts that the names so far satisfy
    reached |= _past_stars(reached, wanted)
    for name in names:
        after = {part for part in reached if part < len(wanted) and wanted[part] == "**"}
        after |= {part + 1 for part in reached if part < len(wanted) and fnmatchcase(name, wanted[part])}
        reached = after | _past_stars(after, wanted)
    return len(wanted) in reached


def _past_stars(reached: set[int], wanted: Sequence[str]) -> set[int]:
    """`**` also stands for no folder at all, so that the part behind it is reached too."""
    past = set()
    for part in reached:
        while part < len(wanted) and wanted[part] == "**":
            part += 1
            past.add(part)
    return past
