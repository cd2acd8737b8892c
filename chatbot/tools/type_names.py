"""The type names that circulate in function schemas, as JSON Schema.

In comes what people write where JSON Schema wants one of seven words: `dict`, `float`, `STRING`, `List[int]`,
`str | None`, `Dict[str, int]`, `string[]`, `Literal['a', 'b']`, `str, optional`. Out comes a schema, or nothing where
the text names no type. The text is read by a grammar of its own; nothing is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_KINDS = {
    "string": "string str text char character varchar bytes path file color colour",
    "integer": "integer int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 long short byte bigint biginteger",
    "number": "number float double decimal bigdecimal real numeric float32 float64",
    "boolean": "boolean bool",
    "array": "array list tuple set frozenset sequence iterable collection arraylist linkedlist vector queue stack",
    "object": "object dict dictionary map mapping hashmap hashtable record struct",
    "null": "null none nonetype nil void",
    "any": "any mixed unknown type_unspecified unspecified enum",
}
_FORMATS = {"date": "date", "datetime": "date-time", "date-time": "date-time", "timestamp": "date-time", "time": "time"}
_FORMATS |= {"url": "uri", "uri": "uri", "email": "email", "uuid": "uuid"}

_SCHEMAS: dict[str, dict[str, object]] = {
    **{name: {} if kind == "any" else {"type": kind} for kind, names in _KINDS.items() for name in names.split()},
    **{name: {"type": "string", "format": form} for name, form in _FORMATS.items()},
}

_TOKEN = re.compile(r"\s*(?:([A-Za-z_*][\w.*-]*)|'([^']*)'|\"([^\"]*)\"|(-?\d+)|(\[\]|[\[\]<>|,]))")
_OPTIONAL = re.compile(r"[\s,(]*\boptional\)?\s*\Z", re.IGNORECASE)
_LONGEST = 500


def named_type(text: str) -> tuple[dict[str, object], bool] | None:
    """The schema of a type that is named in text, and whether the text adds that it may be left out.

    None where the text names no type.
    """
    core = _OPTIONAL.sub("", text)
    if not core.strip():
        return ({}, True) if core != text else None
    tokens = _tokens(core)
    try:
        schema, rest = _union(tokens)
    except (LookupError, ValueError):
        return None
    return None if rest else (schema, core != text)


Tokens = Sequence[tuple[str, str]]
"""Kind of each token ("name", "text", "digits", "sign") and what it says."""


def _tokens(text: str) -> Tokens:
    """What the text is made of; nothing where a part of it belongs to no type."""
    found: list[tuple[str, str]] = []
    at = 0
    text = text.strip()[: _LONGEST + 1]
    while at < len(text) <= _LONGEST:
        if not (match := _TOKEN.match(text, at)):
            return []
        kind = ("", "name", "text", "text", "digits", "sign")[match.lastindex or 0]
        found.append((kind, match[match.lastindex or 0]))
        at = match.end()
    return found


def _union(tokens: Tokens) -> tuple[dict[str, object], Tokens]:
    """Types between `|` or the word `or`."""
    schema, rest = _one(tokens)
    choices = [schema]
    while rest and rest[0] in (("sign", "|"), ("name", "or")):
        schema, rest = _one(rest[1:])
        choices.append(schema)
    return any_of(choices), rest


def _one(tokens: Tokens) -> tuple[dict[str, object], Tokens]:
    (kind, name), rest = tokens[0], tokens[1:]
    if kind != "name":
        raise ValueError(name)
    name = name.rpartition(".")[2].lower()
    if name == "literal":
        schema, rest = _literal(rest)
    elif rest and rest[0][1] in ("[", "<"):
        parts, rest = _parts(rest[1:])
        schema = _generic(name, parts)
    else:
        schema = dict(_SCHEMAS[name])
    while rest and rest[0][1] == "[]":
        schema, rest = {"type": "array", "items": schema}, rest[1:]
    return schema, rest


def _parts(tokens: Tokens) -> tuple[list[dict[str, object]], Tokens]:
    """The types between brackets."""
    found: list[dict[str, object]] = []
    while True:
        schema, rest = _union(tokens)
        found.append(schema)
        sign = rest[0][1]
        if sign in ("]", ">"):
            return found, rest[1:]
        if sign != ",":
            raise ValueError(sign)
        tokens = rest[1:]


def _literal(tokens: Tokens) -> tuple[dict[str, object], Tokens]:
    values: list[object] = []
    while tokens[0][1] in ("[", ","):
        kind, said = tokens[1]
        if kind not in ("text", "digits"):
            raise ValueError(said)
        values.append(int(said) if kind == "digits" else said)
        tokens = tokens[2:]
    if tokens[0][1] != "]" or not values:
        raise ValueError("Literal")
    return {"enum": values}, tokens[1:]


def _generic(name: str, parts: list[dict[str, object]]) -> dict[str, object]:
    if name == "optional" and len(parts) == 1:
        return any_of([*parts, {"type": "null"}])
    if name == "union":
        return any_of(parts)
    kind = _SCHEMAS[name].get("type")
    if kind == "array" and name == "tuple" and len(parts) > 1:
        return {"type": "array", "prefixItems": parts, "items": False, "minItems": len(parts)}
    if kind == "array" and len(parts) == 1:
        return {"type": "array", "items": parts[0]}
    if kind == "object" and len(parts) in (1, 2):
        return {"type": "object", "additionalProperties": parts[-1]}
    raise ValueError(name)


def any_of(choices: Sequence[dict[str, object]]) -> dict[str, object]:
    """A schema that takes what any of these takes."""
    if {} in choices:
        return {}
    kinds = [kind for choice in choices if set(choice) == {"type"} and isinstance(kind := choice["type"], str)]
    if len(kinds) == len(choices):
        unique = list(dict.fromkeys(kinds))
        return {"type": unique[0] if len(unique) == 1 else unique}
    return dict(choices[0]) if len(choices) == 1 else {"anyOf": list(choices)}
