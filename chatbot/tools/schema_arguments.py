"""The arguments of a tool that is declared by a JSON Schema: coerced without loss, then validated.

Whether a value fits is jsonschema's to say; nothing is ever fetched. What it finds is told with the dotted path of the
parameter, what was given, and the nearest name or choice. `coercion` says what is coerced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, cast

from chatbot.errors import ToolArgumentError, nearest
from chatbot.tools.arguments import read_object, shown
from chatbot.tools.coercion import Coercion, kinds_of
from chatbot.tools.loose_schema import resolve

if TYPE_CHECKING:
    from jsonschema import ValidationError

MAX_COMPLAINTS = 5
"""Wrong parameters that are told at once: a model mends a few at a time best."""

MAX_MATCHED = 2_000
"""Characters of text that a pattern is tried on: what a pattern costs grows with a power of the length."""

STEPS, STEPS_FOR_EACH, MAX_STEPS = 500, 100, 500_000
"""References and forms that are followed for one check: to begin with, for each value in the arguments, and at most.

One costs about 20 microseconds, so that no small arguments take longer than a tenth of a second."""

Complaint = tuple[str, str]
"""The dotted path of a parameter, and what is wrong with it."""


class SchemaArguments:
    """The arguments of one tool, by a schema that `loose_schema.json_schema` has made."""

    def __init__(self, tool: str, schema: Mapping[str, object]) -> None:
        self.tool = tool
        self.schema = schema

    def read(self, text: str) -> dict[str, object]:
        """The arguments for the function, from a model's text. Raises ToolArgumentError that names the parameters."""
        return self.check(read_object(self.tool, text))

    def check(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """The arguments, coerced where nothing is lost. Raises ToolArgumentError that names the parameters."""
        before = _STEPS.set(_Steps.for_value(arguments))
        try:
            read = self._coercion.coerced(dict(arguments), self.schema)
            wrong = list(self._complaints(read))
        except (RecursionError, _TooMany):
            message = f"the arguments of {self.tool} are nested too deeply to be checked"
            raise ToolArgumentError(message, hint="send something simpler") from None
        finally:
            _STEPS.reset(before)
        if not wrong:
            return cast(dict[str, object], read)
        said = dict.fromkeys(what for _, what in wrong)
        more = f"; and {len(said) - MAX_COMPLAINTS} more" if len(said) > MAX_COMPLAINTS else ""
        first = next((path for path, _ in wrong if path), "")
        raise ToolArgumentError(
            f"wrong arguments for {self.tool}: {'; '.join([*said][:MAX_COMPLAINTS])}{more}", parameter=first
        )

    @cached_property
    def _validator(self) -> Any:  # of a class that is made when it is first needed
        from referencing import Registry

        return _validator_type()(self.schema, registry=Registry())

    @cached_property
    def _coercion(self) -> Coercion:
        return Coercion(
            lambda reference: resolve(reference, self.schema),
            lambda value, part: bool(self._validator.evolve(schema=part).is_valid(value)),
        )

    def _complaints(self, value: object) -> Iterator[Complaint]:
        errors = sorted(self._validator.iter_errors(value), key=lambda error: [str(part) for part in error.path])
        for error in errors:
            yield from _complaint(error)


# --- a validator with bounds ------------------------------------------------------------------------------------------


class _TooMany(Exception):
    """A value was compared with more schemas than any honest one needs."""


@dataclass(slots=True)
class _Steps:
    """How many more schemas a value is compared with.

    Forms that refer to themselves are tried in every combination: for a value that fits none, that is exponential in
    its depth, in jsonschema as in the coercion here.
    """

    left: int

    @classmethod
    def for_value(cls, value: object) -> _Steps:
        """As many as a value of this size may need, if it is honest."""
        return cls(min(MAX_STEPS, STEPS + STEPS_FOR_EACH * _size(value)))

    def take(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _TooMany


_STEPS: ContextVar[_Steps] = ContextVar("steps")


def _size(value: object) -> int:
    """How many values are in a value."""
    found, rest = 0, [value]
    while rest:
        each = rest.pop()
        found += 1
        rest.extend(each.values() if isinstance(each, Mapping) else each if isinstance(each, list) else ())
    return found


@cache
def _validator_type() -> Any:
    from jsonschema import Draft202012Validator, ValidationError, validators

    def pattern(validator: Any, pattern: str, instance: object, schema: object) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not (len(instance) <= MAX_MATCHED and re.search(pattern, instance)):
            yield ValidationError("")

    def counted(check: Callable[..., object]) -> Callable[..., object]:
        def take(*given: object) -> object:
            _STEPS.get().take()
            return check(*given)

        return take

    branching = ("$ref", "allOf", "anyOf", "oneOf", "if", "not", "dependentSchemas", "unevaluatedProperties")
    known: Mapping[str, Any] = Draft202012Validator.VALIDATORS
    extend: Any = validators.extend
    return extend(Draft202012Validator, {"pattern": pattern, **{key: counted(known[key]) for key in branching}})


# --- what jsonschema finds, in words for a model ----------------------------------------------------------------------


def _complaint(error: ValidationError) -> Iterator[Complaint]:
    error = _nearest_form(error)
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
    known = [str(name) for name in schema.get("properties", {})]
    patterns = list(schema.get("patternProperties", {}))
    for name in given:
        is_known = name in known or any(re.search(pattern, name[:MAX_MATCHED]) for pattern in patterns)
        is_found = not is_known if error.validator == "additionalProperties" else repr(name) in error.message
        if is_found:
            left = [each for each in known if each not in given]
            yield name, nearest(name, left or known) if known else "it takes none"


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
