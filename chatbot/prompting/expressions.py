"""Expressions of templates: what stands between `{{` and `}}`, or behind `if` and `for … in`.

Jinja's parser reads them; this module turns the portable part of its tree into functions from a `Scope` to a value and
refuses the rest by name: calls, arithmetic, slices, tests, other filters. Nothing else exists for a template, so there
is no Python to reach from one. Text keeps its origin through every filter.

The portable part is the grammar of github.com/microsoft/prompty, spec/jinja-grammar.md, sections 3 and 5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from jinja2 import nodes

from chatbot.errors import nearest
from chatbot.prompting.budget import Budget
from chatbot.prompting.filters import COMPARISONS, FILTERS, kind, plain
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.text import Missing, Text, text_of


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names of a template stand for while it is rendered."""

    names: Mapping[str, object]
    budget: Budget

    def inner(self, **names: object) -> Scope:
        """The scope of a loop's body."""
        return replace(self, names={**self.names, **names})


Evaluate = Callable[[Scope], object]


@dataclass(frozen=True, slots=True)
class ExpressionReader:
    """Turns expressions of one file into functions."""

    file: PromptFile

    def read(self, node: nodes.Node, known: frozenset[str]) -> Evaluate:
        """The function for an expression in which the `known` names may stand. Raises PromptError with the line."""
        match node:
            case nodes.Const():
                return self._constant(node.value, node.lineno)
            case nodes.Name():
                return self._name(node, known)
            case nodes.Getattr() | nodes.Getitem():
                return self._member(node, known)
            case nodes.Filter() if node.node is not None:
                return self._filter(node, node.node, known)
            case nodes.Not():
                inner = self.read(node.node, known)
                return lambda scope: not inner(scope)
            case nodes.And() | nodes.Or():
                return self._either(node, known)
            case nodes.Compare():
                return self._comparison(node, known)
            case nodes.Neg(node=nodes.Const(value=int() | float() as number)):
                return self._constant(-number, node.lineno)
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

    def _constant(self, value: object, line: int) -> Evaluate:
        if isinstance(value, float) and not math.isfinite(value):
            raise self.file.body_error(line, "this number is too large")
        constant = text_of(value, "author") if isinstance(value, str) else value
        return lambda scope: constant

    def _name(self, node: nodes.Name, known: frozenset[str]) -> Evaluate:
        name = node.name
        if name == "null":
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
            key = self._constant(node.attr, node.lineno)
        elif isinstance(node.arg, nodes.Slice):
            raise self.file.body_error(node.lineno, "slices are not part of the portable templates", hint=PORTABLE)
        else:
            key = self.value(node, self.read(node.arg, known))
        return lambda scope: _member(owner(scope), key(scope))

    def _filter(self, node: nodes.Filter, subject: nodes.Node, known: frozenset[str]) -> Evaluate:
        if node.name not in FILTERS:
            hint = nearest(node.name, FILTERS)
            raise self.file.body_error(node.lineno, f"{node.name!r} is not a portable filter", hint=hint)
        filtered, most = FILTERS[node.name]
        if node.kwargs or node.dyn_args or node.dyn_kwargs or len(node.args) > most:
            takes = "at most one plain argument" if most else "no arguments"
            raise self.file.body_error(node.lineno, f"the filter {node.name!r} takes {takes}")
        operands = [self.read(operand, known) for operand in (subject, *node.args)]
        if node.name != "default":
            operands = [self.value(node, operand) for operand in operands]

        def apply(scope: Scope) -> object:
            scope.budget.step()
            try:
                return filtered([operand(scope) for operand in operands], scope.budget)
            except TypeError as error:
                raise self.file.body_error(node.lineno, f"in the filter {node.name!r}: {error}") from None

        return apply

    def _either(self, node: nodes.And | nodes.Or, known: frozenset[str]) -> Evaluate:
        left, right = self.read(node.left, known), self.read(node.right, known)
        goes_on = isinstance(node, nodes.And)

        def evaluate(scope: Scope) -> object:
            value = left(scope)
            return right(scope) if bool(value) is goes_on else value

        return evaluate

    def _comparison(self, node: nodes.Compare, known: frozenset[str]) -> Evaluate:
        if len(node.ops) != 1:
            raise self.file.body_error(node.lineno, "chained comparisons are not part of the portable templates")
        operation, compare = node.ops[0].op, COMPARISONS[node.ops[0].op]
        left = self.value(node, self.read(node.expr, known))
        right = self.value(node, self.read(node.ops[0].expr, known))

        def evaluate(scope: Scope) -> object:
            scope.budget.step()
            first, second = plain(left(scope), scope.budget), plain(right(scope), scope.budget)
            try:
                return compare(first, second)
            except TypeError:
                message = f"{kind(first)} and {kind(second)} cannot be compared by {operation!r}"
                raise self.file.body_error(node.lineno, message) from None

        return evaluate


def _member(owner: object, key: object) -> object:
    name = str(key) if isinstance(key, Text) else key
    if isinstance(owner, Mapping):
        if isinstance(name, str) and name in owner:
            return owner[name]
        return Missing(f"there is no {name!r} here", nearest(str(name), map(str, owner)))
    if isinstance(owner, tuple) and isinstance(name, int) and not isinstance(name, bool):
        return owner[name] if 0 <= name < len(owner) else Missing(f"the list has no item {name}: it has {len(owner)}")
    return Missing(f"{kind(owner)} has no {name!r}")


PORTABLE = "there are names, a.b, a[0], == != < > in, and or not, and the filters " + ", ".join(FILTERS)

_NAMES = {
    "Call": "calls",
    "Test": "tests (`is …`)",
    "CondExpr": "`… if … else …` expressions",
    "Concat": "`~` expressions",
    **dict.fromkeys(("Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow", "Neg", "Pos"), "arithmetic expressions"),
    **dict.fromkeys(("List", "Tuple", "Dict"), "list and table literals"),
}
