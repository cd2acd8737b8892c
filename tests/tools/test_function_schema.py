"""What a model is shown of a function's parameters: their types, and all that anybody wrote about them."""

from __future__ import annotations

import dataclasses
import enum
from typing import Annotated, Any, Literal, NamedTuple

import pydantic
import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from chatbot.tools import tool
from chatbot.tools.function_schema import schema_of, unfit


def shown(hint: Any) -> Any:
    return schema_of(pydantic.TypeAdapter(hint))


class Plain(BaseModel):
    """An order.

    Attributes:
        number: Six digits.
        sender: Who sent it.
    """

    number: int
    sender: str = Field("", alias="from")
    note: str = Field("", description="Said by the field.")


@dataclasses.dataclass
class Below:
    """A place."""

    street: str
    """Without the number."""
    number: int = 0
    city: str = ""
    """Where it is,
    in full."""


@dataclasses.dataclass
class Inherits(Below):
    """A place in the country.

    Parameters
    ----------
    farm : str
        Its name.
    city : str
        The nearest.
    """

    farm: str = ""


class Sphinx(TypedDict):
    """A span.

    :param start: From, in seconds.
    """

    start: int
    end: int


class Point(NamedTuple):
    """A point."""

    x: int
    y: int = 0
    """Up."""


@dataclasses.dataclass
class Silent:
    x: int


@pytest.mark.parametrize(
    ("hint", "description", "fields"),
    [
        (Plain, "An order.", {"number": "Six digits.", "from": "Who sent it.", "note": "Said by the field."}),
        (Below, "A place.", {"street": "Without the number.", "number": None, "city": "Where it is, in full."}),
        (Inherits, "A place in the country.",
         {"street": "Without the number.", "number": None, "city": "The nearest.", "farm": "Its name."}),
        (Sphinx, "A span.", {"start": "From, in seconds.", "end": None}),
        (Point, "A point.", {"x": None, "y": "Up."}),
        (Silent, None, {"x": None}),
    ],
)  # fmt: skip
def test_fields_of_classes_are_described(hint: Any, description: str | None, fields: dict[str, str | None]) -> None:
    schema = shown(hint)
    assert {name: field.get("description") for name, field in schema["properties"].items()} == fields
    assert schema.get("description") == description


def test_a_named_tuple_is_shown_as_an_object_and_read_as_a_list_too() -> None:
    assert shown(Point) == {
        "type": "object",
        "properties": {"x": {"type": "integer"}, "y": {"type": "integer", "default": 0, "description": "Up."}},
        "required": ["x"],
        "additionalProperties": False,
        "description": "A point.",
    }

    @tool
    def move(to: Point) -> object:
        return to

    for written in ({"x": 1, "y": 2}, [1, 2]):
        assert move.check({"to": written}) == {"to": Point(1, 2)}


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    tricks: list[str]


def test_a_union_is_told_apart_by_its_discriminator() -> None:
    @tool
    def feed(pet: Annotated[Cat | Dog, Field(discriminator="kind")]) -> object:
        return pet

    schema: Any = feed.parameters
    assert schema["properties"]["pet"]["discriminator"]["propertyName"] == "kind"
    assert feed.check({"pet": {"kind": "dog", "tricks": ["sit"]}}) == {"pet": Dog(tricks=["sit"])}


def test_parameters_may_have_any_name() -> None:
    @tool
    def odd(title: str, schema: int, model_config: int, copy: int, json: int, _hidden: int, description: str) -> str:
        """Does nothing."""
        return title

    assert list(odd.parameters["properties"]) == [  # type: ignore[call-overload]
        "title",
        "schema",
        "model_config",
        "copy",
        "json",
        "_hidden",
        "description",
    ]
    given = {"title": "a", "schema": 1, "model_config": 2, "copy": 3, "json": 4, "_hidden": 5, "description": "b"}
    assert odd.check(given) == given


class Size(enum.Enum):
    """How large."""

    SMALL = "s"
    LARGE = "l"


def test_schemas_hold_no_titles_that_repeat_names() -> None:
    class Titled(BaseModel):
        model_config = pydantic.ConfigDict(title="An order of ours")

        title: str
        order: Plain
        size: Size = Size.SMALL

    schema = shown(Titled)
    assert schema["title"] == "An order of ours"
    assert schema["properties"]["title"] == {"type": "string"}
    assert "title" not in schema["$defs"]["Plain"]


@pytest.mark.parametrize(
    ("hint", "reason"),
    [
        (int, ""),
        (pydantic.Base64Bytes, ""),
        (pydantic.Base64Bytes | bytes, "JSON has no bytes (take text, or pydantic.Base64Bytes)"),
        (dict[str, list[tuple[int, bytes]]], "JSON has no bytes (take text, or pydantic.Base64Bytes)"),
        (TypedDict("T", {"metadata": bytes}), "JSON has no bytes (take text, or pydantic.Base64Bytes)"),  # type: ignore[misc]
        (dict[Point, int], "keys of a JSON object are text, not named-tuple"),
    ],
)
def test_what_json_cannot_hold_is_found_wherever_it_is(hint: Any, reason: str) -> None:
    assert unfit(pydantic.TypeAdapter(hint).core_schema) == reason
