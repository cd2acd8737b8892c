"""What a docstring says of a function and of each parameter: Google style, Sphinx fields, or plain text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SECTION = re.compile(
    r"(Args|Arguments|Parameters|Params|Returns?|Yields?|Raises|Examples?|Notes?|References|See Also)\s*:\s*"
)
_ARGUMENTS = ("Args", "Arguments", "Parameters", "Params")
_GOOGLE = re.compile(r"(\*{0,2}\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)")
_SPHINX = re.compile(r":(\w+)(?:\s+(?:[^:]*\s)?(\w+))?:\s*(.*)")


@dataclass(frozen=True, slots=True)
class Docstring:
    """A docstring, taken apart."""

    description: str
    """Everything before the first section."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What is said of each parameter, on one line."""


def read_docstring(text: str) -> Docstring:
    """Takes a cleaned docstring (`inspect.getdoc`) apart."""
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if _SECTION.fullmatch(line) or line.startswith(":")), len(lines))
    return Docstring("\n".join(lines[:start]).strip(), {**_google(lines), **_sphinx(lines)})


def _google(lines: Sequence[str]) -> dict[str, str]:
    """The entries of an `Args:` section: each indented once, its further lines deeper."""
    found: dict[str, list[str]] = {}
    inside, margin, name = False, 0, ""
    for line in lines:
        section = _SECTION.fullmatch(line)
        if section or (line.strip() and not line[0].isspace()):
            inside, margin = section is not None and section[1] in _ARGUMENTS, 0
            continue
        if not inside or not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        margin = margin or indent
        entry = _GOOGLE.fullmatch(line.strip()) if indent <= margin else None
        if entry:
            name = entry[1].lstrip("*")
            found[name] = [entry[2]]
        elif name:
            found[name].append(line.strip())
    return {name: " ".join(filter(None, said)) for name, said in found.items()}


def _sphinx(lines: Sequence[str]) -> dict[str, str]:
    """The fields `:param name: …`, which go on over indented lines."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if line.startswith(":"):
            entry = _SPHINX.fullmatch(line)
            name = entry[2] or "" if entry and entry[1] in ("param", "parameter", "arg") else ""
            if entry and name:
                found[name] = [entry[3]]
        elif name and line[:1].isspace():
            found[name].append(line.strip())
        else:
            name = ""
    return {name: " ".join(filter(None, said)) for name, said in found.items()}
