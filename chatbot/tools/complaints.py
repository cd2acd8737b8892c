"""What jsonschema finds wrong with arguments, in words that a model can act on.

In comes an error of jsonschema's. Out comes, for each parameter that it is about, the dotted path and a sentence that
says where, what is asked for, what was given, and the nearest name or choice. Of several forms that a value may have,
the one is told that it comes nearest to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from chatbot.errors import nearest
from chatbot.tools.arguments import shown
from chatbot.tools.bounded_validator import MAX_MATCHED
from chatbot.tools.coercion import kinds_of

if TYPE_CHECKING:
    from jsonschema import ValidationError

Complaint = tuple[str, str]
"""The dotted path of a parameter, and what is wrong with it."""


def complaints(error: ValidationError) -> list[Complaint]:
    """What is wrong, for each parameter that the error is about: at least one."""
    error = _nearest_form(error)
    place = ".".join(str(part) for part in error.absolute_path)
    return list(_complaints(error)) or [(place, f"{place}: {error.message[:200]}".removeprefix(": "))]


def _complaints(error: ValidationError) -> Iterator[Complaint]:
    path, given, asked = [str(part) for part in error.absolute_path], cast(object, error.instance), _asked(error)
    place = ".".join(path)
    match error.validator:
        case "required" if isinstance(given, Mapping) and isinstance(asked, list):
            for name in (".".join([*path, name]) for name in asked if name not in given):
                yield name, f"{name} is missing"
        case "additionalProperties" | "unevaluatedProperties" if isinstance(given, Mapping):
            for name, hint in _unknown(error, given):
                yield ".".join([*path, name]), f"there is no {'.'.join([*path, name])!r} ({hint})"
        case "anyOf":
            yield place, f"{place}: {_no_form(asked)}, not {shown(given)}".removeprefix(": ")
        case "propertyNames" | "dependentRequired" | "not" | "contains" | "if" | "oneOf" | "unevaluatedItems":
            yield place, f"{place}: {error.message[:200]}".removeprefix(": ")
        case _:
            wish = _wish(str(error.validator), asked, given)
            yield place, f"{place}: {wish}, not {shown(given)}".removeprefix(": ")


def _asked(error: ValidationError) -> Any:
    return error.validator_value


def _nearest_form(error: ValidationError) -> ValidationError:
    """Of several forms that a value could have, what is wrong with the one that it comes nearest to."""
    while error.validator in ("anyOf", "oneOf") and error.context:
        typed = [each for each in error.context if each.validator != "type" or len(each.path)]
        deepest = max(typed, key=lambda each: (len(each.path), each.validator != "enum"), default=None)
        if deepest is None:
            break
        error = deepest
    return error


def _no_form(forms: Sequence[object]) -> str:
    kinds = dict.fromkeys(kind for form in forms for kind in kinds_of(form))
    return f"must be {' or '.join(map(_a, kinds)) or 'of another form'}"


def _unknown(error: ValidationError, given: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The names that an object does not have, each with the nearest that it has."""
    schema = cast(Mapping[str, Any], error.schema)
    own = list(schema.get("properties", {}))
    known = own if error.validator == "additionalProperties" else list(_names(schema))
    patterns = list(schema.get("patternProperties", {}))
    for name in given:
        is_known = name in own or any(re.search(pattern, name[:MAX_MATCHED]) for pattern in patterns)
        is_found = not is_known if error.validator == "additionalProperties" else repr(name) in error.message
        if is_found:
            left = [each for each in known if each not in given]
            yield name, nearest(name, left or known) if known else "it takes none"


def _names(schema: Mapping[str, Any]) -> Iterator[str]:
    """The properties that an object may have, also by what is combined in its schema."""
    yield from schema.get("properties", {})
    for form in chain.from_iterable(schema.get(key, ()) for key in ("allOf", "anyOf", "oneOf")):
        yield from _names(form) if isinstance(form, Mapping) else ()


def _wish(keyword: str, asked: Any, given: object) -> str:
    """What the value must be, by the keyword that it breaks."""
    match keyword:
        case "type":
            return f"must be {' or '.join(map(_a, [asked] if isinstance(asked, str) else asked))}"
        case "enum":
            return f"must be {_one_of(asked, given)}"
        case "const":
            return f"must be {shown(asked)}"
        case _ if keyword in _WISHES:
            return _WISHES[keyword].format(asked if isinstance(asked, int | float | str) else shown(asked))
    return f"must satisfy {keyword} {shown(asked)}"


def _one_of(choices: Sequence[object], given: object) -> str:
    listed = ", ".join(shown(each) for each in choices[:8]) + (", …" if len(choices) > 8 else "")
    hint = nearest(given, map(str, choices)) if isinstance(given, str) else ""
    return f"one of {listed} ({hint})" if hint.startswith("did you mean") else f"one of {listed}"


_WISHES = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be above {}",
    "exclusiveMaximum": "must be below {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} items",
    "maxItems": "must have at most {} items",
    "minProperties": "must have at least {} entries",
    "maxProperties": "must have at most {} entries",
    "uniqueItems": "must hold each item once",
    "pattern": f"must match the pattern {{}}, in at most {MAX_MATCHED:,} characters",
}

_ARTICLES = {"integer": "an integer", "array": "a list", "object": "an object", "null": "null", "string": "text"}


def _a(kind: str) -> str:
    return _ARTICLES.get(kind, f"a {kind}")
