"""The arguments of a function: their JSON Schema from its type hints, and the check of what a model wrote.

JSON is read strictly: no NaN, no doubled keys. Values are coerced only where nothing is lost: "3" becomes 3, "3.7" and
true do not; 17 becomes "17", but 1.10 does not become "1.1"; a list that was written as JSON inside a string is
unpacked. Types are pydantic's to know, which is imported when a schema is first needed; a function of plain types
registers without it.
"""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, Union, cast, get_args, get_origin

from chatbot.errors import ToolArgumentError, UsageError, nearest
from chatbot.tools.arguments import check_depth, read_object, shown
from chatbot.tools.loss import lost
from chatbot.tools.signature import Parameter, is_field
from chatbot.tools.strict_json import strict_json

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

MAX_COMPLAINTS = 5


class FunctionArguments:
    """The arguments of a tool that is a Python function.

    Raises UsageError that names the parameter whose type no JSON fits.
    """

    def __init__(self, tool: str, parameters: Sequence[Parameter]) -> None:
        self.tool = tool
        self.parameters = {parameter.name: parameter for parameter in parameters}
        self._types = _Types(parameters)
        if not all(_is_plain(parameter.hint) and not is_field(parameter.default) for parameter in parameters):
            self._try_types()

    @property
    def schema(self) -> Mapping[str, object]:
        """JSON Schema of the arguments, an object that allows nothing else."""
        return self._types.schema

    def read(self, text: str) -> dict[str, object]:
        """The arguments for the function, from a model's text.

        Parameters that the text leaves out are left out, so that the function's own defaults hold. Raises
        ToolArgumentError that names each wrong parameter.
        """
        return self._checked(read_object(self.tool, text))

    def check(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """The arguments for the function, as its types want them. Raises ToolArgumentError."""
        given = dict(arguments)
        check_depth(self.tool, given)
        return self._checked(given)

    def _checked(self, given: Mapping[str, object]) -> dict[str, object]:
        from pydantic import ValidationError

        try:
            return self._validated(given)
        except ValidationError as error:
            first = error
        try:
            return self._validated(_mended(given, first))
        except ValidationError:
            raise self._refusal(first, given) from None

    def _validated(self, given: Mapping[str, object]) -> dict[str, object]:
        from pydantic import ValidationError

        try:
            read = self._types.adapter.validate_python(given)
        except (ValidationError, ToolArgumentError):
            raise
        except Exception as error:  # somebody else's validator
            said = f"{type(error).__name__}: {error}".removesuffix(": ")
            raise ToolArgumentError(f"wrong arguments for {self.tool}: {said}") from error
        if found := lost(given, read):
            place, said = found
            said = said if place in said else f"{place}: {said}"
            raise ToolArgumentError(f"wrong arguments for {self.tool}: {said}", parameter=place)
        return cast(dict[str, object], read)

    def _try_types(self) -> None:
        """Lets pydantic see the types, so that one it cannot fill is found when the tool is made."""
        if reason := self._types.unfit():
            for parameter in self.parameters.values():
                if alone := _Types([parameter]).unfit():
                    message = f"no JSON fits the type of its parameter {parameter.name!r}: {alone}"
                    hint = "use text, numbers, lists, tables, enums, dataclasses or pydantic models"
                    raise UsageError(f"{self.tool} cannot be a tool: {message}", hint=hint)
            raise UsageError(f"{self.tool} cannot be a tool: no JSON fits its parameters: {reason}")

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


def _is_plain(hint: Any) -> bool:
    """Whether JSON fits this type without a doubt, so that pydantic need not be asked, nor imported."""
    if hint in (str, int, float, bool, NoneType, list, dict):
        return True
    origin = get_origin(hint)
    if origin is Literal:
        return all(isinstance(value, str | int | bool) for value in get_args(hint))
    if origin is dict:
        return get_args(hint)[0] is str and _is_plain(get_args(hint)[1])
    if origin in (list, Union, UnionType):
        return all(map(_is_plain, get_args(hint)))
    return False


class _Types:
    """The types of some parameters together, as pydantic knows them; made when first needed."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self._parameters = parameters

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        from pydantic import ConfigDict, TypeAdapter, with_config
        from typing_extensions import TypedDict  # pydantic takes typing's only from Python 3.12 on

        fields = {parameter.name: _field(parameter) for parameter in self._parameters}
        made: Any = TypedDict("made", fields)  # type: ignore[misc]  # made as it runs, which no type checker follows
        config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, allow_inf_nan=False)
        return TypeAdapter(with_config(config)(made))

    @cached_property
    def schema(self) -> Mapping[str, object]:
        from chatbot.tools.function_schema import schema_of

        schema = schema_of(self.adapter)
        schema.pop("title", None)
        return {"type": "object", "properties": {}, "required": [], **schema}

    def unfit(self) -> str:
        """Why no JSON fits these types; empty where it does."""
        from pydantic.errors import PydanticUserError
        from pydantic_core import PydanticSerializationError, SchemaError

        from chatbot.tools.function_schema import unfit

        try:
            if reason := unfit(self.adapter.core_schema):
                return reason
            _ = self.schema
        except (PydanticUserError, PydanticSerializationError, SchemaError) as error:
            unknown = re.match(r"Unable to generate pydantic-core schema for (.+?)\. ", str(error))
            return f"JSON has no {unknown[1]}" if unknown else str(error).splitlines()[0]
        except (TypeError, NameError, AttributeError, ValueError, RecursionError) as error:  # a type's own code
            return str(error).splitlines()[0]
        return ""


def _field(parameter: Parameter) -> Any:
    """The type of one parameter, with all that is known of it."""
    from pydantic import Field

    annotate: Any = Annotated
    own = (parameter.default,) if is_field(parameter.default) else ()
    default = parameter.default
    note: dict[str, Any] = {"description": parameter.description or None}
    if not parameter.required and not own:
        note["json_schema_extra"] = _schema_default(parameter) or None
        if isinstance(default, list | dict | set):  # which one call must not change for the next
            note["default_factory"] = functools.partial(copy.deepcopy, default)
    whole = annotate[(parameter.hint, *own, Field(**note))]
    return whole if parameter.required else NotRequired[whole]


def _schema_default(parameter: Parameter) -> dict[str, Any]:
    """The default for the schema, where JSON has it. None is what leaving out means, and is not repeated."""
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    if parameter.default is None:
        return {}
    try:
        value = to_jsonable_python(parameter.default)
        json.dumps(value, allow_nan=False)
        return {"default": value}
    except (PydanticSerializationError, ValueError):
        return {}


def _place(loc: Sequence[str | int], given: object) -> str:
    """Where in the arguments something is wrong, dotted."""
    return ".".join(str(key) for _, key in _path(loc, given))


def _path(loc: Sequence[str | int], given: object) -> list[tuple[Any, str | int]]:
    """Each container on the way to what is wrong, and where in it the way goes on.

    The names of types, which pydantic puts between, are left out.
    """
    path: list[tuple[Any, str | int]] = []
    for part in loc:
        inside = given if isinstance(given, dict) else dict(enumerate(given)) if isinstance(given, list) else {}
        if part in inside:
            path.append((given, part))
            given = inside[part]
    return path


def _mended(given: Mapping[str, object], error: ValidationError) -> dict[str, object]:
    """The arguments with what is wrong written as it was meant, where that can be nothing else.

    A list or an object that stands as JSON in a string is unpacked; one of a few choices that is a number takes it in
    quotes too, and the other way round.
    """
    mended = copy.deepcopy(dict(given))
    for found in error.errors(include_url=False):
        if path := _path(found["loc"], mended):
            container, key = path[-1]
            container[key] = _meant(container[key], choice=found["type"] in ("literal_error", "enum"))
    return mended


def _meant(value: object, *, choice: bool) -> object:
    if choice and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return value
    try:
        inner = strict_json(value)
    except ValueError:
        return value
    return inner if choice or isinstance(inner, list | dict) else value
