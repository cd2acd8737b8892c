"""A tool's arguments: their JSON Schema from type hints, and the check of what a model wrote.

JSON is read strictly: no NaN, no doubled keys. Values are coerced only where nothing is lost: "3" becomes 3, "3.7" and
true do not; 17 becomes "17"; a list that was written as JSON inside a string is unpacked. Types are pydantic's to know,
which is imported when a schema is first needed; a function of plain types registers without it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cached_property
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    NotRequired,
    Union,
    cast,
    get_args,
    get_origin,
)

from chatbot.errors import ToolError, nearest
from chatbot.tools.signature import Parameter

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

MAX_CHARACTERS = 1_000_000
"""Longest arguments that are read at all."""

MAX_COMPLAINTS = 5


class Arguments:
    """The arguments of one tool."""

    def __init__(self, tool: str, parameters: Sequence[Parameter]) -> None:
        self.tool = tool
        self.parameters = {parameter.name: parameter for parameter in parameters}

    @cached_property
    def schema(self) -> Mapping[str, object]:
        """JSON Schema of the arguments, an object that allows nothing else."""
        from pydantic.json_schema import GenerateJsonSchema

        class Untitled(GenerateJsonSchema):
            """Leaves out the titles that pydantic derives from names: they cost tokens and say nothing."""

            def field_title_should_be_set(self, schema: Any) -> bool:
                return False

        schema = self._adapter.json_schema(schema_generator=Untitled)
        schema.pop("title", None)
        return {"type": "object", "properties": {}, "required": [], **schema}

    def read(self, text: str) -> dict[str, object]:
        """The arguments for the function, from a model's text.

        Parameters that the text leaves out are left out, so that the function's own defaults hold. Raises ToolError
        that names each wrong parameter.
        """
        from pydantic import ValidationError

        given = self._object(text)
        try:
            return cast(dict[str, object], self._adapter.validate_python(given))
        except ValidationError as error:
            first = error
        try:
            return cast(dict[str, object], self._adapter.validate_python(_unpacked(given, first)))
        except ValidationError:
            raise ToolError(f"wrong arguments for {self.tool}: {self._complaints(first)}") from None

    def _object(self, text: str) -> dict[str, object]:
        if len(text) > MAX_CHARACTERS:
            raise ToolError(f"the arguments of {self.tool} are longer than {MAX_CHARACTERS:,} characters")
        try:
            given = strict_json(text) if text.strip() else {}
            given = strict_json(given) if isinstance(given, str) else given
        except ValueError as error:
            raise ToolError(f"the arguments of {self.tool} are not JSON: {error}", hint="send one object") from None
        if not isinstance(given, dict):
            raise ToolError(f"the arguments of {self.tool} must be one JSON object, not {_shown(given)}")
        return given

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, with_config
        from typing_extensions import TypedDict  # pydantic takes typing's only from Python 3.12 on

        annotate: Any = Annotated  # made when it runs, which no type checker follows
        fields: dict[str, Any] = {}
        for name, parameter in self.parameters.items():
            default = {} if parameter.required else _schema_default(parameter.default)
            notes: list[object] = [Field(description=parameter.description or None, json_schema_extra=default or None)]
            if _is_number(parameter.hint):
                notes.append(BeforeValidator(_no_truth_value))
            annotated = annotate[(parameter.hint, *notes)]
            fields[name] = annotated if parameter.required else NotRequired[annotated]
        made: Any = TypedDict("made", fields)  # type: ignore[misc]  # likewise
        config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, allow_inf_nan=False)
        return TypeAdapter(with_config(config)(made))

    def _complaints(self, error: ValidationError) -> str:
        said = [self._complaint(found) for found in error.errors(include_url=False)]
        more = f"; and {len(said) - MAX_COMPLAINTS} more" if len(said) > MAX_COMPLAINTS else ""
        return "; ".join(said[:MAX_COMPLAINTS]) + more

    def _complaint(self, found: Any) -> str:
        place = ".".join(map(str, found["loc"]))
        if found["type"] == "missing":
            return f"{place} is missing"
        if found["type"] == "extra_forbidden":
            known = self.parameters if len(found["loc"]) == 1 else ()
            return f"there is no {place!r}" + (f" ({nearest(place, known)})" if known else "")
        message = found["msg"].removeprefix("Value error, ")
        return f"{place}: {message[:1].lower()}{message[1:]}, not {_shown(found['input'])}"


def _is_number(hint: Any) -> bool:
    """Whether this is the type of a number, with or without notes or None, and not of a truth value as well."""
    if get_origin(hint) is Annotated:
        return _is_number(get_args(hint)[0])
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return any(kind in (int, float) for kind in kinds) and bool not in kinds


def _no_truth_value(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("input should be a number")  # the type that pydantic takes for a complaint
    return value


def _schema_default(default: object) -> dict[str, Any]:
    value = default.value if isinstance(default, Enum) else default
    return {"default": value} if isinstance(value, str | int | float | bool) else {}


def _unpacked(given: Mapping[str, object], error: ValidationError) -> dict[str, object]:
    """The arguments, with wrong ones that hold JSON of a list or an object in a string unpacked."""
    wrong = {found["loc"][0] for found in error.errors(include_url=False) if found["loc"]}
    unpacked = dict(given)
    for name, value in given.items():
        if name in wrong and isinstance(value, str):
            try:
                inner = strict_json(value)
            except ValueError:
                continue
            if isinstance(inner, list | dict):
                unpacked[name] = inner
    return unpacked


def strict_json(text: str) -> object:
    """JSON as the standard has it. Raises ValueError for NaN, infinities, doubled keys and too deep nesting."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} is given twice")
        found[key] = value
    return found


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not a value of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    return value


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:79] + "…"
