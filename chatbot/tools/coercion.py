"""A JSON value brought to the type that a schema asks for, where nothing is lost.

| asked for | taken | not taken |
|---|---|---|
| integer | `3.0`, `"3"`, `"3.0"` | `3.7`, `"3.7"`, `"3e2"`, `"1,000"`, `true` |
| number | `3`, `"3"`, `"0.5"`, `"1e3"` | text with more digits than a float holds, `"NaN"`, `true` |
| boolean | `"true"`, `"False"` | `1`, `"yes"` |
| string | `17` | `1.10` (its digits are lost already), `true` |
| array, object | JSON of one, inside a string | a single item, `"a, b"`: how many were meant is a guess |
| a property that need not be given | `null`: it is left out | |

A value that fits already stays as it is, choices (`enum`) are compared after coercion, and of several forms (`anyOf`)
the first that the value can be brought to is taken. What cannot be brought to its type stays as it was: the
validator says what is wrong with it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chatbot.tools.strict_json import strict_json

_INTEGER = re.compile(r"[+-]?[0-9]{1,1000}(?:\.0{1,20})?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,1000}(?:\.[0-9]{0,1000})?|\.[0-9]{1,1000})(?:[eE][+-]?[0-9]{1,3})?")

Schema = Mapping[str, object]


def kinds_of(schema: object) -> tuple[str, ...]:
    """The types that a schema names; none where it allows any."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    return (kind,) if isinstance(kind, str) else tuple(kind) if isinstance(kind, list) else ()


def is_kind(value: object, kind: str) -> bool:
    """Whether a value is of this type of JSON Schema: 3.0 is an integer, true is no number."""
    match value:
        case bool():
            return kind == "boolean"
        case int():
            return kind in ("integer", "number")
        case float():
            return kind == "number" or (kind == "integer" and value.is_integer())
        case str():
            return kind == "string"
        case None:
            return kind == "null"
    return kind == "array" if isinstance(value, list) else kind == "object" and isinstance(value, Mapping)


def retyped(value: object, kinds: Sequence[str]) -> object:
    """The value as the first of these types that takes it without loss; as it is where it is of one, or fits none."""
    if not kinds or any(is_kind(value, kind) for kind in kinds):
        return _whole(value) if "integer" in kinds and "number" not in kinds else value
    for kind in kinds:
        found = _READERS.get(kind, _as_it_is)(value)
        if found is not None:
            return found
    return value


def _as_it_is(value: object) -> object:
    return None


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _integer(value: object) -> object:
    text = value.strip() if isinstance(value, str) else ""
    return int(text.partition(".")[0]) if _INTEGER.fullmatch(text) else None


def _number(value: object) -> object:
    text = value.strip() if isinstance(value, str) else ""
    if not _NUMBER.fullmatch(text):
        return None
    if _INTEGER.fullmatch(text) and "." not in text:
        return int(text)
    number = float(text)
    return number if math.isfinite(number) and Decimal(repr(number)) == Decimal(text) else None


def _boolean(value: object) -> object:
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


def _string(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _packed(kind: type) -> Callable[[object], object]:
    def unpack(value: object) -> object:
        if not isinstance(value, str) or value.strip()[:1] not in ("[", "{"):
            return None
        try:
            found = strict_json(value)
        except ValueError:
            return None
        return found if isinstance(found, kind) else None

    return unpack


_READERS: Mapping[str, Callable[[object], object]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "string": _string,
    "array": _packed(list),
    "object": _packed(dict),
}


@dataclass(frozen=True, slots=True)
class Coercion:
    """Brings values to a schema.

    resolve: what a `$ref` leads to. is_valid: whether a value fits a part of the schema.
    """

    resolve: Callable[[str], object]
    is_valid: Callable[[object, Schema], bool]

    def coerced(self, value: object, schema: object) -> object:
        """The value, or a copy in which parts are brought to their type."""
        if not isinstance(schema, Mapping):
            return value
        if isinstance(reference := schema.get("$ref"), str):
            value = self.coerced(value, self.resolve(reference))
        for part in _list(schema.get("allOf")):
            value = self.coerced(value, part)
        for key in ("anyOf", "oneOf"):
            value = self._chosen(value, _list(schema.get(key)))
        value = _among(retyped(value, kinds_of(schema)), schema)
        if isinstance(value, dict):
            return self._object(value, schema)
        return self._array(value, schema) if isinstance(value, list) else value

    def _chosen(self, value: object, forms: Sequence[object]) -> object:
        """The value in the first of these forms that it fits, as it is if it can be."""
        readable = [form for form in forms if isinstance(form, Mapping)]
        if any(self.is_valid(value, form) for form in readable):
            return value
        for form in readable:
            candidate = self.coerced(value, form)
            if self.is_valid(candidate, form):
                return candidate
        return value

    def _object(self, value: dict[str, object], schema: Schema) -> dict[str, object]:
        properties, required = _map(schema.get("properties")), _list(schema.get("required"))
        patterns, rest = _map(schema.get("patternProperties")), schema.get("additionalProperties")
        found: dict[str, object] = {}
        for name, given in value.items():
            inner = properties.get(name)
            if inner is None:
                inner = rest if not patterns else None
            read = self.coerced(given, inner)
            if read is None and name in properties and name not in required and not self._takes_null(inner):
                continue
            found[name] = read
        return found

    def _takes_null(self, schema: object) -> bool:
        return not isinstance(schema, Mapping) or self.is_valid(None, schema)

    def _array(self, value: list[object], schema: Schema) -> list[object]:
        first, rest = _list(schema.get("prefixItems")), schema.get("items")
        return [self.coerced(item, first[at] if at < len(first) else rest) for at, item in enumerate(value)]


def _among(value: object, schema: Schema) -> object:
    """The value as the one choice that it is written as, where choices without a type are listed."""
    choices = _list(schema.get("enum"))
    if not choices or kinds_of(schema) or _is_in(value, choices):
        return value
    found = (retyped(value, [kind]) for kind in ("integer", "number", "boolean", "string"))
    return next((each for each in found if _is_in(each, choices)), value)


def _is_in(value: object, choices: Iterable[object]) -> bool:
    return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in choices)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
