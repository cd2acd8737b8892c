"""Fenced blocks of Markdown: what stands between lines of three or more backticks or tildes.

A block that is not closed was cut off, and is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r" {0,12}(`{3,}|~{3,})[ \t]*([^\s`]*)([^`\n]*)")
_NAMES = {"py": "python", "python3": "python", "js": "javascript", "ts": "typescript", "yml": "yaml", "md": "markdown"}
_NAMES |= {"sh": "bash", "shell": "bash", "zsh": "bash", "c++": "cpp", "rs": "rust", "golang": "go"}


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block."""

    language: str
    """As `language_name` gives it; empty where the fence says none."""
    content: str


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a text, in order."""
    found: list[Block] = []
    marks, language = "", ""
    lines: list[str] = []
    for line in text.splitlines():
        fence = _FENCE.fullmatch(line.rstrip())
        if not marks and fence:
            marks, language, lines = fence[1], language_name(fence[2]), []
        elif marks and fence and fence[1].startswith(marks) and not fence[2]:
            found.append(Block(language, "\n".join(lines)))
            marks = ""
        else:
            lines.append(line)
    return found


def language_name(name: str) -> str:
    """A language as its usual full name, lowercase."""
    name = name.casefold().strip("{}.")
    return _NAMES.get(name, name)
