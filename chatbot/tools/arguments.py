"""A tool's arguments: their JSON Schema from type hints, and the check of what a model wrote.

JSON is read strictly: no NaN, no doubled keys. Values are coerced only where nothing is lost: "3" becomes 3, "3.7" and
true do not; 17 becomes "17", but 1.10 does not become "1.1"; a list that was written as JSON inside a string is
unpacked. Types are pydantic's to know, which is imported when a schema is first needed; a function of plain types
registers without it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, cast

from chatbot.errors import ToolError, nearest
from chatbot.tools.signature import Parameter
from chatbot.tools.strict_json import strict_json

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
            return self._validated(given)
        except ValidationError as error:
            first = error
        try:
            return self._validated(_unpacked(given, first))
        except ValidationError:
            raise ToolError(f"wrong arguments for {self.tool}: {self._complaints(first, given)}") from None

    def _validated(self, given: Mapping[str, object]) -> dict[str, object]:
        read = self._adapter.validate_python(given)
        if lost := _loss(given, self._adapter.dump_python(read, warnings=False), ""):
            raise ToolError(f"wrong arguments for {self.tool}: {lost}")
        return cast(dict[str, object], read)

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
        from pydantic import ConfigDict, Field, TypeAdapter, with_config
        from typing_extensions import TypedDict  # pydantic takes typing's only from Python 3.12 on

        annotate: Any = Annotated  # made when it runs, which no type checker follows
        fields: dict[str, Any] = {}
        for name, parameter in self.parameters.items():
            default = {} if parameter.required else _schema_default(parameter.default)
            note = Field(description=parameter.description or None, json_schema_extra=default or None)
            annotated = annotate[parameter.hint, note]
            fields[name] = annotated if parameter.required else NotRequired[annotated]
        made: Any = TypedDict("made", fields)  # type: ignore[misc]  # likewise
        config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, allow_inf_nan=False)
        return TypeAdapter(with_config(config)(made))

    def _complaints(self, error: ValidationError, given: object) -> str:
        said = [self._complaint(found, given) for found in error.errors(include_url=False)]
        more = f"; and {len(said) - MAX_COMPLAINTS} more" if len(said) > MAX_COMPLAINTS else ""
        return "; ".join(said[:MAX_COMPLAINTS]) + more

    def _complaint(self, found: Any, given: object) -> str:
        place = _place(found["loc"], given)
        if found["type"] == "missing":
            return f"{place}{'.' if place else ''}{found['loc'][-1]} is missing"
        if found["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            known = self.parameters if len(found["loc"]) == 1 else ()
            return f"there is no {place!r}" + (f" ({nearest(place, known)})" if known else "")
        message = found["msg"].removeprefix("Value error, ")
        return f"{place}: {message[:1].lower()}{message[1:]}, not {_shown(found['input'])}"


def _schema_default(default: object) -> dict[str, Any]:
    value = default.value if isinstance(default, Enum) else default
    is_shown = isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
    return {"default": value} if is_shown else {}


def _place(loc: Sequence[str | int], given: object) -> str:
    """Where in the arguments something is wrong, without the names of types that pydantic puts between."""
    parts: list[str] = []
    for part in loc:
        inside = given if isinstance(given, dict) else dict(enumerate(given)) if isinstance(given, list) else {}
        if part in inside:
            parts.append(str(part))
            given = inside[part]
    return ".".join(parts)


def _loss(given: object, read: object, place: str) -> str:
    """What pydantic's coercion has lost, or nothing."""
    kinds = (type(given), type(read))
    if isinstance(given, bool) and isinstance(read, int | float) and not isinstance(read, bool):
        return f"{place}: input should be a number, not {_shown(given)}"
    if kinds == (float, str):
        return f"{place}: input should be text, in quotes, not {_shown(given)}"
    if kinds == (int, float) and given != read:
        return f"{place}: {_shown(given)} has more digits than a number of this kind can hold"
    pairs: Iterable[tuple[object, object, object]] = ()
    if isinstance(given, dict) and isinstance(read, dict):
        pairs = ((key, item, read[key]) for key, item in given.items() if key in read)
    elif isinstance(given, list) and isinstance(read, list | tuple):
        pairs = zip(range(len(given)), given, read, strict=False)
    return next(filter(None, (_loss(a, b, f"{place}.{key}".lstrip(".")) for key, a, b in pairs)), "")


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


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:79] + "…"
