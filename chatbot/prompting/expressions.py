"""Expressions of templates: what stands between `{{` and `}}`, or behind `if` and `for … in`.

Jinja's parser reads them; this module turns the portable part of its tree into functions from a `Scope` to a value and
refuses the rest by name: calls, arithmetic, slices, tests, other filters. Nothing else exists for a template, so there
is no Python to reach from one. Text keeps its origin through every filter.

The portable part is the grammar of github.com/microsoft/prompty, spec/jinja-grammar.md, sections 3 and 5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from jinja2 import nodes

from chatbot.errors import PromptError, nearest
from chatbot.messages import Segment
from chatbot.prompting.budget import Budget
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.text import Missing, Text, Thread, text_of


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names of a template stand for while it is rendered."""

    names: Mapping[str, object]
    budget: Budget

    def inner(self, **names: object) -> Scope:
        """The scope of a loop's body."""
        return replace(self, names={**self.names, **names})


Evaluate = Callable[[Scope], object]

Filter = Callable[[Sequence[object], Scope], object]
"""From the value and the arguments, and the scope for its budget. Raises TypeError for values it is not made for."""


@dataclass(frozen=True, slots=True)
class ExpressionReader:
    """Turns expressions of one file into functions."""

    file: PromptFile

    def read(self, node: nodes.Node, known: frozenset[str]) -> Evaluate:
        """The function for an expression in which the `known` names may stand. Raises PromptError with the line."""
        match node:
            case nodes.Const():
                return self._constant(node.value)
            case nodes.Name():
                return self._name(node, known)
            case nodes.Getattr() | nodes.Getitem():
                return self._member(node, known)
            case nodes.Filter() if node.node is not None:
                return self._filter(node, node.node, known)
            case nodes.Not():
                inner = self.read(node.node, known)
                return lambda scope: not truth(inner(scope))
            case nodes.And() | nodes.Or():
                return self._either(node, known)
            case nodes.Compare():
                return self._comparison(node, known)
            case nodes.Neg(node=nodes.Const(value=int() | float() as number)):
                return self._constant(-number)
        what = _NAMES.get(type(node).__name__, f"{type(node).__name__.lower()} expressions")
        raise self.file.body_error(node.lineno, f"{what} are not part of the portable templates", hint=PORTABLE)

    def value(self, node: nodes.Node, evaluate: Evaluate) -> Evaluate:
        """The same, but a missing value is an error."""

        def present(scope: Scope) -> object:
            found = evaluate(scope)
            if isinstance(found, Missing):
                raise self.file.body_error(node.lineno, found.what, hint=found.hint)
            return found

        return present

    def _constant(self, value: object) -> Evaluate:
        constant = text_of(value, "author") if isinstance(value, str) else value
        return lambda scope: constant

    def _name(self, node: nodes.Name, known: frozenset[str]) -> Evaluate:
        name = node.name
        if name in ("null", "none") and name not in known:
            return lambda scope: None
        if name not in known:
            hint = f"declare it under inputs; {nearest(name, known)}" if known else "declare it under inputs"
            raise self.file.body_error(node.lineno, f"{name!r} is not an input of this prompt", hint=hint)

        def look_up(scope: Scope) -> object:
            scope.budget.step()
            return scope.names[name]

        return look_up

    def _member(self, node: nodes.Getattr | nodes.Getitem, known: frozenset[str]) -> Evaluate:
        owner = self.value(node.node, self.read(node.node, known))
        if isinstance(node, nodes.Getattr):
            key = self._constant(node.attr)
        elif isinstance(node.arg, nodes.Slice):
            raise self.file.body_error(node.lineno, "slices are not part of the portable templates", hint=PORTABLE)
        else:
            key = self.read(node.arg, known)
        return lambda scope: _member(owner(scope), key(scope))

    def _filter(self, node: nodes.Filter, subject: nodes.Node, known: frozenset[str]) -> Evaluate:
        if node.name not in FILTERS:
            hint = nearest(node.name, FILTERS)
            raise self.file.body_error(node.lineno, f"{node.name!r} is not a portable filter", hint=hint)
        filtered, most = FILTERS[node.name]
        if node.kwargs or node.dyn_args or node.dyn_kwargs or len(node.args) > most:
            raise self.file.body_error(node.lineno, f"the filter {node.name!r} takes at most {most} plain arguments")
        operands = [self.read(operand, known) for operand in (subject, *node.args)]
        if node.name != "default":
            operands = [self.value(node, operand) for operand in operands]

        def apply(scope: Scope) -> object:
            scope.budget.step()
            try:
                return filtered([operand(scope) for operand in operands], scope)
            except TypeError as error:
                raise self.file.body_error(node.lineno, f"the filter {node.name!r} {error}") from None

        return apply

    def _either(self, node: nodes.And | nodes.Or, known: frozenset[str]) -> Evaluate:
        left, right = self.read(node.left, known), self.read(node.right, known)
        if isinstance(node, nodes.And):
            return lambda scope: right(scope) if truth(left(scope)) else False
        return lambda scope: True if truth(left(scope)) else right(scope)

    def _comparison(self, node: nodes.Compare, known: frozenset[str]) -> Evaluate:
        if len(node.ops) != 1:
            raise self.file.body_error(node.lineno, "chained comparisons are not part of the portable templates")
        operation, compare = node.ops[0].op, _COMPARISONS[node.ops[0].op]
        left = self.value(node, self.read(node.expr, known))
        right = self.value(node, self.read(node.ops[0].expr, known))

        def evaluate(scope: Scope) -> object:
            scope.budget.step()
            first, second = _plain(left(scope), scope), _plain(right(scope), scope)
            try:
                return compare(first, second)
            except TypeError:
                message = f"{_kind(first)} and {_kind(second)} cannot be compared by {operation!r}"
                raise self.file.body_error(node.lineno, message) from None

        return evaluate


