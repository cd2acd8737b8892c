"""Arithmetic and comparison between a template's values, each bounded before it is done."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from chatbot.prompting.budget import Budget
from chatbot.prompting.inputs import MAX_BITS
from chatbot.prompting.jinja.formatting import percent_formatted
from chatbot.prompting.jinja.values import (
    TemplateFault,
    Undefined,
    bounded,
    contains,
    equal,
    kind,
    listed,
    number_in,
)
from chatbot.prompting.provenance import Traced, joined

Operator = Callable[[object, object, Budget], object]


def _add(left: object, right: object, budget: Budget) -> object:
    match left, right:
        case Traced(), Traced():
            budget.write(len(left) + len(right))
            return joined((left, right))
        case list(), list():
            return listed((*left, *right), budget)
        case tuple(), tuple():
            return tuple(listed((*left, *right), budget))
        case int() | float(), int() | float():
            return _checked(left + right)
    raise _cannot(left, "+", right)


def _multiply(left: object, right: object, budget: Budget) -> object:
    if isinstance(left, int) and isinstance(right, Traced | list | tuple):
        left, right = right, left
    match left, right:
        case Traced(), int():
            budget.write(len(left) * max(right, 0))
            budget.step(len(left.runs) * max(right, 0))
            return joined([left] * right)
        case ((list() | tuple()), int()):
            budget.step(len(left) * max(right, 0))
            return left * right
        case int(), int():
            if left.bit_length() + right.bit_length() > MAX_BITS + 1:
                raise TemplateFault("a number has too many digits")
            return bounded(left * right)
        case int() | float(), int() | float():
            return left * right
    raise _cannot(left, "*", right)


def _power(left: object, right: object, budget: Budget) -> object:
    first, second = number_in(left), number_in(right)
    if isinstance(first, int) and isinstance(second, int) and first.bit_length() * abs(second) > MAX_BITS:
        raise TemplateFault("a number has too many digits")
    try:
        found = first**second
    except (OverflowError, ZeroDivisionError) as error:
        raise TemplateFault(f"{first} ** {second} is no number") from error
    if isinstance(found, complex):
        raise TemplateFault(f"{first} ** {second} is no number")
    return found


def _modulo(left: object, right: object, budget: Budget) -> object:
    if isinstance(left, Traced):
        return percent_formatted(left, right, budget)
    return _numeric("%", operator.mod)(left, right, budget)


def _numeric(sign: str, compute: Callable[[float, float], float]) -> Operator:
    def apply(left: object, right: object, budget: Budget) -> object:
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            raise _cannot(left, sign, right)
        try:
            return _checked(compute(left, right))
        except (ZeroDivisionError, OverflowError):
            raise TemplateFault(f"{left} {sign} {right} is no number") from None

    return apply


def _checked(number: float) -> float:
    return bounded(number) if isinstance(number, int) else number


def _cannot(left: object, sign: str, right: object) -> TemplateFault:
    for value in (left, right):
        if isinstance(value, Undefined):
            return value.fault()
    return TemplateFault(f"{kind(left)} {sign} {kind(right)} is not possible")


ARITHMETIC: Mapping[str, Operator] = {
    "Add": _add,
    "Sub": _numeric("-", operator.sub),
    "Mul": _multiply,
    "Div": _numeric("/", operator.truediv),
    "FloorDiv": _numeric("//", operator.floordiv),
    "Mod": _modulo,
    "Pow": _power,
}
"""By the name of Jinja's node."""


def _ordered(sign: str, compare: Callable[..., bool]) -> Operator:
    def apply(left: object, right: object, budget: Budget) -> object:
        comparable = (int, float) if isinstance(left, int | float) else Traced
        if not isinstance(left, int | float | Traced) or not isinstance(right, comparable):
            raise _cannot(left, sign, right)
        return compare(left, right)

    return apply


COMPARISONS: Mapping[str, Operator] = {
    "eq": equal,
    "ne": lambda left, right, budget: not equal(left, right, budget),
    "lt": _ordered("<", operator.lt),
    "lteq": _ordered("<=", operator.le),
    "gt": _ordered(">", operator.gt),
    "gteq": _ordered(">=", operator.ge),
    "in": lambda left, right, budget: contains(right, left, budget),
    "notin": lambda left, right, budget: not contains(right, left, budget),
}
"""By the name of Jinja's operator."""
