"""Expressions: what stands between `{{` and `}}`, and behind `if`, `for … in` and `set`, as values."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import nodes

from chatbot.prompting.jinja.access import attribute, cut, item
from chatbot.prompting.jinja.filters import FILTERS
from chatbot.prompting.jinja.loops import Loop
from chatbot.prompting.jinja.operators import ARITHMETIC, COMPARISONS
from chatbot.prompting.jinja.rendering import Rendering, Scope
from chatbot.prompting.jinja.tests import TESTS
from chatbot.prompting.jinja.values import (
    Function,
    TemplateFault,
    Undefined,
    items,
    key_of,
    kind,
    listed,
    literal,
    number_in,
    shown,
    truth,
)

EXPRESSIONS: tuple[type[nodes.Node], ...] = (
    nodes.Name,
    nodes.Const,
    nodes.TemplateData,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
    nodes.Test,
    nodes.Filter,
    nodes.Call,
    nodes.Keyword,
    nodes.Concat,
    nodes.List,
    nodes.Tuple,
    nodes.Dict,
    nodes.Pair,
    nodes.Neg,
    nodes.Pos,
    nodes.NSRef,
    *(getattr(nodes, name) for name in ARITHMETIC),
)
"""The nodes that are understood here."""


def evaluate(run: Rendering, node: nodes.Node, scope: Scope) -> object:
    """The value of an expression. Raises TemplateFault for one that has none, and OverBudget."""
    run.enter(node.lineno)
    value = _value(run, node, scope)
    run.depth -= 1
    return value


def _value(run: Rendering, node: nodes.Node, scope: Scope) -> object:
    match node:
        case nodes.Const():
            return _constant(run, node)
        case nodes.Name():
            return scope.find(node.name)
        case nodes.Getattr():
            return attribute(evaluate(run, node.node, scope), node.attr, run.budget)
        case nodes.Getitem():
            return _item(run, node, scope)
        case nodes.Compare():
            return _compared(run, node, scope)
        case nodes.And() | nodes.Or():
            left = evaluate(run, node.left, scope)
            return evaluate(run, node.right, scope) if truth(left) is isinstance(node, nodes.And) else left
        case nodes.Not():
            return not truth(evaluate(run, node.node, scope))
        case nodes.CondExpr():
            return _chosen(run, node, scope)
        case nodes.Test() | nodes.Filter():
            return _named(run, node, scope)
        case nodes.Call():
            return _called(run, node, scope)
        case nodes.Concat():
            return run.text_of([shown(evaluate(run, each, scope), run.budget) for each in node.nodes])
        case nodes.List():
            return listed([evaluate(run, each, scope) for each in node.items], run.budget)
        case nodes.Tuple():
            return tuple([evaluate(run, each, scope) for each in node.items])
        case nodes.Dict():
            return {key_of(evaluate(run, pair.key, scope)): evaluate(run, pair.value, scope) for pair in node.items}
        case nodes.Neg():
            return -number_in(evaluate(run, node.node, scope))
        case nodes.Pos():
            return +number_in(evaluate(run, node.node, scope))
        case nodes.BinExpr():
            left = evaluate(run, node.left, scope)
            return ARITHMETIC[type(node).__name__](left, evaluate(run, node.right, scope), run.budget)
    raise TemplateFault(f"{type(node).__name__.lower()} is not supported in chat templates")


def _constant(run: Rendering, node: nodes.Const) -> object:
    if not isinstance(node.value, str):
        return node.value
    run.budget.write(len(node.value))
    return literal(node.value)


def _item(run: Rendering, node: nodes.Getitem, scope: Scope) -> object:
    owner = evaluate(run, node.node, scope)
    if not isinstance(node.arg, nodes.Slice):
        return item(owner, evaluate(run, node.arg, scope), run.budget)
    bounds = (node.arg.start, node.arg.stop, node.arg.step)
    start, stop, step = [None if bound is None else evaluate(run, bound, scope) for bound in bounds]
    return cut(owner, (start, stop, step), run.budget)


def _compared(run: Rendering, node: nodes.Compare, scope: Scope) -> object:
    left, found = evaluate(run, node.expr, scope), True
    for operand in node.ops:
        right = evaluate(run, operand.expr, scope)
        found = bool(COMPARISONS[operand.op](left, right, run.budget))
        if not found:
            return False
        left = right
    return found


def _chosen(run: Rendering, node: nodes.CondExpr, scope: Scope) -> object:
    if truth(evaluate(run, node.test, scope)):
        return evaluate(run, node.expr1, scope)
    if node.expr2 is None:
        return Undefined("the condition does not hold, and there is no else")
    return evaluate(run, node.expr2, scope)


def _named(run: Rendering, node: nodes.Test | nodes.Filter, scope: Scope) -> object:
    if node.node is None:
        raise TemplateFault(f"the filter {node.name!r} has nothing to work on")
    return apply(run, node, evaluate(run, node.node, scope), scope)


def apply(run: Rendering, node: nodes.Test | nodes.Filter, value: object, scope: Scope) -> object:
    """What the filter or test makes of a value."""
    args, kwargs = arguments(run, node, scope)
    is_test = isinstance(node, nodes.Test)
    try:
        return (TESTS if is_test else FILTERS)[node.name](run.budget, value, *args, **kwargs)
    except TypeError as error:
        word = "test" if is_test else "filter"
        raise TemplateFault(f"the {word} {node.name!r} cannot be used so: {_without_name(error)}") from error


def _called(run: Rendering, node: nodes.Call, scope: Scope) -> object:
    callee = evaluate(run, node.node, scope)
    args, kwargs = arguments(run, node, scope)
    return call(run, callee, args, kwargs)


def call(run: Rendering, callee: object, args: Sequence[object], kwargs: dict[str, object]) -> object:
    """What a function returns for these arguments."""
    match callee:
        case Function():
            try:
                return callee.call(*args, **kwargs)
            except TypeError as error:
                raise TemplateFault(f"{callee.name} cannot be called so: {_without_name(error)}") from error
        case Loop(again=again) if again is not None:
            [inner] = args
            return again(inner)
        case Undefined():
            raise callee.fault()
    raise TemplateFault(f"{kind(callee)} cannot be called")


def arguments(
    run: Rendering, node: nodes.Call | nodes.Test | nodes.Filter, scope: Scope
) -> tuple[list[object], dict[str, object]]:
    """The values of a call's arguments, by order and by name."""
    args = [evaluate(run, each, scope) for each in node.args]
    kwargs = {str(each.key): evaluate(run, each.value, scope) for each in node.kwargs}
    if node.dyn_args is not None:
        args += listed(items(evaluate(run, node.dyn_args, scope), run.budget), run.budget)
    if node.dyn_kwargs is not None:
        more = evaluate(run, node.dyn_kwargs, scope)
        if not isinstance(more, dict):
            raise TemplateFault(f"a table is needed behind **, not {kind(more)}")
        kwargs |= {str(shown(key, run.budget).text): value for key, value in more.items()}
    return args, kwargs


def _without_name(error: TypeError) -> str:
    """What Python says of arguments that do not fit, without the name of our function."""
    return str(error).rpartition("() ")[2]
