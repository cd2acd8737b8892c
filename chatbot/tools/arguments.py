"""What every tool's arguments are, wherever their schema comes from, and how a model's text becomes one object.

`FunctionArguments` (of a function's type hints) and those of a ready JSON Schema have the same two ways in: `read` for
text that a model wrote, `check` for values. Both coerce only where nothing is lost, name the parameter that is wrong,
and raise nothing but ToolArgumentError.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Protocol

from chatbot.errors import ToolArgumentError
from chatbot.tools.strict_json import strict_json

MAX_CHARACTERS = 1_000_000
"""Longest arguments that are read at all."""

MAX_DEPTH = 64
"""Most lists and objects inside each other that are looked into: what nests deeper is no argument, but an attack."""


class Arguments(Protocol):
    """The arguments of one tool."""

    @property
    def schema(self) -> Mapping[str, object]:
        """JSON Schema of the arguments, an object."""

    def read(self, text: str) -> dict[str, object]:
        """What the function is called with, from the JSON text that a model wrote.

        What the text leaves out is left out, so that the function's own defaults hold. Raises ToolArgumentError.
        """

    def check(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """As `read`, from values that have been read already."""


def read_object(tool: str, text: str) -> dict[str, object]:
    """The JSON object that a model wrote as the arguments of `tool`; no text at all means none.

    An object that was written as JSON inside a string is unpacked. Raises ToolArgumentError.
    """
    if len(text) > MAX_CHARACTERS:
        raise ToolArgumentError(f"the arguments of {tool} are longer than {MAX_CHARACTERS:,} characters")
    try:
        given = strict_json(text) if text.strip() else {}
        given = strict_json(given) if isinstance(given, str) else given
    except ValueError as error:
        raise ToolArgumentError(f"the arguments of {tool} are not JSON: {error}", hint="send one object") from None
    if not isinstance(given, dict):
        check_depth(tool, given)
        raise ToolArgumentError(f"the arguments of {tool} must be one JSON object, not {shown(given)}")
    check_depth(tool, given)
    return given


def check_depth(tool: str, value: object) -> None:
    """Raises ToolArgumentError for values inside of values that would exhaust whoever looks into them."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        containers = [each for each in level if isinstance(each, dict | list)]
        if not containers:
            return
        level = [item for each in containers for item in (each.values() if isinstance(each, dict) else each)]
    raise ToolArgumentError(f"the arguments of {tool} are nested too deeply: more than {MAX_DEPTH} levels")


def shown(value: object) -> str:
    """A value as a message quotes it: JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:79] + "…"
