"""Statements: text, `{{ … }}`, if, for with break and continue, set, with, macro, call and filter blocks.

A block writes to the rendering and says how it ended, so that `break` and `continue` reach their loop. Names set in a
loop, a macro or a block end with it, as in Jinja; a namespace outlives them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from jinja2 import nodes

from chatbot.prompting.jinja.expressions import apply, arguments, call, evaluate
from chatbot.prompting.jinja.loops import Loop
from chatbot.prompting.jinja.rendering import Rendering, Scope
from chatbot.prompting.jinja.values import (
    Function,
    Namespace,
    TemplateFault,
    Undefined,
    items,
    literal,
    shown,
    truth,
)
from chatbot.prompting.provenance import Traced

End = Literal["break", "continue"] | None
"""How a block ended: early, for the loop around it, or as usual."""

STATEMENTS: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.If,
    nodes.For,
    nodes.Assign,
    nodes.AssignBlock,
    nodes.With,
    nodes.Macro,
    nodes.CallBlock,
    nodes.FilterBlock,
    nodes.Scope,
    nodes.Break,
    nodes.Continue,
)
"""The nodes that are understood here."""


def run_block(run: Rendering, body: Sequence[nodes.Node], scope: Scope) -> End:
    """Runs the statements in order. Raises TemplateFault and OverBudget."""
    for node in body:
        run.enter(node.lineno)
        end = _run(run, node, scope)
        run.depth -= 1
        if end:
            return end
    return None


def _run(run: Rendering, node: nodes.Node, scope: Scope) -> End:
    match node:
        case nodes.Output():
            _write(run, node, scope)
        case nodes.If():
            return _run_if(run, node, scope)
        case nodes.For():
            _run_loop(run, node, scope)
        case nodes.Assign():
            assign(run, node.target, evaluate(run, node.node, scope), scope)
        case nodes.AssignBlock():
            text = _written_apart(run, node.body, scope)
            value = text if node.filter is None else _filtered(run, node.filter, text, scope)
            assign(run, node.target, value, scope)
        case nodes.With():
            inner = scope.inner()
            for target, value in zip(node.targets, node.values, strict=True):
                assign(run, target, evaluate(run, value, scope), inner)
            return run_block(run, node.body, inner)
        case nodes.Scope():
            return run_block(run, node.body, scope.inner())
        case nodes.Macro():
            scope.names[node.name] = _macro(run, node, node.name, scope)
        case nodes.CallBlock():
            _run_call(run, node, scope)
        case nodes.FilterBlock():
            text = _written_apart(run, node.body, scope)
            run.write(shown(_filtered(run, node.filter, text, scope), run.budget))
        case nodes.Break():
            return "break"
        case nodes.Continue():
            return "continue"
        case _:
            raise TemplateFault(f"{{% {type(node).__name__.lower()} %}} is not supported in chat templates")
    return None


def _write(run: Rendering, node: nodes.Output, scope: Scope) -> None:
    for part in node.nodes:
        if isinstance(part, nodes.TemplateData):
            run.write(literal(part.data))
        else:
            run.write(shown(evaluate(run, part, scope), run.budget))


def _run_if(run: Rendering, node: nodes.If, scope: Scope) -> End:
    for branch in (node, *node.elif_):
        if truth(evaluate(run, branch.test, scope)):
            return run_block(run, branch.body, scope)
    return run_block(run, node.else_, scope)


def _written_apart(run: Rendering, body: Sequence[nodes.Node], scope: Scope) -> Traced:
    with run.apart() as pieces:
        run_block(run, body, scope.inner())
    return run.text_of(pieces)


def _filtered(run: Rendering, node: nodes.Filter, value: object, scope: Scope) -> object:
    """The value through the filters of a block, the innermost of which has no subject of its own."""
    inner = node.node
    if isinstance(inner, nodes.Filter):
        value = _filtered(run, inner, value, scope)
    return apply(run, node, value, scope)


def assign(run: Rendering, target: nodes.Node, value: object, scope: Scope) -> None:
    """Gives a name, the names of a tuple, or a name in a namespace its value."""
    match target:
        case nodes.Name():
            scope.names[target.name] = value
        case nodes.NSRef():
            owner = scope.find(target.name)
            if not isinstance(owner, Namespace):
                raise TemplateFault(f"{target.name!r} is not a namespace, so nothing in it can be set")
            owner.names[target.attr] = value
        case nodes.Tuple():
            values = items(value, run.budget)
            if len(values) != len(target.items):
                raise TemplateFault(f"{len(target.items)} names cannot stand for {len(values)} values")
            for each, part in zip(target.items, values, strict=True):
                assign(run, each, part, scope)


# --- loops ------------------------------------------------------------------------------------------------------------


def _run_loop(run: Rendering, node: nodes.For, scope: Scope) -> None:
    _rounds(run, node, evaluate(run, node.iter, scope), scope, 0)


def _rounds(run: Rendering, node: nodes.For, value: object, scope: Scope, depth: int) -> None:
    chosen = [each for each in items(value, run.budget) if node.test is None or _passes(run, node, each, scope)]
    again = _recursion(run, node, scope, depth) if node.recursive else None
    loop = Loop(chosen, depth, again)
    for loop.index, each in enumerate(chosen):
        run.budget.step()
        inner = scope.inner({"loop": loop})
        assign(run, node.target, each, inner)
        if run_block(run, node.body, inner) == "break":
            break
    if not chosen:
        run_block(run, node.else_, scope.inner())


def _passes(run: Rendering, node: nodes.For, value: object, scope: Scope) -> bool:
    inner = scope.inner()
    assign(run, node.target, value, inner)
    return node.test is None or truth(evaluate(run, node.test, inner))


def _recursion(run: Rendering, node: nodes.For, scope: Scope, depth: int) -> Callable[[object], object]:
    def again(value: object) -> object:
        with run.apart() as pieces:
            run.enter(node.lineno)
            _rounds(run, node, value, scope, depth + 1)
            run.depth -= 1
        return run.text_of(pieces)

    return again


# --- macros -----------------------------------------------------------------------------------------------------------


def _macro(run: Rendering, node: nodes.Macro | nodes.CallBlock, name: str, scope: Scope) -> Function:
    """The function that a macro is, or the body of a call block."""
    names = [argument.name for argument in node.args]
    defaults = dict(zip(names[len(names) - len(node.defaults) :], node.defaults, strict=True))
    used = {each.name for each in node.find_all(nodes.Name)}

    def expand(*args: object, **kwargs: object) -> object:
        inner = scope.inner(dict(zip(names, args, strict=False)))
        rest = {key: value for key, value in kwargs.items() if key not in names}
        _check_arguments(
            name, args[len(names) :] if "varargs" not in used else (), rest if "kwargs" not in used else {}
        )
        for key, value in kwargs.items():
            if key in inner.names:
                raise TemplateFault(f"the macro {name!r} is given {key!r} twice")
            if key in (*names, "caller"):
                inner.names[key] = value
        for missing in (each for each in names if each not in inner.names):
            unset = Undefined(f"the macro {name!r} was not given {missing!r}")
            inner.names[missing] = evaluate(run, defaults[missing], inner) if missing in defaults else unset
        inner.names["varargs"] = tuple(args[len(names) :])
        inner.names["kwargs"] = {literal(key): value for key, value in rest.items() if key != "caller"}
        with run.apart() as pieces:
            run_block(run, node.body, inner)
        return run.text_of(pieces)

    return Function(name, expand)


def _check_arguments(name: str, more: Sequence[object], unknown: dict[str, object]) -> None:
    if more:
        raise TemplateFault(f"the macro {name!r} is given more than it takes")
    if odd := next((key for key in unknown if key != "caller"), None):
        raise TemplateFault(f"the macro {name!r} does not take {odd!r}")


def _run_call(run: Rendering, node: nodes.CallBlock, scope: Scope) -> None:
    callee = evaluate(run, node.call.node, scope)
    args, kwargs = arguments(run, node.call, scope)
    found = call(run, callee, args, {**kwargs, "caller": _macro(run, node, "caller", scope)})
    run.write(shown(found, run.budget))
