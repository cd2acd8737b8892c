"""A function's type hints, evaluated where they were written, in forms that pydantic reads.

Each hint is evaluated by itself, so that the one that cannot be is known by its parameter, and a return type that only
a type checker can see does no harm. Names are looked for as Python would, and then where the function was made: in its
class, around it, and where it is being made a tool.
"""

from __future__ import annotations

import functools
import inspect
import sys
import typing
from collections import abc
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Annotated, Any, NotRequired, Required, Union, get_args, get_origin, get_type_hints

_LISTS = (abc.Iterable, abc.Collection, abc.Reversible, abc.Container)
"""What takes a list, and what pydantic would fill with something that checks its items too late, or refuses."""

_CONTAINERS = (list, tuple, set, frozenset, dict, abc.Sequence, abc.MutableSequence, abc.Mapping, abc.MutableMapping,
               abc.Set)  # fmt: skip


def evaluated(function: Callable[..., object], annotations: Mapping[str, Any]) -> dict[str, Any]:
    """The type hints of a function, from its annotations by parameter.

    Raises UnreadableHint that names the parameter.
    """
    scope = _Scope(function)
    return {name: _evaluated(name, annotation, scope) for name, annotation in annotations.items()}


class UnreadableHint(Exception):
    """A type hint that names something which does not exist where it stands."""

    def __init__(self, parameter: str, reason: str) -> None:
        super().__init__(reason)
        self.parameter = parameter


def target_of(function: Callable[..., object]) -> Callable[..., object]:
    """The function that somebody wrote: what a partial, a decorator, a method or a callable object stands for."""
    if isinstance(function, functools.partial):
        return target_of(function.func)
    if not inspect.isroutine(function) and not inspect.isclass(function):
        return target_of(type(function).__call__)
    written: Callable[..., object] = inspect.unwrap(getattr(function, "__func__", function))
    return written


class _Scope:
    """Where the names of a function's hints are looked for."""

    def __init__(self, function: Callable[..., object]) -> None:
        target = target_of(function)
        home = sys.modules.get(str(getattr(target, "__module__", "")))
        self.globals: dict[str, Any] = getattr(target, "__globals__", None) or vars(home or typing)
        self._function, self._target = function, target

    @functools.cached_property
    def around(self) -> dict[str, Any]:
        """Names from outside the module, the nearest last: where the tool is made, the class, the closure."""
        names = dict(_names_of_caller())
        whole = self._function.func if isinstance(self._function, functools.partial) else self._function
        bound = getattr(whole, "__self__", whole)
        for owner in reversed((bound if inspect.isclass(bound) else type(bound)).__mro__[:-1]):
            names |= vars(owner)
        code, cells = getattr(self._target, "__code__", None), getattr(self._target, "__closure__", None)
        if code is not None and cells:
            names |= {
                name: cell.cell_contents for name, cell in zip(code.co_freevars, cells, strict=True) if _full(cell)
            }
        return names | {each.__name__: each for each in getattr(self._target, "__type_params__", ())}


def _full(cell: Any) -> bool:
    try:
        return bool([cell.cell_contents])
    except ValueError:  # not assigned yet
        return False


def _names_of_caller() -> Mapping[str, Any]:
    """The local names of the code that makes a tool, the nearest that is not this program's own."""
    frame = sys._getframe(1)
    while frame and str(frame.f_globals.get("__name__", "")).partition(".")[0] in ("chatbot", "functools"):
        frame = frame.f_back  # type: ignore[assignment]  # None ends the loop
    return frame.f_locals if frame else {}


def _evaluated(name: str, annotation: Any, scope: _Scope) -> Any:
    def shell() -> None: ...

    shell.__annotations__ = {"hint": annotation}
    try:
        try:
            found = get_type_hints(shell, scope.globals, {}, include_extras=True)
        except NameError:
            found = get_type_hints(shell, scope.globals, scope.around, include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError) as error:
        raise UnreadableHint(name, str(error)) from None
    return readable_by_pydantic(found["hint"])


def readable_by_pydantic(hint: Any, within: tuple[Any, ...] = ()) -> Any:
    """The same type, with what pydantic does not take written in another way.

    `Iterable[T]` becomes `list[T]`, and `typing.TypedDict`, which pydantic takes from Python 3.12 on only, becomes that
    of typing_extensions; a table that holds itself (`within`) stays as it is.
    """
    if typing.is_typeddict(hint) and sys.version_info < (3, 12) and hint not in within:
        return _typed_dict(hint, (*within, hint))
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in _LISTS or any(hint is each for each in _LISTS):
        return _made(list, (readable_by_pydantic(arguments[0] if arguments else Any, within),))
    if origin is Annotated:
        inner = readable_by_pydantic(arguments[0], within)
        return hint if inner is arguments[0] else _made(Annotated, (inner, *arguments[1:]))
    if origin not in (*_CONTAINERS, Union, UnionType, Required, NotRequired):
        return hint
    changed = tuple(readable_by_pydantic(each, within) for each in arguments)
    if all(new is old for new, old in zip(changed, arguments, strict=True)):
        return hint
    return _made(Union if origin is UnionType else origin, changed)


def _made(origin: Any, arguments: tuple[Any, ...]) -> Any:
    """A generic type, made as the program runs, which no type checker follows."""
    return origin[arguments if len(arguments) > 1 else arguments[0]]


def _typed_dict(hint: Any, within: tuple[Any, ...]) -> Any:
    from typing_extensions import TypedDict

    def field(name: str, inner: Any) -> Any:
        inner = readable_by_pydantic(inner, within)
        if get_origin(inner) in (Required, NotRequired):
            return inner
        return _made(Required if name in hint.__required_keys__ else NotRequired, (inner,))

    hints = get_type_hints(hint, include_extras=True)
    made: Any = TypedDict(hint.__name__, {name: field(name, each) for name, each in hints.items()})  # type: ignore[misc]
    made.__doc__, made.__module__ = hint.__doc__, hint.__module__
    return made
