"""What a docstring says of a function and of each parameter: Google, NumPy or Sphinx style, or plain text.

Styles may be mixed, blank lines between parts may be missing, and what looks like none of them is description. The same
reading serves classes, whose fields stand under `Attributes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_NAMED = ("args", "arguments", "parameters", "params", "keyword args", "keyword arguments", "other parameters",
          "attributes", "fields")  # fmt: skip
"""Sections whose entries are parameters or fields."""

_OTHER = ("returns", "return", "yields", "yield", "receives", "raises", "raise", "warns", "warnings", "example",
          "examples", "note", "notes", "references", "see also", "todo", "methods")  # fmt: skip

_TITLE = re.compile(r"([A-Za-z]+(?: [A-Za-z]+)?)\s*(:?)\s*")
_UNDERLINE = re.compile(r"-{3,}|={3,}")
_NAME = r"\*{0,2}[^\W\d]\w*"
_GOOGLE = re.compile(rf"({_NAME})\s*(\(.*?\))?\s*:(?:\s+(.*)|)")
_NUMPY = re.compile(rf"({_NAME}(?:\s*,\s*{_NAME})*)\s*(?::.*)?")
_FIELD = re.compile(r"[:@](\w+)(?:\s+([^:]*?))?:(?:\s+(.*)|)")
_FIELDS = ("param", "parameter", "arg", "argument", "key", "keyword", "ivar", "cvar", "var")


@dataclass(frozen=True, slots=True)
class Docstring:
    """A docstring, taken apart."""

    description: str
    """Everything before the first section."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What is said of each parameter, on one line."""


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    numpy: bool
    start: int
    """Line of its body's first line."""
    end: int


def read_docstring(text: str) -> Docstring:
    """Takes a cleaned docstring (`inspect.getdoc`) apart."""
    lines = text.splitlines()
    sections = list(_sections(lines))
    fields = next((at for at, line in enumerate(lines) if _FIELD.match(line)), len(lines))
    titles = [section.start - (2 if section.numpy else 1) for section in sections]
    found: dict[str, str] = {}
    for section in sections:
        if section.title in _NAMED:
            read = _numpy if section.numpy else _google
            found.update(read(lines[section.start : section.end]))
    found.update(_sphinx(lines))
    return Docstring("\n".join(lines[: min([fields, *titles])]).strip(), found)


def _sections(lines: Sequence[str]) -> Iterator[_Section]:
    """The sections, in order: `Title:` or an underlined `Title`, both at the margin."""
    starts = [(at, *found) for at in range(len(lines)) if (found := _title(lines, at))]
    for number, (at, title, numpy) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(lines)
        start = at + 2 if numpy else at + 1
        if not numpy and at:  # it ends where text comes back to the margin, which a first line does not have
            end = next((i for i in range(start, end) if lines[i].strip() and not lines[i][0].isspace()), end)
        yield _Section(title, numpy, start, end)


def _title(lines: Sequence[str], at: int) -> tuple[str, bool] | None:
    """The title that stands in this line, and whether it is underlined."""
    found = _TITLE.fullmatch(lines[at])
    if found is None or (title := found[1].lower()) not in (*_NAMED, *_OTHER):
        return None
    following = lines[at + 1] if at + 1 < len(lines) else ""
    if _UNDERLINE.fullmatch(following.strip()):
        return title, True
    return (title, False) if found[2] else None


def _google(lines: Sequence[str]) -> dict[str, str]:
    """Entries `name (type): text`, each indented once, its further lines deeper."""
    found: dict[str, list[str]] = {}
    margin, name = 0, ""
    for line in filter(str.strip, lines):
        indent = len(line) - len(line.lstrip())
        margin = margin or indent
        entry = _GOOGLE.fullmatch(line.strip()) if indent <= margin else None
        if entry:
            name = entry[1].lstrip("*")
            found[name] = [entry[3] or ""]
        elif name:
            found[name].append(line.strip())
    return _joined(found)


def _numpy(lines: Sequence[str]) -> dict[str, str]:
    """Entries `name : type` or `one, two : type` at the margin, with their text indented below."""
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in filter(str.strip, lines):
        if line[0].isspace():
            for name in names:
                found[name].append(line.strip())
            continue
        entry = _NUMPY.fullmatch(line.strip())
        names = [name.strip().lstrip("*") for name in entry[1].split(",")] if entry else []
        found.update({name: [] for name in names})
    return _joined(found)


def _sphinx(lines: Sequence[str]) -> dict[str, str]:
    """The fields `:param type name: text`, or `@param name: text`, which go on over indented lines."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if entry := _FIELD.fullmatch(line):
            words = (entry[2] or "").split()
            name = words[-1].lstrip("*\\") if words and entry[1] in _FIELDS else ""
            if name:
                found[name] = [entry[3] or ""]
        elif name and line[:1].isspace():
            found[name].append(line.strip())
        elif line.strip():
            name = ""
    return _joined(found)


def _joined(found: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: text for name, said in found.items() if (text := " ".join(filter(None, said)))}
