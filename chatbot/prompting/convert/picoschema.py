"""Picoschema, dotprompt's short form of JSON Schema, to JSON Schema, and inputs of ours to Picoschema.

`name?(type, description): …`: a question mark for what may be left out, and in brackets array, object or enum.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from chatbot.prompting.inputs import Input
from chatbot.prompting.section import Section

_SCALARS = ("string", "boolean", "null", "number", "integer", "any")
_KEY = re.compile(r"([^?(]+)(\?)?(?:\(\s*([a-z]+)\s*(?:,\s*(.*))?\))?", re.DOTALL)
WILDCARD = "(*)"
"""The key of all keys that are not named."""

_TYPES = {
    "string": "string",
    "integer": "integer",
    "float": "number",
    "boolean": "boolean",
    "array": "any",
    "object": "any",
    "thread": "any",
}


def to_json_schema(part: Section, key: str) -> dict[str, object]:
    """The JSON Schema of what stands under a key, be it one already. Raises PromptError with the line."""
    value = part.table[key]
    if isinstance(value, str):
        return _scalar(part, key, value)
    table = part.section(key)
    if isinstance(table.table.get("type"), str) and (
        table.table["type"] in ("object", "array") or "enum" in table.table
    ):
        return dict(table.table)
    return _object(table)


def _object(table: Section) -> dict[str, object]:
    properties: dict[str, object] = {}
    required: list[str] = []
    rest: object = False
    for key in table.table:
        if key == WILDCARD:
            rest = True
            continue
        match = _KEY.fullmatch(key)
        if not match:
            raise table.error(f"{key!r} is no key of a Picoschema", key, hint="write it as name?(array, description)")
        name = match[1].strip()
        properties[name] = _property(table, key, match[3], match[4])
        if not match[2]:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": rest}


def _property(table: Section, key: str, kind: str | None, description: str | None) -> dict[str, object]:
    if kind is None:
        value = table.table[key]
        if value is None:
            raise table.error(f"{key!r} has no type", key, hint="quote a type that has a description")
        return _scalar(table, key, value) if isinstance(value, str) else _object(table.section(key))
    told: dict[str, object] = {"description": description.strip()} if description else {}
    match kind:
        case "enum":
            return {"enum": list(table.items(key)), **told}
        case "object":
            return {**_object(table.section(key)), **told}
        case "array":
            value = table.table[key]
            items = _scalar(table, key, value) if isinstance(value, str) else _object(table.section(key))
            return {"type": "array", "items": items, **told}
    raise table.error(f"{kind} in brackets is none of array, object and enum", key)


def _scalar(table: Section, key: str, text: str) -> dict[str, object]:
    kind, _, description = text.partition(",")
    if kind.strip() not in _SCALARS:
        raise table.error(f"there is no type {kind.strip()!r}", key, hint=f"there are {', '.join(_SCALARS)}")
    told = {"description": description.strip()} if description.strip() else {}
    return {**({} if kind.strip() == "any" else {"type": kind.strip()}), **told}


def from_inputs(inputs: tuple[Input, ...]) -> Mapping[str, object]:
    """Inputs as a Picoschema."""
    return dict(map(_written, inputs))


def _written(declared: Input) -> tuple[str, object]:
    name = declared.name + ("" if declared.required else "?")
    told = " ".join(declared.description.split())
    if declared.choices:
        return f"{name}({', '.join(filter(None, ('enum', told)))})", list(declared.choices)
    if declared.kind in ("array", "object", "thread"):
        kind = "object" if declared.kind == "object" else "array"
        body: object = {WILDCARD: "any"} if kind == "object" else "any"
        return f"{name}({', '.join(filter(None, (kind, told)))})", body
    return name, ", ".join(filter(None, (_TYPES[declared.kind], told)))
