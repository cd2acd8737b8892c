"""The keywords of JSON Schema 2020-12, each with a value that the standard allows, from values as people write them.

In comes one keyword of a loose schema; out comes it with its value, or nothing where the keyword is not the standard's,
or says nothing. A value that cannot be meant is refused with the parameter's name. Patterns that could run on without
end are no part of the check: they are told in the description.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chatbot.errors import UsageError
from chatbot.prompting.patterns import compiled

MAPS = {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
"""Keywords that hold schemas by name."""
LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
"""Keywords that hold a list of schemas."""
SCHEMAS = {"items", "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else"}
SCHEMAS |= {"unevaluatedProperties", "unevaluatedItems"}
"""Keywords that hold a schema."""

_TEXTS = {"title", "description", "format", "contentEncoding", "contentMediaType", "$ref"}
_NUMBERS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
_COUNTS = {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}
_COUNTS |= {"minContains", "maxContains"}
_FLAGS = {"uniqueItems", "deprecated", "readOnly", "writeOnly"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the parameters of a tool something stands."""

    tool: str
    path: tuple[str, ...] = ()

    def inside(self, part: str) -> Place:
        """One level further in."""
        return Place(self.tool, (*self.path, part))

    def refuse(self, what: str, *, hint: str = "") -> UsageError:
        """The error that names the parameter."""
        named = f"its parameter {'.'.join(self.path)!r}" if self.path else "its parameters"
        return UsageError(f"{self.tool} cannot be a tool: {named} {what}", hint=hint)


def shown(value: object) -> str:
    """A value as JSON, cut to a length that fits in a message."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:79] + "…"


def keyword(key: str, value: object, beside: Mapping[str, object], place: Place) -> tuple[str, object] | None:
    """The keyword and its value as the standard has them; nothing for what is left out. Raises UsageError.

    beside: the whole schema, since some dialects say with two keywords what the standard says with one.
    """
    if value is None and key != "const":
        return None
    if key in _TEXTS:
        return (key, value) if isinstance(value, str) and value and not _is_bare_title(key, value, place) else None
    if key in _NUMBERS:
        return _bound(key, value, beside, place)
    if key in _COUNTS:
        return key, _count(key, value, place)
    if key in _FLAGS:
        return (key, True) if value is True else None
    if key == "pattern":
        return _pattern(value, beside, place)
    if key in ("enum", "examples"):
        return _values(key, value, place)
    if key == "const":
        return key, plain(value, place)
    if key == "dependentRequired" and isinstance(value, Mapping):
        return key, plain(value, place)
    return None


def _is_bare_title(key: str, value: str, place: Place) -> bool:
    """Whether it is a title that generators derive from the name: it costs tokens and says nothing."""
    if key != "title":
        return False
    name = place.path[-1] if place.path else place.tool
    return re.sub(r"[\W_]", "", value).lower() == re.sub(r"[\W_]", "", name).lower()


def _bound(key: str, value: object, beside: Mapping[str, object], place: Place) -> tuple[str, object] | None:
    """A bound of numbers; in draft 4 the exclusive ones are flags beside the others."""
    exclusive = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}
    inclusive = {flag: name for name, flag in exclusive.items()}
    if beside.get(exclusive.get(key, "")) is True:
        return None
    if key in inclusive and isinstance(value, bool):
        return (key, _number(key, beside[inclusive[key]], place)) if value and inclusive[key] in beside else None
    number = _number(key, value, place)
    if key == "multipleOf" and number <= 0:
        raise place.refuse(f"has the multipleOf {shown(value)}", hint="it must be above 0")
    return key, number


def _number(key: str, value: object, place: Place) -> int | float:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None if value == "" else value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise place.refuse(f"has the {key} {shown(value)}, which is no number")
    return value


def _count(key: str, value: object, place: Place) -> int:
    number = _number(key, value, place)
    if number < 0 or number != int(number):
        raise place.refuse(f"has the {key} {shown(value)}", hint="it must be a whole number from 0")
    return int(number)


def _pattern(value: object, beside: Mapping[str, object], place: Place) -> tuple[str, object] | None:
    if not isinstance(value, str):
        raise place.refuse(f"has the pattern {shown(value)}, which is no text")
    try:
        compiled(value)
    except UsageError:  # of another language's regular expressions, or one that may run on
        said = beside.get("description")
        return "description", f"{said if isinstance(said, str) else ''} (pattern: {value[:200]})".lstrip()
    return "pattern", value


def _values(key: str, value: object, place: Place) -> tuple[str, object] | None:
    listed = list(value) if isinstance(value, list | tuple | set | frozenset) else None
    if listed is None and key == "enum":
        raise place.refuse(f"has the enum {shown(value)}", hint="write a list of values")
    return (key, plain(listed, place)) if listed else None


def plain(value: object, place: Place) -> object:
    """A value as JSON has it. Raises UsageError."""
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise place.refuse(f"holds {shown(str(value))}, which is no value of JSON") from None


def inner(schema: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], object]]:
    """The schemas inside one, each with its path: the keyword, and its name or number there where it has one."""
    for key, value in schema.items():
        if key in MAPS and isinstance(value, Mapping):
            yield from (((key, name), each) for name, each in value.items())
        elif key in LISTS and isinstance(value, list):
            yield from (((key, str(at)), each) for at, each in enumerate(value))
        elif key in SCHEMAS:
            yield (key,), value
