"""What a prompt declares as its outputs, as a JSON Schema: the answer is an object with one property for each.

Kinds are those of the format; properties of an object and items of an array may be declared in turn. Every output is
required unless it says `required: false`, and nothing else may be in the answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from chatbot.errors import nearest
from chatbot.prompting.section import Section

TYPES = {
    "string": "string",
    "integer": "integer",
    "float": "number",
    "boolean": "boolean",
    "array": "array",
    "object": "object",
}
"""JSON types by kind."""


def read_outputs(top: Section) -> Mapping[str, object] | None:
    """The schema; None where no outputs are declared. Raises PromptError with the line of the first mistake."""
    declared = top.table.get("outputs")
    if not declared:
        return None
    return _object(top, "outputs")


def _object(part: Section, key: str) -> dict[str, object]:
    """The schema of an object, from a list of properties with names, or a table from name to property."""
    declared = part.table[key]
    if not isinstance(declared, list | Mapping):
        raise part.error(f"{key} must be a list or a table", key)
    properties: dict[str, object] = {}
    required = []
    for place in range(len(declared)) if isinstance(declared, list) else declared:
        found = declared[place]
        at = (*part.at, key, place)
        if not isinstance(found, Mapping):
            raise part.file.error("an output is a table such as {kind: string}", at=at)
        one = Section(part.file, found, at)
        name = one.text("name") or (place if isinstance(place, str) else "")
        if not name or name in properties:
            raise one.error(f"an output needs a name of its own, not {name!r}")
        properties[name] = _property(one)
        if found.get("required") is not False:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _property(one: Section) -> dict[str, object]:
    one.only(("name", "kind", "required", "description", "enumValues", "properties", "items", "example", "default"))
    kind = one.text("kind") or "string"
    if kind not in TYPES:
        message = f"the kind of an output must be one of {', '.join(TYPES)}, not {kind!r}"
        raise one.error(message, "kind", hint=nearest(kind, TYPES))
    schema: dict[str, object] = {"type": TYPES[kind]}
    if kind == "object" and one.table.get("properties"):
        schema = _object(one, "properties")
    if kind == "array" and one.table.get("items"):
        schema["items"] = _property(one.section("items"))
    if text := one.text("description"):
        schema["description"] = text
    if values := one.items("enumValues"):
        schema["enum"] = list(values)
    return schema
