"""The body of a request: which kind of it is sent, and what of it a model is asked for.

The properties of a plain object are arguments by themselves, which models fill best. Any other body is one argument,
`body`: one that is composed of several schemas, that may hold more than it lists, or whose names are taken.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from chatbot.tools.openapi.definitions import Definitions
from chatbot.tools.openapi.document import Document, Table, prose, rows, table

_COMPOSED = {"allOf", "anyOf", "oneOf", "not", "if", "patternProperties"}

_ORDER = ("application/json", "+json", "*/*", "x-www-form-urlencoded", "multipart/form-data", "text/")
"""Kinds of body, the most exact first."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries."""

    kind: str
    """The media type."""
    properties: Mapping[str, str]
    """Arguments that are properties of the body: what the service calls each. Empty where `body` is the argument."""
    whole: bool
    """Whether it is one argument, `body`."""
    required: bool
    binary: frozenset[str] = frozenset()
    """Properties that are sent as files."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model is asked for to fill a body."""

    body: Body | None = None
    schemas: dict[str, object] = field(default_factory=dict)
    """Of each argument."""
    needed: list[str] = field(default_factory=list)
    """Arguments that must be given."""


def argument_name(name: str) -> str:
    """What a model calls something that a service calls so: in letters that every model service takes."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64]


def read_body(document: Document, given: object, definitions: Definitions, *, taken: Collection[str]) -> Asked | None:
    """The body of an operation; None for none. taken: names of other arguments."""
    node = document.follow(given)
    kinds = {str(kind): table(value) for kind, value in table(node.get("content")).items()}
    if not kinds:
        return None
    kind = min(kinds, key=_preference)
    schema, is_required = kinds[kind].get("schema"), node.get("required") is True
    kind = "application/json" if "*" in kind else kind
    if not ("json" in kind or "form" in kind):
        return _whole(kind, {"type": "string"}, node, is_required)
    found = document.follow(schema)
    properties = _plain_properties(found, definitions)
    names = {argument_name(name): name for name in properties}
    needed = [argument_name(str(name)) for name in rows(found.get("required")) if name in properties]
    is_clear = len(names) == len(properties) and not names.keys() & set(taken)
    if not properties or not is_clear or (needed and not is_required):  # a body that may be left out has no needed part
        return _whole(kind, definitions.read(schema), node, is_required)
    binary = frozenset(name for name, each in properties.items() if document.follow(each).get("format") == "binary")
    schemas = {argument: definitions.read(properties[name]) for argument, name in names.items()}
    return Asked(Body(kind, names, False, is_required, binary), schemas, needed)


def _whole(kind: str, schema: object, node: Table, is_required: bool) -> Asked:
    described = {"description": prose(node.get("description")), **table(schema)}
    return Asked(Body(kind, {}, True, is_required), {"body": described}, ["body"] if is_required else [])


def _preference(kind: str) -> int:
    return next((at for at, part in enumerate(_ORDER) if part in kind), len(_ORDER))


def _plain_properties(schema: Table, definitions: Definitions) -> dict[str, object]:
    """The properties of an object that is nothing but its properties."""
    is_open = schema.get("additionalProperties", False) not in (False, {})
    if _COMPOSED & schema.keys() or is_open:
        return {}
    properties = table(schema.get("properties"))
    return {str(name): each for name, each in properties.items() if not definitions.is_read_only(each)}