def truth(value: object) -> bool:
    """Empty texts, lists and tables, zero, false, null and missing values are false."""
    return bool(value)


def shown(value: object, scope: Scope) -> Text:
    """A value as text. Numbers and booleans can say nothing of their own and count as the author's words.

    Raises TypeError for what has no text.
    """
    match value:
        case Text():
            text = value
        case bool():
            text = text_of("true" if value else "false", "author")
        case int() | float():
            text = text_of(_number(value), "author")
        case None:
            raise TypeError("is null; test it with {% if %}")
        case Thread():
            raise TypeError("is a thread, which stands on a line of its own")
        case _:
            raise TypeError(f"is {_kind(value)}; write its items with a loop or the filter join")
    scope.budget.write(sum(len(part.text) for part in text.parts))
    return text


def _number(value: float) -> str:
    if isinstance(value, int):
        if value.bit_length() > 4096:
            raise TypeError("is a number of more than a thousand digits")
        return str(value)
    return repr(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)


def _member(owner: object, key: object) -> object:
    name = str(key) if isinstance(key, Text) else key
    if isinstance(owner, Mapping):
        if isinstance(name, str) and name in owner:
            return owner[name]
        return Missing(f"there is no {name!r} here", nearest(str(name), map(str, owner)))
    if isinstance(owner, tuple) and isinstance(name, int) and not isinstance(name, bool):
        return owner[name] if 0 <= name < len(owner) else Missing(f"the list has no item {name}: it has {len(owner)}")
    return Missing(f"{_kind(owner)} has no {name!r}")


def _plain(value: object, scope: Scope) -> object:
    """A value as Python compares it: texts without their origins."""
    match value:
        case Text():
            text = str(value)
            scope.budget.write(len(text))
            return text
        case tuple() | dict():
            scope.budget.step(len(value))
            return value if isinstance(value, dict) else tuple(_plain(item, scope) for item in value)
    return value


def _contains(item: object, container: object) -> bool:
    if isinstance(container, str) and not isinstance(item, str):
        raise TypeError
    if isinstance(container, str | tuple | dict):
        return item in container
    raise TypeError


_COMPARISONS: Mapping[str, Callable[..., object]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "lt": lambda left, right: left < right,
    "lteq": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "gteq": lambda left, right: left >= right,
    "in": _contains,
    "notin": lambda item, container: not _contains(item, container),
}


def _changing(change: Callable[[Text], Text]) -> Filter:
    def apply(operands: Sequence[object], scope: Scope) -> object:
        return change(shown(operands[0], scope))

    return apply


def _join(operands: Sequence[object], scope: Scope) -> object:
    items, separator = operands[0], shown(operands[1], scope) if len(operands) > 1 else Text()
    if not isinstance(items, tuple):
        raise TypeError(f"joins lists, not {_kind(items)}")
    parts: list[Segment] = []
    for index, item in enumerate(items):
        scope.budget.step()
        parts += [*(separator.parts if index else ()), *shown(item, scope).parts]
    return Text(tuple(parts))


def _length(operands: Sequence[object], scope: Scope) -> object:
    match operands[0]:
        case Text() as text:
            return sum(len(part.text) for part in text.parts)
        case Thread(messages):
            return len(messages)
        case tuple() | dict() as items:
            return len(items)
    raise TypeError(f"does not measure {_kind(operands[0])}")


def _default(operands: Sequence[object], scope: Scope) -> object:
    value, fallback = operands[0], operands[1] if len(operands) > 1 else Text()
    return fallback if value is None or isinstance(value, Missing) else value


FILTERS: Mapping[str, tuple[Filter, int]] = {
    "upper": (_changing(lambda text: text.changed(str.upper)), 0),
    "lower": (_changing(lambda text: text.changed(str.lower)), 0),
    "trim": (_changing(Text.stripped), 0),
    "join": (_join, 1),
    "length": (_length, 0),
    "default": (_default, 1),
}

PORTABLE = "there are names, a.b, a[0], == != < > in, and or not, and the filters " + ", ".join(FILTERS)

_NAMES = {
    "Call": "calls",
    "Test": "tests (`is …`)",
    "CondExpr": "`… if … else …` expressions",
    "Concat": "`~` expressions",
    **dict.fromkeys(("Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow", "Neg", "Pos"), "arithmetic expressions"),
    **dict.fromkeys(("List", "Tuple", "Dict"), "list and table literals"),
}


def _kind(value: object) -> str:
    match value:
        case Text() | str():
            return "a text"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case None:
            return "null"
        case Thread():
            return "a thread"
        case Mapping():
            return "a table"
    return "a list"


__all__ = ["Evaluate", "ExpressionReader", "PromptError", "Scope", "shown", "truth"]
