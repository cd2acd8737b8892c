"""What a calculation is made of: numbers, quantities and dates; what becomes of two of them, and how they are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from chatbot.errors import ToolError
from chatbot.tools.arithmetic import FUNCTIONS, OPERATORS, Number, perform, shown
from chatbot.tools.dates import date_text, days_between, moved
from chatbot.tools.quantities import (
    Measure,
    Quantity,
    added,
    converted,
    multiplied,
    quantity_text,
    raised,
    rooted,
    said,
)

Value = Number | Quantity | date

_OF_NUMBER = {"abs", "floor", "ceil", "round"}
"""Functions that change the number of a quantity and leave its unit."""

_OF_SEVERAL = {"min", "max", "sum", "mean", "average", "avg", "median"}
_ROOTS = {"sqrt": 2, "cbrt": 3}


def combined(sign: str, left: Value, right: Value) -> Value:
    """What the operator makes of the two. Raises ToolError where it makes nothing of them."""
    if isinstance(left, date) or isinstance(right, date):
        return _with_date(sign, left, right)
    if sign in ("+", "-"):
        return added(left, right, sign)
    if sign in ("*", "/"):
        return multiplied(left, right, sign)
    if sign == "**":
        return raised(left, right)
    if not isinstance(left, Quantity):
        return perform(OPERATORS[sign], left, plain(right))
    number = perform(OPERATORS[sign], left.number, converted(right, left.parts).number)
    return Quantity(number, left.parts) if sign == "mod" else number


def applied(name: str, values: Sequence[Value]) -> Value:
    """The function's value."""
    function = FUNCTIONS[name].apply
    first = values[0]
    if name in ("min", "max") and all(isinstance(value, date) for value in values):
        return (min if name == "min" else max)(value for value in values if isinstance(value, date))
    if not isinstance(first, Quantity):
        return perform(function, *map(plain, values))
    if name in _ROOTS:
        return rooted(first, _ROOTS[name])
    if name == "sum" and any(unit.offset for unit, _ in first.parts):
        raise ToolError("temperatures in °C or °F cannot be added", hint="mean, min and max can be told of them")
    if name in _OF_SEVERAL:
        numbers = [converted(_measure(value), first.parts).number for value in values]
        return Quantity(perform(function, *numbers), first.parts)
    if name in _OF_NUMBER:
        return Quantity(perform(function, first.number, *map(plain, values[1:])), first.parts)
    raise ToolError(f"{name} takes a number without a unit, not {said(first)}")


def plain(value: Value) -> Number:
    """The value, where it is a number. Raises ToolError otherwise."""
    if isinstance(value, date):
        raise ToolError("this takes a number, not a date")
    if isinstance(value, Quantity):
        raise ToolError(f"this takes a number without a unit, not {said(value)}")
    return value


def negative(value: Value) -> Value:
    """The value with the other sign."""
    if isinstance(value, date):
        raise ToolError("a date has no sign")
    return -value


def value_text(value: Value) -> str:
    """The value as it is told."""
    if isinstance(value, date):
        return date_text(value)
    return quantity_text(value) if isinstance(value, Quantity) else shown(value)


def _with_date(sign: str, left: Value, right: Value) -> Value:
    if isinstance(left, date) and isinstance(right, date):
        if sign == "-":
            return days_between(right, left)
        raise ToolError("two dates can only be subtracted, which gives the days between them")
    if sign not in ("+", "-") or (isinstance(right, date) and sign == "-"):
        raise ToolError("a date can be moved by + or - and a time, and nothing else")
    start, by = (left, right) if isinstance(left, date) else (right, left)
    assert isinstance(start, date)
    if not isinstance(by, Quantity):
        raise ToolError("a date is moved by a time", hint="write the unit: 2026-11-20 + 90 days")
    return moved(start, by, -1 if sign == "-" else 1)


def _measure(value: Value) -> Measure:
    return plain(value) if isinstance(value, date) else value


def hundredths(value: Number) -> str:
    """A share as a percentage."""
    return f"{shown(perform(OPERATORS['*'], value, Fraction(100)))} %"
