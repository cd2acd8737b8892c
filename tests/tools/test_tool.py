"""A typed function becomes a tool: its schema, its words, and what cannot be one."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any, Literal, Optional

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from chatbot.errors import UsageError
from chatbot.tools import Tool, tool


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


class Address(TypedDict):
    street: str
    city: str


class Order(BaseModel):
    number: int
    colour: Colour = Colour.RED


def schema_of(hint: Any) -> Any:
    """The schema of a parameter with this type."""

    def function(value: Any) -> str:
        return str(value)

    function.__annotations__["value"] = hint
    parameters = Tool.from_function(function).parameters
    assert parameters["required"] == ["value"]
    assert parameters["additionalProperties"] is False
    properties = parameters["properties"]
    assert isinstance(properties, dict)
    return properties["value"]


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (str, {"type": "string"}),
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (bool, {"type": "boolean"}),
        (list[str], {"type": "array", "items": {"type": "string"}}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Optional[int], {"anyOf": [{"type": "integer"}, {"type": "null"}]}),  # noqa: UP045  # users write it
        (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        (Annotated[int, Field(ge=1, le=9)], {"type": "integer", "minimum": 1, "maximum": 9}),
    ],
)
def test_a_type_hint_becomes_a_schema(hint: Any, schema: object) -> None:
    assert schema_of(hint) == schema


@pytest.mark.parametrize("hint", [Colour, Point, Address, Order, list[Order]])
def test_structured_types_become_schemas_with_definitions(hint: Any) -> None:
    assert "$ref" in str(schema_of(hint)) or schema_of(hint).get("type") == "object" or "enum" in schema_of(hint)


def test_names_words_and_defaults_come_from_the_function() -> None:
    @tool
    def order_status(order_id: str, language: str = "en") -> str:
        """Look up where an order is.

        Use it when there is an order number.

        Args:
            order_id: Six digits, such as
                104217.
            language (str): Of the reply.

        Returns:
            A sentence.
        """
        return order_id + language

    assert order_status.name == "order_status"
    assert order_status.description == "Look up where an order is.\n\nUse it when there is an order number."
    assert order_status.parameters["required"] == ["order_id"]
    properties = order_status.parameters["properties"]
    assert isinstance(properties, dict)
    assert properties["order_id"] == {"type": "string", "description": "Six digits, such as 104217."}
    assert properties["language"] == {"type": "string", "default": "en", "description": "Of the reply."}
    assert order_status("1", language="da") == "1da"


def test_a_tool_is_taken_to_have_side_effects_until_it_says_otherwise() -> None:
    def act() -> str:
        return ""

    assert Tool.from_function(act).needs_approval
    assert not tool(impact="reads")(act).needs_approval
    assert tool(name="other", description="Does it.", timeout=2)(act).schema.description == "Does it."


def test_methods_partials_async_functions_and_callables_can_be_tools() -> None:
    class Shop:
        def price(self, item: str) -> str:
            return item

        def __call__(self, item: str) -> str:
            return item

    async def fetch(item: str) -> str:
        return item

    def sell(item: str, to: str) -> str:
        return item + to

    shop = Shop()
    assert Tool.from_function(shop.price).parameters["required"] == ["item"]
    assert Tool.from_function(shop, name="shop").parameters["required"] == ["item"]
    assert Tool.from_function(fetch).name == "fetch"
    assert Tool.from_function(partial(sell, to="Bo"), name="sell").parameters["required"] == ["item"]


def untyped(value):  # type: ignore[no-untyped-def]
    return value


def any_number(*values: int) -> int:
    return sum(values)


def by_position(value: int, /) -> int:
    return value


def yields(value: int) -> Iterator[int]:
    yield value


def takes_a_function(value: Callable[[], int]) -> int:
    return value()


def takes_an_unknown(value: Unknown) -> int:  # type: ignore[name-defined]  # noqa: F821
    return int(value)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (untyped, "its parameter 'value' has no type hint"),
        (any_number, "its parameter 'values' takes any number"),
        (by_position, "its parameter 'value' can only be given by position"),
        (yields, "it yields"),
        (takes_a_function, "no JSON fits the type of its parameter 'value'"),
        (takes_an_unknown, "the type of its parameter 'value' cannot be read"),
        (3, "is not a function"),
    ],
)
def test_what_no_model_could_call_is_refused_by_name(function: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Tool.from_function(function)


@pytest.mark.parametrize(
    ("options", "said"), [({"name": "two words"}, "cannot be the name"), ({"timeout": 0}, "timeout")]
)
def test_wrong_options_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Tool.from_function(lambda: "", **{"name": "act", **options})
