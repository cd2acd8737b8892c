"""A function's parameters as a model would have to fill them, read when the function becomes a tool.

What no model could fill is refused here, with the parameter's name: parameters without a type, given by position only,
or of any number, and types that no JSON fits. pydantic judges the types, and is not imported for plain ones.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from chatbot.errors import UsageError
from chatbot.tools.injected import Injection, injection_of


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function."""

    name: str
    hint: Any
    """Its type, as evaluated by `typing.get_type_hints`."""
    default: object = inspect.Parameter.empty
    description: str = ""
    injection: Injection | None = None
    """How the app fills it, where the model does not."""

    @property
    def required(self) -> bool:
        """Whether a call must give it."""
        return self.default is inspect.Parameter.empty


def parameters_of(function: Callable[..., object], name: str, about: Mapping[str, str]) -> list[Parameter]:
    """The parameters of a function that is to become a tool; `about` says what each is for.

    Raises UsageError that names the parameter which a model could not fill.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise UsageError(
            f"{name} cannot be a tool: its parameters cannot be read", hint="wrap it in a function"
        ) from None
    hints = _hints(function, name, signature)
    bound = function.keywords if isinstance(function, functools.partial) else {}
    open_parameters = [parameter for parameter in signature.parameters.values() if parameter.name not in bound]
    found = [_parameter(name, parameter, hints, about) for parameter in open_parameters]
    asked = [parameter for parameter in found if parameter.injection is None]
    if not all(_is_plain(parameter.hint) for parameter in asked):
        _try_types(name, asked)
    return found


def _parameter(
    tool: str, parameter: inspect.Parameter, hints: Mapping[str, Any], about: Mapping[str, str]
) -> Parameter:
    wrong = ""
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        wrong, advice = f"takes any number of values ({parameter})", "name each parameter"
    elif parameter.kind is parameter.POSITIONAL_ONLY:
        wrong, advice = "can only be given by position", "remove the / from its signature"
    elif parameter.name not in hints:
        own = parameter.name in ("self", "cls")
        advice = "make the bound method a tool: tool(instance.method)" if own else f"write {parameter.name}: str, say"
        wrong = "has no type hint"
    if wrong:
        raise UsageError(f"{tool} cannot be a tool: its parameter {parameter.name!r} {wrong}", hint=advice)
    hint, default = hints[parameter.name], parameter.default
    injection = injection_of(parameter.name, hint, required=default is parameter.empty)
    return Parameter(parameter.name, hint, default, about.get(parameter.name, ""), injection)


def _hints(function: Callable[..., object], name: str, signature: inspect.Signature) -> Mapping[str, Any]:
    target = function.func if isinstance(function, functools.partial) else function
    target = target if inspect.isroutine(target) else type(target).__call__
    try:
        return get_type_hints(inspect.unwrap(target), include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError) as error:
        unknown = getattr(error, "name", None) or ""
        guilty = [p.name for p in signature.parameters.values() if unknown and unknown in str(p.annotation)]
        where = f"the type of its parameter {guilty[0]!r}" if guilty else "its type hints"
        hint = "import the type where the function can see it when it runs"
        raise UsageError(f"{name} cannot be a tool: {where} cannot be read: {error}", hint=hint) from None


def _try_types(tool: str, parameters: Sequence[Parameter]) -> None:
    """Lets pydantic see each type, so that one it cannot fill is found when the tool is made."""
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUserError

    for parameter in parameters:
        try:
            TypeAdapter(parameter.hint).json_schema()
        except (PydanticUserError, TypeError, NameError) as error:
            reason = str(error).splitlines()[0]
            raise UsageError(
                f"{tool} cannot be a tool: no JSON fits the type of its parameter {parameter.name!r}: {reason}",
                hint="use text, numbers, lists, tables, enums, dataclasses or pydantic models",
            ) from None


def _is_plain(hint: Any) -> bool:
    """Whether JSON fits this type without a doubt."""
    if hint in (str, int, float, bool, NoneType, list, dict):
        return True
    origin = get_origin(hint)
    if origin is Literal:
        return all(isinstance(value, str | int | bool) for value in get_args(hint))
    if origin in (list, dict, Union, UnionType):
        return all(map(_is_plain, get_args(hint)))
    return False
