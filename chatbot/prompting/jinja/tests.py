"""Jinja's tests: what stands behind `is`, as in `message.content is string`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chatbot.prompting.budget import Budget
from chatbot.prompting.jinja.operators import COMPARISONS
from chatbot.prompting.jinja.values import Function, TemplateFault, Undefined, number_in, shown, whole_in
from chatbot.prompting.provenance import Traced

Test = Callable[..., object]
"""From the budget, the value and the arguments. Arguments that do not fit are a TypeError of Python's."""


def _simple(ask: Callable[[object], bool]) -> Test:
    return lambda budget, value: ask(value)


def _cased(ask: Callable[[str], bool]) -> Test:
    return lambda budget, value: ask(shown(value, budget).text)


def _divisible(budget: Budget, value: object, number: object) -> object:
    if whole_in(number) == 0:
        raise TemplateFault("nothing is divisible by 0")
    return number_in(value) % whole_in(number) == 0


def _comparing(name: str) -> Test:
    compare = COMPARISONS[name]
    return lambda budget, value, other: compare(value, other, budget)


_NAMES_OF_COMPARISONS = {
    "eq": ("==", "eq", "equalto"),
    "ne": ("!=", "ne"),
    "lt": ("<", "lt", "lessthan"),
    "lteq": ("<=", "le"),
    "gt": (">", "gt", "greaterthan"),
    "gteq": (">=", "ge"),
    "in": ("in",),
}

TESTS: Mapping[str, Test] = {
    "defined": _simple(lambda value: not isinstance(value, Undefined)),
    "undefined": _simple(lambda value: isinstance(value, Undefined)),
    "none": _simple(lambda value: value is None),
    "string": _simple(lambda value: isinstance(value, Traced)),
    "mapping": _simple(lambda value: isinstance(value, dict)),
    "sequence": _simple(lambda value: isinstance(value, Traced | list | tuple | dict | Undefined)),
    "iterable": _simple(lambda value: isinstance(value, Traced | list | tuple | dict | Undefined)),
    "number": _simple(lambda value: isinstance(value, int | float)),
    "integer": _simple(lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "float": _simple(lambda value: isinstance(value, float)),
    "boolean": _simple(lambda value: isinstance(value, bool)),
    "true": _simple(lambda value: value is True),
    "false": _simple(lambda value: value is False),
    "callable": _simple(lambda value: isinstance(value, Function)),
    "sameas": lambda budget, value, other: value is other,
    "even": lambda budget, value: number_in(value) % 2 == 0,
    "odd": lambda budget, value: number_in(value) % 2 == 1,
    "divisibleby": _divisible,
    "lower": _cased(str.islower),
    "upper": _cased(str.isupper),
    **{word: _comparing(name) for name, words in _NAMES_OF_COMPARISONS.items() for word in words},
}
