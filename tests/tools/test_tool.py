"""A typed function becomes a tool: its schema, its words, and what cannot be one."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import functools
import json
import math
import re
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Annotated, Any, Literal, Optional, cast

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from chatbot.effects import CallTool
from chatbot.errors import ToolArgumentError, UsageError
from chatbot.messages import ToolCall
from chatbot.tools import Impact, Tool, Toolbox, tool


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


POINT = {"properties": {"x": {"type": "integer"}, "y": {"default": 0, "type": "integer"}}, "required": ["x"]}


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (Colour, {"enum": ["red", "blue"], "type": "string"}),
        (Point, {**POINT, "type": "object", "additionalProperties": False}),
        (Address, {"properties": {"street": {"type": "string"}, "city": {"type": "string"}},
                   "required": ["street", "city"], "type": "object", "additionalProperties": False}),
        (Order, {"properties": {"number": {"type": "integer"}, "colour": {"$ref": "#/$defs/Colour", "default": "red"}},
                 "required": ["number"], "type": "object"}),
    ],
)  # fmt: skip
def test_enums_dataclasses_typed_dicts_and_models_become_definitions(hint: Any, schema: dict[str, object]) -> None:
    def function(one: Any, many: Any = None) -> str:
        return str(one)

    function.__annotations__.update(one=hint, many=list[hint] | None)
    parameters = cast(dict[str, Any], Tool.from_function(function).parameters)
    reference = {"$ref": f"#/$defs/{hint.__name__}"}
    assert parameters["properties"]["one"] == reference
    assert parameters["properties"]["many"]["anyOf"][0] == {"type": "array", "items": reference}
    definition = parameters["$defs"][hint.__name__]
    assert {key: value for key, value in definition.items() if key != "title"} == schema


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
        """A shop."""

        def price(self, item: str) -> str:
            """What an item costs."""
            return item

        def __call__(self, item: str) -> str:
            return item

    async def fetch(item: str) -> str:
        return item

    def sell(item: str, to: str) -> str:
        """Sell an item."""
        return item + to

    made = [Tool.from_function(function) for function in (Shop().price, Shop(), fetch, partial(sell, to="Bo"))]
    assert [(each.name, each.description) for each in made] == [
        ("price", "What an item costs."),
        ("Shop", "A shop."),
        ("fetch", "fetch"),
        ("sell", "Sell an item."),
    ]
    assert all(each.parameters["required"] == ["item"] for each in made)


def test_a_name_says_what_a_tool_without_words_does() -> None:
    def order_status() -> str:
        return ""

    assert Tool.from_function(order_status).schema.description == "order status"


def test_defaults_that_json_has_stand_in_the_schema_and_others_do_not() -> None:
    def act(
        n: int = 3, x: float = 0.5, colour: Colour = Colour.BLUE, nothing: str | None = None, most: float = math.inf
    ) -> str:
        return ""

    schema = Tool.from_function(act).parameters
    properties = cast(dict[str, dict[str, object]], schema["properties"])
    assert {name: each.get("default") for name, each in properties.items()} == {
        "n": 3,
        "x": 0.5,
        "colour": "blue",
        "nothing": None,
        "most": None,
    }
    json.dumps(schema, allow_nan=False)


def yields(value: int) -> Iterator[int]:
    yield value


async def yields_later(value: int) -> AsyncIterator[int]:
    yield value


def test_a_generator_says_that_it_streams() -> None:
    class Watch:
        def __call__(self, value: int) -> Iterator[int]:
            yield value

    @functools.wraps(yields)
    def wrapped(*args: int) -> Iterator[int]:
        return yields(*args)

    for function in (yields, yields_later, partial(yields, 1), Watch(), wrapped):
        assert Tool.from_function(function).streams
    assert not Tool.from_function(lambda: 1, name="one").streams


def untyped(value):  # type: ignore[no-untyped-def]
    return value


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (untyped, "untyped cannot be a tool: its parameter 'value' has no type hint"),
        (3, "3 cannot be a tool: it is not a function"),
        (lambda: "", "'<lambda>' cannot be the name of a tool"),
        (Tool.from_function(lambda: "", name="act"), "act is a tool already"),
    ],
)
def test_what_cannot_be_a_tool_says_why(function: Any, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Tool.from_function(function)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "two words"}, "'two words' cannot be the name"),
        ({"name": "x" * 65}, "cannot be the name"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": math.nan}, "timeout"),
        ({"timeout": math.inf}, "timeout"),
        ({"timeout": "5"}, "timeout"),
        ({"impact": "write"}, "'write' is not an impact of act (did you mean 'writes'?)"),
        ({"impact": None}, "is not an impact"),
        ({"impact": "Reads"}, "did you mean 'reads'?"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Tool.from_function(lambda: "", **{"name": "act", **options})
    assert said in str(caught.value)


def test_what_a_tool_declares_of_itself() -> None:
    def pay(to: str, amount: int) -> str:
        return to

    declared = tool(impact="spends", idempotent=True, sensitive=("to", "amount"))(pay)
    assert (declared.idempotent, declared.sensitive) == (True, ("to", "amount"))
    plain = tool(pay)
    assert (plain.idempotent, plain.sensitive, plain.injected, plain.origin) == (False, (), (), "")
    with pytest.raises(UsageError, match=r"pay has no parameter 'amonut'.*did you mean 'amount'"):
        tool(sensitive=("amonut",))(pay)


def test_arguments_can_be_checked_without_a_call() -> None:
    def pay(to: str, amount: int) -> str:
        return to

    assert tool(pay).check({"to": "Bo", "amount": "3"}) == {"to": "Bo", "amount": 3}
    with pytest.raises(ToolArgumentError) as caught:
        tool(pay).check({"to": "Bo", "amount": "3.7"})
    assert caught.value.parameter == "amount"


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("add", "add"),
        ("math.factorial", "math_factorial"),
        ("größe", "gr__e"),
        ("x" * 70, "x" * 55 + "_c71bd109"),
    ],
)
def test_a_name_goes_over_the_wire_in_letters_that_the_protocol_allows(name: str, wire: str) -> None:
    declared = dataclasses.replace(Tool.from_function(lambda: "", name="made"), name=name)
    assert (declared.name, declared.schema.name) == (name, wire)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", wire)


@pytest.mark.parametrize(
    ("impact", "asks"), [("none", False), ("reads", False), ("writes", True), ("sends", True), ("spends", True)]
)
def test_what_has_side_effects_needs_approval(impact: Impact, asks: bool) -> None:
    assert Tool.from_function(lambda: "", name="act", impact=impact).needs_approval is asks


# --- whatever can be called, called by a model ------------------------------------------------------------------------


class Shop:
    """A shop."""

    def __init__(self, name: str = "shop") -> None:
        self.name = name

    def price(self, item: str) -> str:
        """What an item costs.

        Args:
            item: Which.
        """
        return f"{self.name} {item}"

    async def stock(self, item: str) -> str:
        return f"{self.name} {item}"

    @classmethod
    def open(cls, item: str) -> str:
        return f"{cls.__name__} {item}"

    @staticmethod
    def close(item: str) -> str:
        return f"closed {item}"

    @staticmethod
    @tool
    def already(item: str) -> str:
        return f"a tool {item}"

    def watch(self, item: str) -> Iterator[str]:
        yield "looking"
        yield f"{self.name} {item}"

    async def await_stock(self, item: str) -> AsyncIterator[str]:
        yield "waiting"
        yield f"{self.name} {item}"


class Branch(Shop):
    def price(self, item: str) -> str:
        return f"branch {super().price(item)}"


class Asks:
    """Asks the shop."""

    async def __call__(self, item: str) -> str:
        """Answers.

        Args:
            item: What is asked for.
        """
        return f"asked {item}"


@dataclasses.dataclass
class Counts:
    seen: int = 0

    def __call__(self, item: str) -> str:
        """Count an item."""
        self.seen += 1
        return f"{self.seen} {item}"


def logged(function: Any) -> Any:
    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return inner


@logged
def decorated(item: str) -> str:
    return f"decorated {item}"


@logged
@logged
async def decorated_twice(item: str) -> str:
    return f"decorated {item}"


def sell(item: str, /, to: str = "Bo", *more: str, wrapped: bool = False, **notes: int) -> str:
    return f"{item} {to} {more} {wrapped} {notes}"


@functools.lru_cache
def cached(item: str) -> str:
    return f"cached {item}"


def run(made: Tool, arguments: dict[str, Any]) -> str:
    box = Toolbox([dataclasses.replace(made, impact="none")])
    result = asyncio.run(box.run(CallTool(ToolCall("c1", made.name, json.dumps(arguments)))))
    assert not result.failed, result.text
    return result.text


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (Shop().price, "shop pen"),
        (Branch("north").price, "branch north pen"),
        (Branch.open, "Branch pen"),
        (Shop.close, "closed pen"),
        (Shop().stock, "shop pen"),
        (Shop().watch, "shop pen"),
        (Shop().await_stock, "shop pen"),
        (Asks(), "asked pen"),
        (Counts(), "1 pen"),
        (decorated, "decorated pen"),
        (decorated_twice, "decorated pen"),
        (cached, "cached pen"),
        (partial(Shop.price, Shop("my")), "my pen"),
        (partial(partial(sell, "pen"), to="Al"), "pen Al () False {}"),
        (sell, "pen Bo () False {}"),
    ],
)
def test_whatever_can_be_called_can_be_called_by_a_model(function: Any, result: str) -> None:
    made = Tool.from_function(function, name="made")
    given = {"item": "pen"} if "item" in made.parameters["properties"] else {}  # type: ignore[operator]
    assert run(made, given) == result


def test_every_kind_of_parameter_at_once() -> None:
    arguments = {"item": "pen", "to": "Al", "more": ["a", "b"], "wrapped": "true", "notes": {"x": "1"}}
    assert run(tool(sell), arguments) == "pen Al ('a', 'b') True {'x': 1}"
    assert sell("pen", "Al", "a") == tool(sell)("pen", "Al", "a")
    assert Shop.already("pen") == "a tool pen"


def test_a_callable_object_is_described_by_its_class_and_its_call() -> None:
    asks = Tool.from_function(Asks())
    properties = cast(dict[str, dict[str, object]], asks.parameters["properties"])
    assert (asks.name, asks.description) == ("Asks", "Asks the shop.")
    assert properties["item"]["description"] == "What is asked for."
    assert Tool.from_function(Counts()).description == "Count an item."
    assert cast(Any, Tool.from_function(Shop().price).parameters["properties"])["item"]["description"] == "Which."


def test_a_class_is_a_tool_that_makes_one() -> None:
    assert run(Tool.from_function(Point), {"x": "3"}) == '{"x": 3, "y": 0}'
