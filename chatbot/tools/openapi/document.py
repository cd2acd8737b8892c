"""An OpenAPI document as plain data: read from a file or taken as it is, with its references followed.

In: the path of a JSON or YAML file, or the data itself, of version 3.0 or 3.1. References are followed inside the
document only; nothing is ever fetched. YAML is read without its surprises: `no` and `2026-01-01` are text, a key that
is a number is text too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from chatbot.errors import UsageError
from chatbot.tools.loose_keyword import shown
from chatbot.tools.loose_schema import resolve
from chatbot.visible import visible

MAX_BYTES = 50_000_000
"""Of a file: the largest public ones are a fifth of that."""

MAX_DEPTH = 100
"""Levels of nesting in a YAML file."""

MAX_REFERENCES = 20
"""One leading to the next: more lead in a circle."""

Table = Mapping[str, object]

_SCALARS = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,400})", "-+0123456789"),
    ("float", r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
    ("merge", "<<", "<"),
)
"""What is not text in YAML: the tag, how it is written, and how that begins."""


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI document."""

    data: Table
    name: str
    """Where it came from, for messages: the file, or its title."""

    @property
    def title(self) -> str:
        """What it calls itself."""
        title = table(self.data.get("info")).get("title")
        return title if isinstance(title, str) else ""

    def follow(self, node: object) -> Table:
        """A table of the document, or the one that it refers to. Raises UsageError where nothing is there."""
        for _ in range(MAX_REFERENCES):
            if not isinstance(node, Mapping) or not isinstance(reference := node.get("$ref"), str):
                return table(node)
            try:
                node = resolve(reference, self.data)
            except LookupError:
                hint = "put all parts into one file" if not reference.startswith("#") else ""
                raise UsageError(f"{self.name} refers to {reference!r}, which is not in it", hint=hint) from None
        raise UsageError(f"{self.name} refers to {reference!r}, which leads back to itself")


def table(value: object) -> Table:
    """The value if it is a table, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def rows(value: object) -> Sequence[object]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list | tuple) else ()


def text(value: object) -> str:
    """The value if it is text, else none."""
    return value.strip() if isinstance(value, str) else ""


def prose(value: object) -> str:
    """What a document says in words, with what cannot be seen written out: a model reads it, and people approve."""
    return visible(text(value))


def read_document(source: str | Path | Table) -> Document:
    """The document. Raises UsageError for what is none, or one of another version."""
    name, data = ("the OpenAPI document", source) if isinstance(source, Mapping) else (str(source), _file(source))
    if not isinstance(data, Mapping):
        raise UsageError(f"{name} is no OpenAPI document, but {shown(data)}")
    version = str(data.get("openapi", ""))
    if re.match(r"3\.[01](\.|\Z)", version):
        return Document(data, name)
    if "swagger" in data:
        raise UsageError(f"{name} is of Swagger {data['swagger']}", hint="convert it to OpenAPI 3 first")
    said = f"of OpenAPI {version}" if version else "no OpenAPI document: it has no 'openapi' version"
    raise UsageError(f"{name} is {said}", hint="3.0 and 3.1 are read")


def _file(source: str | Path) -> object:
    if str(source).startswith(("http://", "https://")):
        raise UsageError(f"{source} is not fetched", hint="download it, look at it, and pass the file")
    path = Path(source)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path} is larger than {MAX_BYTES / 1e6:g} MB")
        written = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{path} cannot be read: {reason}") from error
    try:
        return json.loads(written) if written.lstrip()[:1] == "{" else _yaml(written)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is neither JSON nor YAML: {str(error).splitlines()[0]}") from error


def _yaml(written: str) -> object:
    import yaml

    loader = _loader()(written)
    try:
        depth = 0
        for event in yaml.parse(written, Loader=_loader()):  # before the loader, whose C part has no bound of its own
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")
        return loader.get_single_data()
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    finally:
        loader.dispose()


@cache
def _loader() -> Any:  # a class of a library that is imported late
    """PyYAML's safe loader, in C where there is one, for which only what JSON has is not text."""
    import yaml

    safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(safe):  # type: ignore[misc]  # of either kind
        yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}

    def mapping(loader: Any, node: Any) -> dict[str, object]:
        loader.flatten_mapping(node)
        if wrong := [key for key, _ in node.value if not isinstance(key.value, str)]:
            raise yaml.MarkedYAMLError(problem="a key is no text", problem_mark=wrong[0].start_mark)
        return {key.value: loader.construct_object(value, deep=True) for key, value in node.value}

    for kind, pattern, first in _SCALARS:
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(rf"(?:{pattern})\Z"), list(first))
    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return Loader
