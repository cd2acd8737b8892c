"""Markdown: the file as it stands. What its front matter says becomes its title and metadata.

Refuses nothing but what is no text: front matter that is neither YAML nor TOML, or no mapping, is a part of the text
like any other.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping

from chatbot.messages import Plain
from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.formats.plain_text import text_of

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.{0,20000}?)(?:\r?\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)

_TOML = re.compile(r"\+\+\+[ \t]*\r?\n(.{0,20000}?)\r?\n\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL)
"""The front matter of Hugo's pages."""

_LISTED = 50
"""Values of a list that are kept: tags and authors are few."""


def convert(data: bytes) -> Converted:
    """The decoded text with its front matter. Raises KnowledgeError for what is no text."""
    text = text_of(data)
    front = _front_matter(text)
    title = front.get("title")
    metadata = {key: value for key, value in _flat(front) if key != "title"}
    return Converted(text, title=" ".join(title.split()) if isinstance(title, str) else "", metadata=metadata)


def _front_matter(text: str) -> Mapping[object, object]:
    if toml := _TOML.match(text):
        try:
            return dict(tomllib.loads(toml[1].replace("\r\n", "\n")).items())
        except (tomllib.TOMLDecodeError, RecursionError):
            return {}
    found = _FRONT_MATTER.match(text)
    if not found or "&" in found[1]:  # an anchor, by which a few lines stand for millions of values
        return {}
    import yaml

    try:
        front = yaml.safe_load(found[1])
    except (yaml.YAMLError, ValueError, RecursionError):  # a date that is none is a ValueError
        return {}
    return front if isinstance(front, dict) else {}


def _flat(front: Mapping[object, object]) -> Iterator[tuple[str, Plain | tuple[Plain, ...]]]:
    """What a search can be narrowed by: plain values, and several of them under one name."""
    for key, value in front.items():
        if not isinstance(key, str):
            continue
        if isinstance(value, list):
            parts = tuple(part for part in value[:_LISTED] if isinstance(part, str | int | float))
            if parts:
                yield key, parts
        elif isinstance(value, str | bool | int | float):
            yield key, value
        elif value is not None and not isinstance(value, dict | set | bytes | tuple):
            yield key, str(value)  # a date
