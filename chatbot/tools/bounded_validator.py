"""jsonschema's validator of draft 2020-12, with bounds: nothing is fetched, and no schema makes it run on.

A pattern is tried on short text only: what it costs grows with a power of the length. Forms that refer to themselves
are tried in every combination, which for a value that fits none is exponential in its depth: so references and forms
are counted, and a value for which too many are followed is given up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import ValidationError

MAX_MATCHED = 2_000
"""Characters of text that a pattern is tried on."""

STEPS, STEPS_FOR_EACH, MAX_STEPS = 500, 100, 500_000
"""References and forms that are followed for one value: to begin with, for each value inside it, and at most.

One costs about 20 microseconds, so that no small value takes longer than a tenth of a second.
"""

_BRANCHING = ("$ref", "allOf", "anyOf", "oneOf", "if", "not", "dependentSchemas", "unevaluatedProperties")


class TooManySteps(Exception):
    """A value was compared with more schemas than any honest one needs."""


@dataclass(slots=True)
class _Steps:
    """How many more references and forms are followed."""

    left: int


_STEPS: ContextVar[_Steps] = ContextVar("steps")


def validator_of(schema: Mapping[str, object]) -> Any:  # of a class that is made when it is first needed
    """The validator of a schema that is known to be one. Use it `within_bounds`, where it may raise TooManySteps."""
    from referencing import Registry

    return _validator_type()(schema, registry=Registry())


@contextmanager
def within_bounds(value: object) -> Iterator[None]:
    """Lets validators follow as many references and forms as a value of this size may need."""
    before = _STEPS.set(_Steps(min(MAX_STEPS, STEPS + STEPS_FOR_EACH * _size(value))))
    try:
        yield
    finally:
        _STEPS.reset(before)


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

    known: Mapping[str, Any] = Draft202012Validator.VALIDATORS
    extend: Any = validators.extend
    return extend(Draft202012Validator, {"pattern": pattern, **{key: _counted(known[key]) for key in _BRANCHING}})


def _counted(check: Callable[..., object]) -> Callable[..., object]:
    def counted(*given: object) -> object:
        steps = _STEPS.get()
        steps.left -= 1
        if steps.left < 0:
            raise TooManySteps
        return check(*given)

    return counted
