"""The arguments of a function: their JSON Schema from its type hints, and the check of what a model wrote.

JSON is read strictly: no NaN, no doubled keys. Values are coerced only where nothing is lost: "3" becomes 3, "3.7" and
true do not; 17 becomes "17", but 1.10 does not become "1.1"; a list that was written as JSON inside a string is
unpacked. Types are pydantic's to know, which is imported when a schema is first needed; a function of plain types
registers without it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, cast

from chatbot.errors import ToolArgumentError, nearest
from chatbot.tools.arguments import read_object, shown
from chatbot.tools.signature import Parameter
from chatbot.tools.strict_json import strict_json

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

MAX_COMPLAINTS = 5


class FunctionArguments:
    """The arguments of a tool that is a Python function."""

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

        Parameters that the text leaves out are left out, so that the function's own defaults hold. Raises
        ToolArgumentError that names each wrong parameter.
        """
        return self.check(read_object(self.tool, text))

    def check(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """The arguments for the function, as its types want them. Raises ToolArgumentError."""
        from pydantic import ValidationError

        given = dict(arguments)
        try:
            return self._validated(given)
        except ValidationError as error:
            first = error
        try:
            return self._validated(_unpacked(given, first))
        except ValidationError:
            raise self._refusal(first, given) from None

    def _validated(self, given: Mapping[str, object]) -> dict[str, object]:
        from pydantic import ValidationError

        try:
            read = self._adapter.validate_python(given)
        except (ValidationError, ToolArgumentError):
            raise
        except Exception as error:  # somebody else's validator
            said = f"{type(error).__name__}: {error}".removesuffix(": ")
            raise ToolArgumentError(f"wrong arguments for {self.tool}: {said}") from error
        if lost := _loss(given, self._adapter.dump_python(read, warnings=False), ""):
            place, said = lost
            raise ToolArgumentError(f"wrong arguments for {self.tool}: {place}: {said}", parameter=place)
        return cast(dict[str, object], read)

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

    def _refusal(self, error: ValidationError, given: object) -> ToolArgumentError:
        found = [self._complaint(each, given) for each in error.errors(include_url=False)]
        said = "; ".join(complaint for _, complaint in found[:MAX_COMPLAINTS])
        more = f"; and {len(found) - MAX_COMPLAINTS} more" if len(found) > MAX_COMPLAINTS else ""
        return ToolArgumentError(f"wrong arguments for {self.tool}: {said}{more}", parameter=found[0][0])

    def _complaint(self, found: Any, given: object) -> tuple[str, str]:
        """The place of one mistake, and what is said of it."""
        place = _place(found["loc"], given)
        if found["type"] == "missing":
            place = f"{place}.{found['loc'][-1]}".lstrip(".")
            return place, f"{place} is missing"
        if found["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            known = self.parameters if len(found["loc"]) == 1 else ()
            return place, f"there is no {place!r}" + (f" ({nearest(place, known)})" if known else "")
        message = found["msg"].removeprefix("Value error, ")
        return place, f"{place}: {message[:1].lower()}{message[1:]}, not {shown(found['input'])}"


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


def _loss(given: object, read: object, place: str) -> tuple[str, str] | None:
    """Where pydantic's coercion has lost something, and what."""
    kinds = (type(given), type(read))
    if isinstance(given, bool) and isinstance(read, int | float) and not isinstance(read, bool):
        return place, f"input should be a number, not {shown(given)}"
    if kinds == (float, str):
        return place, f"input should be text, in quotes, not {shown(given)}"
    if kinds == (int, float) and given != read:
        return place, f"{shown(given)} has more digits than a number of this kind can hold"
    pairs: Iterable[tuple[object, object, object]] = ()
    if isinstance(given, dict) and isinstance(read, dict):
        pairs = ((key, item, read[key]) for key, item in given.items() if key in read)
    elif isinstance(given, list) and isinstance(read, list | tuple):
        pairs = zip(range(len(given)), given, read, strict=False)
    return next(filter(None, (_loss(a, b, f"{place}.{key}".lstrip(".")) for key, a, b in pairs)), None)


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
