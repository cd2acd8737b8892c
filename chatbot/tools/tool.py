"""`@tool`: a typed Python function becomes something a model can call."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_type_hints, overload

from chatbot.effects import ToolSchema
from chatbot.errors import ToolError, UsageError

Impact = Literal["none", "reads", "writes", "sends", "spends"]
"""What a tool does to the world. The last three are side effects."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call."""

    name: str
    description: str
    parameters: Mapping[str, object]
    """JSON Schema of the arguments."""
    function: Callable[..., object]
    impact: Impact = "writes"
    """The cautious default: what is not declared harmless is taken to change something."""
    timeout: float = 30.0
    """Seconds a call may take."""

    @property
    def schema(self) -> ToolSchema:
        """The tool as a model sees it."""
        return ToolSchema(self.name, self.description, self.parameters)

    @classmethod
    def from_function(
        cls, function: Callable[..., object], *, impact: Impact = "writes", timeout: float = 30.0
    ) -> Tool:
        """A tool from a function's name, type hints and docstring.

        Raises UsageError, naming the parameter, for a function that cannot become a tool.
        """
        name = getattr(function, "__name__", type(function).__name__)
        description, about = _docstring(inspect.getdoc(function) or "")
        return cls(name, description or name, _parameters(name, function, about), function, impact, timeout)

    def check(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """The arguments, validated and coerced where nothing is lost. Raises ToolError naming the parameter."""
        from pydantic import ValidationError

        try:
            model = _model(self.name, self.function)
            checked = model.model_validate(dict(arguments))
        except ValidationError as error:
            problems = [f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors()]
            raise ToolError(f"wrong arguments for {self.name}: {'; '.join(problems)}") from error
        return {name: getattr(checked, name) for name in type(checked).model_fields}


@overload
def tool(function: Callable[..., object]) -> Tool: ...
@overload
def tool(*, impact: Impact = ..., timeout: float = ...) -> Callable[[Callable[..., object]], Tool]: ...
def tool(
    function: Callable[..., object] | None = None, *, impact: Impact = "writes", timeout: float = 30.0
) -> Tool | Callable[[Callable[..., object]], Tool]:
    """Makes a function a tool: `@tool`, or `@tool(impact="reads", timeout=5)`."""
    if function is not None:
        return Tool.from_function(function, impact=impact, timeout=timeout)
    return lambda each: Tool.from_function(each, impact=impact, timeout=timeout)


def _model(name: str, function: Callable[..., object]) -> Any:
    """A pydantic model of a function's arguments, made once a tool."""
    if function not in _MODELS:
        from pydantic import ConfigDict, create_model

        hints = get_type_hints(function, include_extras=True)
        fields: dict[str, Any] = {}
        for parameter in inspect.signature(function).parameters.values():
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[parameter.name] = (hints.get(parameter.name, str), default)
        _MODELS[function] = create_model(f"{name}_arguments", __config__=ConfigDict(extra="forbid"), **fields)
    return _MODELS[function]


_MODELS: dict[Callable[..., object], Any] = {}


def _parameters(name: str, function: Callable[..., object], about: Mapping[str, str]) -> dict[str, object]:
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise UsageError(f"{name} cannot be a tool: parameter {parameter.name!r} has no name a model could give")
    from pydantic.errors import PydanticSchemaGenerationError

    try:
        schema: dict[str, Any] = _model(name, function).model_json_schema()
    except (PydanticSchemaGenerationError, NameError, TypeError) as error:
        raise UsageError(f"{name} cannot be a tool: {error}", hint="use types that JSON knows") from error
    schema.pop("title", None)
    for key, each in schema.get("properties", {}).items():
        each.pop("title", None)
        if key in about:
            each["description"] = about[key]
    return schema


def _docstring(text: str) -> tuple[str, dict[str, str]]:
    """Description, and what the Args section says of each parameter."""
    head, _, rest = text.partition("\nArgs:\n")
    section = re.split(r"\n\S", rest, maxsplit=1)[0]
    found = re.findall(r"^\s+(\w+)(?: \([^)]*\))?:\s*(.+(?:\n\s{6,}.+)*)", section, re.MULTILINE)
    return head.strip(), {name: " ".join(said.split()) for name, said in found}
