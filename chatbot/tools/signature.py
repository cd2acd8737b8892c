"""A function's parameters as a model would have to fill them, read when the function becomes a tool.

What no model could fill is refused here, with the parameter's name. What can only be given by position, and parameters
that take any number of values, are filled by name too: a list for `*values`, a table for `**options`; `spread` is how
the function is then called.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Optional, Unpack, get_args, get_origin

from chatbot.errors import ToolArgumentError, UsageError
from chatbot.tools.hints import UnreadableHint, evaluated
from chatbot.tools.injected import Injection, injection_of

_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function."""

    name: str
    hint: Any
    """Its type, evaluated; notes on it stay."""
    default: object = inspect.Parameter.empty
    description: str = ""
    injection: Injection | None = None
    """How the app fills it, where the model does not."""

    @property
    def required(self) -> bool:
        """Whether a call must give it."""
        if is_field(self.default):
            return bool(self.default.is_required())  # type: ignore[attr-defined]  # it is a field of pydantic's
        return self.default is inspect.Parameter.empty


def is_field(default: object) -> bool:
    """Whether this is `pydantic.Field(…)`, which says more of a parameter than its default."""
    return type(default).__name__ == "FieldInfo" and type(default).__module__.startswith("pydantic.")


def parameters_of(function: Callable[..., object], name: str, about: Mapping[str, str]) -> list[Parameter]:
    """The parameters of a function that is to become a tool; `about` says what each is for.

    Raises UsageError that names the parameter which a model could not fill.
    """
    found = _open_parameters(function, name)
    for parameter in found:
        if parameter.annotation is parameter.empty:
            raise _untyped(name, parameter)
    try:
        hints = evaluated(function, {parameter.name: parameter.annotation for parameter in found})
    except UnreadableHint as error:
        hint = "import the type where the function can see it when it runs"
        message = f"{name} cannot be a tool: the type of its parameter {error.parameter!r} cannot be read: {error}"
        raise UsageError(message, hint=hint) from None
    return [_parameter(parameter, hints[parameter.name], about.get(parameter.name, "")) for parameter in found]


def _open_parameters(function: Callable[..., object], name: str) -> list[inspect.Parameter]:
    """The parameters that are still to be filled: a partial has filled some."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        hint = "wrap it in a function"
        raise UsageError(f"{name} cannot be a tool: its parameters cannot be read", hint=hint) from None
    bound = function.keywords if isinstance(function, functools.partial) else {}
    return [parameter for parameter in signature.parameters.values() if parameter.name not in bound]


def _untyped(tool: str, parameter: inspect.Parameter) -> UsageError:
    if parameter.name in ("self", "cls"):
        advice = "make the bound method a tool: tool(instance.method)"
    elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        advice = "name each parameter, with its type; a decorator keeps them by functools.wraps"
    else:
        advice = f"write {parameter.name}: str, say"
    return UsageError(f"{tool} cannot be a tool: its parameter {parameter.name!r} has no type hint", hint=advice)


def _parameter(parameter: inspect.Parameter, hint: Any, said: str) -> Parameter:
    name, default = parameter.name, parameter.default
    if parameter.kind is parameter.VAR_POSITIONAL:
        hint, default = _unpacked(hint, list), []
    elif parameter.kind is parameter.VAR_KEYWORD:
        hint, default = _unpacked(hint, dict), {}
    elif default is None:
        hint = Optional[hint]  # noqa: UP045  # what `x: str = None` means; a model may well say null
    injection = injection_of(name, hint, required=default is parameter.empty)
    return Parameter(name, hint, default, _description(hint, default, said), injection)


def _unpacked(hint: Any, container: type) -> Any:
    """The type of all values of `*values: T` or `**options: T` together."""
    if get_origin(hint) is Unpack:
        return get_args(hint)[0]
    whole: Any = container
    return whole[hint] if container is list else whole[str, hint]


def _description(hint: Any, default: object, said: str) -> str:
    """What is said of a parameter: by its Field, else in the docstring, else by a note on its type."""
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    fields = [getattr(note, "description", None) for note in (default, *notes) if is_field(note)]
    plain = [note for note in notes if isinstance(note, str)]
    documented = [note.documentation for note in notes if type(note).__name__ == "Doc"]
    return next((text for text in (*fields, said, *documented, *plain) if text), "")


def spread(function: Callable[..., object]) -> Callable[..., object]:
    """The function, callable with all of its arguments by name; itself, where it is so already.

    Called with anything by position, it is the function as it was.
    """
    parameters = tuple(inspect.signature(function).parameters.values())
    if all(parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY) for parameter in parameters):
        return function

    def by_name(*args: Any, **kwargs: Any) -> object:
        if args:
            return function(*args, **kwargs)
        options = _options(parameters, kwargs)
        return function(*_by_position(parameters, kwargs), **kwargs, **options)

    return functools.update_wrapper(by_name, function, updated=())


def _options(parameters: Sequence[inspect.Parameter], given: dict[str, Any]) -> Mapping[str, Any]:
    """What `**options` takes, out of the arguments. It must not fill a parameter: that has a type, or is injected."""
    named = next((each.name for each in parameters if each.kind is each.VAR_KEYWORD), None)
    options: Mapping[str, Any] = given.pop(named, {}) if named else {}
    for parameter in parameters:
        if parameter.name in options:
            place = f"{named}.{parameter.name}"
            raise ToolArgumentError(f"there is no {place!r}: {parameter.name} is a parameter itself", parameter=place)
    return options


def _by_position(parameters: Sequence[inspect.Parameter], given: dict[str, Any]) -> list[object]:
    """What has to be given by position, out of the arguments: all that comes before a value of `*values`."""
    star = next((each.name for each in parameters if each.kind is each.VAR_POSITIONAL), None)
    values = list(given.pop(star, ())) if star else []
    kinds = _BY_POSITION if values else _BY_POSITION[:1]
    placed = [each for each in parameters if each.kind in kinds]
    while placed and placed[-1].name not in given and not values:
        placed.pop()
    return [given.pop(each.name, each.default) for each in placed] + values
