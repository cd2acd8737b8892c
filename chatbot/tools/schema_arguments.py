"""The arguments of a tool that is declared by a JSON Schema: coerced without loss, then validated.

`coercion` says what is coerced, `bounded_validator` whether the result fits, and `complaints` what is wrong with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from itertools import chain
from typing import Any, cast

from chatbot.errors import ToolArgumentError
from chatbot.tools.arguments import read_object, shown
from chatbot.tools.bounded_validator import TooManySteps, validator_of, within_bounds
from chatbot.tools.coercion import Coercion
from chatbot.tools.complaints import Complaint, complaints
from chatbot.tools.loose_schema import resolve

MAX_COMPLAINTS = 5
"""Wrong parameters that are told at once: a model mends a few at a time best."""


class SchemaArguments:
    """The arguments of one tool, by a schema that `loose_schema.json_schema` has made."""

    def __init__(self, tool: str, schema: Mapping[str, object]) -> None:
        self.tool = tool
        self.schema = schema

    def read(self, text: str) -> dict[str, object]:
        """The arguments for the function, from a model's text. Raises ToolArgumentError that names the parameters."""
        return self.check(read_object(self.tool, text))

    def check(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """The arguments, coerced where nothing is lost. Raises ToolArgumentError that names the parameters."""
        if not isinstance(arguments, Mapping):
            raise ToolArgumentError(f"the arguments of {self.tool} must be one object, not {shown(arguments)}")
        try:
            given = self._plain(arguments, ())
            with within_bounds(given):
                read = self._coercion.coerced(given, self.schema)
                wrong = self._complaints(read)
        except (RecursionError, TooManySteps):
            message = f"the arguments of {self.tool} are nested too deeply to be checked"
            raise ToolArgumentError(message, hint="send something simpler") from None
        if wrong:
            raise self._error(wrong)
        return cast(dict[str, object], read)

    def _plain(self, value: object, path: tuple[str, ...]) -> object:
        """A copy that holds the values of JSON and no others."""
        if isinstance(value, str | int | None) or (isinstance(value, float) and math.isfinite(value)):
            return value
        if isinstance(value, list | tuple):
            return [self._plain(each, (*path, str(at))) for at, each in enumerate(value)]
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            return {key: self._plain(each, (*path, key)) for key, each in value.items()}
        place = ".".join(path)
        said = f"wrong arguments for {self.tool}: {place}: {shown(value)} is no value of JSON"
        raise ToolArgumentError(said.replace(": :", ":"), parameter=place)

    def _complaints(self, value: object) -> list[Complaint]:
        errors = sorted(self._validator.iter_errors(value), key=lambda error: [str(part) for part in error.path])
        return list(chain.from_iterable(map(complaints, errors)))

    def _error(self, wrong: list[Complaint]) -> ToolArgumentError:
        said = list(dict.fromkeys(what for _, what in wrong))
        more = f"; and {len(said) - MAX_COMPLAINTS} more" if len(said) > MAX_COMPLAINTS else ""
        first = next((path for path, _ in wrong if path), "")
        message = f"wrong arguments for {self.tool}: {'; '.join(said[:MAX_COMPLAINTS])}{more}"
        return ToolArgumentError(message, parameter=first)

    @cached_property
    def _validator(self) -> Any:
        return validator_of(self.schema)

    @cached_property
    def _coercion(self) -> Coercion:
        return Coercion(
            lambda reference: resolve(reference, self.schema),
            lambda value, part: bool(self._validator.evolve(schema=part).is_valid(value)),
        )
