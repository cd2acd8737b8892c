"""What a lenient reading of arguments has lost: compares what a model wrote with what the types made of it.

pydantic coerces more than it should between a model and a function: true becomes 1, a number a moment in time, a digit
too many is rounded away, a key that nobody knows is dropped. Each of these is found here, with its place.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Set
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from chatbot.tools.arguments import shown

if TYPE_CHECKING:
    from pydantic import BaseModel

_NUMBERS = (int, float, Decimal, Fraction)
_MOMENTS = (date, time, timedelta)
_WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")
_NUMBER = re.compile(r"\s*[+-]?[0-9.]+\s*")


def lost(given: object, read: object, place: str = "") -> tuple[str, str] | None:
    """Where something of what was given is not in what was read, and what; None where nothing is lost."""
    if given is read:
        return None
    if said := _of_value(given, read):
        return place, said
    if isinstance(given, dict):
        return _of_object(given, read, place)
    if isinstance(given, list):
        return _of_list(given, read, place)
    return None


def _of_value(given: object, read: object) -> str:
    value = read.value if isinstance(read, Enum) else read
    if isinstance(given, bool) and isinstance(value, _NUMBERS) and not isinstance(value, bool):
        return f"input should be a number, not {shown(given)}"
    if isinstance(given, float) and isinstance(value, str):
        return f"input should be text, in quotes, not {shown(given)}"
    if isinstance(read, _MOMENTS) and _is_number(given):
        return f"input should be text such as {_EXAMPLES[type(read).__name__]}, not {shown(given)}"
    if isinstance(value, float) and _whole(given) not in (None, value):
        return f"{shown(given)} has more digits than a number of this kind can hold"
    return ""


_EXAMPLES = {
    "date": '"2024-02-29"',
    "datetime": '"2024-02-29T18:30:00"',
    "time": '"18:30:00"',
    "timedelta": '"PT1H30M" or "01:30:00"',
}


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) or (isinstance(given, str) and _NUMBER.fullmatch(given) is not None)


def _whole(given: object) -> int | None:
    """The whole number that was written, in quotes or not."""
    if isinstance(given, str):
        return int(given) if _WHOLE.fullmatch(given) and len(given) < 1_000 else None
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _of_object(given: Mapping[str, object], read: object, place: str) -> tuple[str, str] | None:
    if isinstance(read, Mapping):
        if all(key in read for key in given):
            return _first((key, value, read[key], place) for key, value in given.items())
        if not any(key in read for key in given):  # the keys were coerced, in their order
            if len(read) < len(given):
                return place, f"two of the keys {shown(list(given))} are the same"
            pairs = zip(given.items(), read.values(), strict=False)
            return _first((key, value, other, place) for (key, value), other in pairs)
        return None
    if hasattr(type(read), "model_fields"):
        return _of_model(given, read, place)  # type: ignore[arg-type]  # a model of pydantic's
    return _first((key, value, getattr(read, key), place) for key, value in given.items() if hasattr(read, key))


def _of_model(given: Mapping[str, object], read: BaseModel, place: str) -> tuple[str, str] | None:
    fields = type(read).model_fields
    names = {key: name for name, field in fields.items() for key in (name, *_aliases(field))}
    if "root" in fields and not any(key in names for key in given):
        return lost(given, getattr(read, "root", None), place)
    if type(read).model_config.get("extra") != "allow":
        for key in given:
            if key not in names:
                inside = f"{place}.{key}".lstrip(".")
                return inside, f"there is no {inside!r}"
    return _first((key, value, getattr(read, names[key]), place) for key, value in given.items() if key in names)


def _aliases(field: Any) -> list[str]:
    """Keys under which a field of a model may be given."""
    alias = field.validation_alias or field.alias
    choices = getattr(alias, "choices", [alias])
    return [str(getattr(choice, "path", [choice])[0]) for choice in choices if choice is not None]


def _of_list(given: list[object], read: object, place: str) -> tuple[str, str] | None:
    if isinstance(read, list | tuple | deque):
        return _first((at, value, other, place) for at, (value, other) in enumerate(zip(given, read, strict=False)))
    if isinstance(read, Set):  # which has no order: an item must have come through as one of them
        for at, value in enumerate(given):
            losses = [lost(value, other, f"{place}.{at}".lstrip(".")) for other in read]
            if losses and all(losses):
                return losses[0]
    return None


def _first(pairs: Iterable[tuple[object, object, object, str]]) -> tuple[str, str] | None:
    found = (lost(given, read, f"{place}.{key}".lstrip(".")) for key, given, read, place in pairs)
    return next(filter(None, found), None)
