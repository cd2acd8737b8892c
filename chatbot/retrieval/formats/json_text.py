"""JSON as people read it: a line for each value, by name, and an anchor for each record.

In: bytes. Out: `name: value` lines, indented below what they belong to. A record of a list is named by its place in it,
a member of an object by its name. Refuses what is no JSON, or nested too deeply.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from chatbot.anchors import Anchor
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.formats.plain_text import text_of

_DEEPEST = 100
"""Levels; people nest ten."""

_TITLES = ("title", "name", "subject", "question", "id")
"""Members that name a record, the best first."""

_LONGEST_TITLE = 120

Record = tuple[str, str, object]
"""What a record is called, which one it is, and its value."""


def convert(data: bytes) -> Converted:
    """A JSON value, read by records; or one on each line, as many a program writes. Raises KnowledgeError."""
    text = text_of(data)
    try:
        value = json.loads(text)
    except ValueError as error:
        if "\n" in text.strip():
            with suppress(KnowledgeError):
                return converted(by_line(text))
        raise KnowledgeError(f"no JSON: {error}") from error
    except RecursionError as error:
        raise KnowledgeError("nested too deeply") from error
    return converted(_records(value), title=_title(value))


def by_line(text: str) -> Iterator[Record]:
    """The values of a text that has one on each line. Raises KnowledgeError with the first line that holds none."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield "line", str(number), json.loads(line)
            except ValueError as error:
                raise KnowledgeError(f"no JSON on line {number}: {error}") from error
            except RecursionError as error:
                raise KnowledgeError(f"line {number} is nested too deeply") from error


def _records(value: object) -> Iterator[Record]:
    if isinstance(value, dict):
        yield from (("key", str(key), {key: member}) for key, member in value.items())
    elif isinstance(value, list):
        yield from (("item", str(number), item) for number, item in enumerate(value, 1))
    else:
        yield "", "", value


def converted(records: Iterable[Record], title: str = "") -> Converted:
    """The records as text, each with its anchor."""
    parts: list[str] = []
    anchors: list[Anchor] = []
    start = 0
    for kind, name, value in records:
        lines = list(_written(value, "", 0))
        if kind in ("line", "item") and (heading := _title(value)):
            lines = [f"## {heading}", "", *lines]
        part = "\n".join(lines) + "\n" + "\n" * (kind != "key" or len(lines) > 1)
        anchors.append(Anchor(start, kind, name))
        parts.append(part)
        start += len(part)
    return Converted("".join(parts), title=title, anchors=tuple(anchors), has_lines=False)


def _title(value: object) -> str:
    """The text by which a record is known; empty where it has none."""
    if not isinstance(value, dict):
        return ""
    texts = (value.get(key) for key in _TITLES)
    return next((" ".join(text.split()) for text in texts if isinstance(text, str) and _is_title(text)), "")


def _is_title(text: str) -> bool:
    return bool(re.search(r"\w", text)) and len(text) <= _LONGEST_TITLE


def _written(value: object, name: str, depth: int) -> Iterator[str]:
    """The lines of a value."""
    if depth > _DEEPEST:
        raise KnowledgeError("nested too deeply")
    indent = "  " * max(0, depth - 1)
    label = f"{name}: " if name else ""
    if isinstance(value, dict):
        if name:
            yield f"{indent}{name}:"
        for key, member in value.items():
            yield from _written(member, str(key), depth + 1)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        if name:
            yield f"{indent}{name}:"
        for item in value:
            yield from _item(item, depth + 1)
    elif isinstance(value, list):
        yield indent + label + ", ".join(_plain(item) for item in value)
    else:
        yield from _text(_plain(value), label, indent)


def _item(value: object, depth: int) -> Iterator[str]:
    """An item of a list that holds more than plain values: its first line with a dash."""
    lines = list(_written(value, "", depth))
    indent = "  " * max(0, depth - 1)
    for number, line in enumerate(lines):
        yield f"{indent}- {line.lstrip()}" if number == 0 else line


def _text(text: str, label: str, indent: str) -> Iterator[str]:
    """A text of several lines stands below its name, as paragraphs; it may be Markdown."""
    lines = text.strip("\r\n").splitlines()
    if len(lines) < 2:
        yield indent + label + text.strip("\r\n")
        return
    yield from ([indent + label.rstrip(), ""] if label else [])
    yield from lines
    yield ""


def _plain(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return str(value)
