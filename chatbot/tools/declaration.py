"""A function as somebody declared it for a model: its name, what it does, and the schema of its parameters.

In comes a table in any of the wrappings that circulate: OpenAI's `{"type": "function", "function": {…}}` and its flat
form, the bare `{name, description, parameters}`, `input_schema` (Anthropic), `inputSchema` (MCP), `toolSpec` (Bedrock),
`function_declarations` (Gemini), `parameter_definitions` (Cohere), `inputs` and `arguments`, or a JSON Schema whose
title is the function's name. Out comes a `Declaration` whose schema is valid. What names no function is refused.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import cast

from chatbot.errors import ToolError, UsageError
from chatbot.tools.hints import UnreadableHint, evaluated
from chatbot.tools.injected import Injection, injection_of
from chatbot.tools.loose_keyword import Place, shown
from chatbot.tools.loose_schema import json_schema

_PARAMETERS = (
    "parameters input_schema inputSchema parametersJsonSchema parameters_json_schema parameter_definitions "
    "inputs arguments args_schema"
).split()
"""Where the dialects keep the parameters."""

_WRAPPINGS = ("function", "toolSpec", "tool_spec", "function_declarations", "functionDeclarations", "tool")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declared function."""

    name: str
    description: str
    parameters: Mapping[str, object]
    """JSON Schema 2020-12 of the arguments, an object."""

    @property
    def properties(self) -> Mapping[str, object]:
        """The schemas of the parameters, by name."""
        return cast(Mapping[str, object], self.parameters["properties"])


def read_declaration(declared: Mapping[str, object]) -> Declaration:
    """The declared function. Raises UsageError that names the parameter which cannot be understood."""
    if not isinstance(declared, Mapping):
        raise UsageError(f"{shown(declared)} declares no function", hint="give a table with name and parameters")
    inner = _unwrapped(declared)
    titled = "properties" in inner and "name" not in inner
    name = inner.get("title" if titled else "name")
    if not isinstance(name, str) or not name.strip():
        raise UsageError(f"{shown(declared)} declares no function: it has no name", hint="give it a 'name'")
    description = inner.get("description")
    key = next((key for key in _PARAMETERS if inner.get(key) is not None), None)
    loose = inner if titled else inner[key] if key else _flat(inner)
    if isinstance(loose, Mapping) and isinstance(wrapped := loose.get("json"), Mapping) and len(loose) == 1:
        loose = wrapped
    if titled and isinstance(loose, Mapping):
        loose = {key: value for key, value in loose.items() if key not in ("title", "description")}
    said = description.strip() if isinstance(description, str) else ""
    return Declaration(name.strip(), said or name.replace("_", " "), json_schema(loose, Place(name)))


def _unwrapped(declared: Mapping[str, object]) -> Mapping[str, object]:
    for key in _WRAPPINGS:
        inner = declared.get(key)
        if isinstance(inner, Sequence) and not isinstance(inner, str):
            if len(inner) != 1:
                raise UsageError(f"{key} holds {len(inner)} functions", hint="make a tool of each")
            inner = inner[0]
        if isinstance(inner, Mapping) and "name" not in declared:
            return _unwrapped(inner)
    return declared


def _flat(declared: Mapping[str, object]) -> object:
    """The parameters of a function that keeps the keywords of their schema beside its name."""
    return {key: value for key, value in declared.items() if key in ("type", "properties", "required")} or None


def declared_function(declaration: Declaration, function: Callable[..., object] | None) -> Callable[..., object]:
    """What a declared tool runs: the function given, if it takes the parameters; without one, what says so.

    Raises UsageError that names the parameter which the function cannot take, or which it needs and nobody declared.
    """
    if function is None:
        return _missing(declaration.name)
    if not callable(function):
        raise UsageError(f"{declaration.name} cannot be a tool: {function!r} is not a function")
    parameters = _parameters(function)
    if parameters is None:
        return function
    filled = {each.parameter for each in injections_of(function)}
    by_name = {each.name for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)}
    needed = {each.name for each in parameters if each.default is each.empty and each.name in by_name}
    declared = set(declaration.properties)
    takes_any = any(each.kind == each.VAR_KEYWORD for each in parameters)
    for name in sorted(declared & filled):
        hint = f"do not declare {name!r}"
        raise UsageError(f"{declaration.name} cannot be a tool: the app fills {name!r}, not the model", hint=hint)
    for name in sorted(set() if takes_any else declared - by_name):
        hint = f"let it take {name!r}, or **arguments"
        raise UsageError(f"{declaration.name} cannot be a tool: its function does not take {name!r}", hint=hint)
    for name in sorted(needed - declared - filled):
        hint = f"declare {name!r}"
        raise UsageError(f"{declaration.name} cannot be a tool: its function needs {name!r}", hint=hint)
    return _with_defaults(declaration, function, needed & declared)


def _with_defaults(
    declaration: Declaration, function: Callable[..., object], needed: Set[str]
) -> Callable[..., object]:
    """The function, with the declared defaults of what it needs and a model may leave out."""
    defaults: dict[str, object] = {}
    for name in sorted(needed - set(cast(Sequence[str], declaration.parameters["required"]))):
        schema = declaration.properties[name]
        if not isinstance(schema, Mapping) or "default" not in schema:
            message = f"{declaration.name} cannot be a tool: its function needs {name!r}, which may be left out"
            raise UsageError(message, hint=f"require {name!r}, or declare its default")
        defaults[name] = schema["default"]
    return functools.partial(function, **defaults) if defaults else function


def injections_of(function: Callable[..., object] | None) -> tuple[Injection, ...]:
    """What the app fills of the function's parameters: those that its type hints mark as `Injected`."""
    parameters = (function and _parameters(function)) or ()
    hinted = {each.name: each for each in parameters if each.annotation is not each.empty}
    try:
        hints = evaluated(function, {name: each.annotation for name, each in hinted.items()}) if function else {}
    except UnreadableHint:  # the schema says what the types are; the hints are only looked at for marks
        return ()
    made = (injection_of(name, hints[name], required=each.default is each.empty) for name, each in hinted.items())
    return tuple(each for each in made if each is not None)


def _parameters(function: Callable[..., object]) -> Sequence[inspect.Parameter] | None:
    """The parameters of a function; None for a builtin that does not tell."""
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None


def _missing(name: str) -> Callable[..., object]:
    def only_declared(**arguments: object) -> object:
        raise ToolError(f"{name} is only declared: there is no function to run")

    return only_declared
