"""Objects that list their properties and say nothing of others are closed, so that a misspelt name is found.

In comes a schema with the standard's keywords only; it gets `additionalProperties: false` wherever that refuses nothing
the schema describes. Open stays what is one part of a larger whole: what `allOf`, `if`, `not` and their like hold or
refer to, and what stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chatbot.tools.loose_keyword import inner

Schema = dict[str, object]

_PARTS = {"allOf", "not", "if", "then", "else", "dependentSchemas"}
"""Keywords whose schemas describe a part of the value each."""

_FORMS = {"anyOf", "oneOf"}
"""Keywords of whose schemas one describes the value: whole, unless more stands beside it."""

_BESIDE = _PARTS | _FORMS | {"$ref", "patternProperties"}
"""Keywords beside which `additionalProperties: false` would refuse what they describe."""

_SAID = {"additionalProperties", "unevaluatedProperties"}


def close(schema: Schema) -> None:
    """Closes the schema of all parameters, in place."""
    parts: set[str] = set()
    while more := set(_references_of_parts(schema, "#", parts)) - parts:
        parts |= more
    for node, is_part in list(_nodes(schema, "#", parts)):
        if node.get("properties") and not is_part and not (_SAID | _BESIDE) & node.keys():
            node["additionalProperties"] = False
    if not _SAID & schema.keys():
        schema["unevaluatedProperties" if _BESIDE & schema.keys() else "additionalProperties"] = False


def _references_of_parts(schema: Schema, at: str, parts: set[str]) -> Iterator[str]:
    """What is referred to as one part of a larger whole."""
    for node, is_part in _nodes(schema, at, parts):
        reference = node.get("$ref")
        if isinstance(reference, str) and (is_part or node.keys() & (_PARTS | _FORMS | {"properties"})):
            yield reference


def _nodes(schema: object, at: str, parts: set[str], *, is_part: bool = False) -> Iterator[tuple[Schema, bool]]:
    """The schema and all inside it, each with whether it is one part of a larger whole.

    at: the reference that leads to the schema. parts: references that lead to such parts.
    """
    if not isinstance(schema, dict):
        return
    is_part = is_part or at in parts
    yield schema, is_part
    for path, child in inner(schema):
        below = path[0] in _PARTS or (path[0] in _FORMS and (is_part or _has_more(schema)))
        yield from _nodes(child, "/".join([at, *map(_escaped, path)]), parts, is_part=below)


def _has_more(schema: Mapping[str, object]) -> bool:
    """Whether more stands beside the forms of a value."""
    return bool(schema.keys() & (_PARTS | {"$ref", "properties", "patternProperties"}))


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
