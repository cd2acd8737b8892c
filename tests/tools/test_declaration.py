"""A declared function, however it is wrapped."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import pytest

from chatbot.effects import CallTool
from chatbot.errors import ToolArgumentError, ToolError, UsageError
from chatbot.messages import ToolCall
from chatbot.tools import Tool, Toolbox
from chatbot.tools.declaration import read_declaration
from chatbot.tools.injected import Injected

LOOSE = {"type": "dict", "properties": {"city": {"type": "str", "description": "Where"}}, "required": ["city"]}
STRICT = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "Where"}},
    "required": ["city"],
    "additionalProperties": False,
}
NAMED = {"name": "weather.now", "description": "The weather now."}


@pytest.mark.parametrize(
    "declared",
    [
        {**NAMED, "parameters": LOOSE},
        {"type": "function", "function": {**NAMED, "parameters": LOOSE, "strict": True}},
        {"type": "function", **NAMED, "parameters": LOOSE},
        {**NAMED, "input_schema": LOOSE},
        {"type": "custom", **NAMED, "input_schema": LOOSE, "cache_control": {"type": "ephemeral"}},
        {**NAMED, "inputSchema": LOOSE, "annotations": {"readOnlyHint": True}},
        {"toolSpec": {**NAMED, "inputSchema": {"json": LOOSE}}},
        {"function_declarations": [{**NAMED, "parameters": {**LOOSE, "type": "OBJECT"}}]},
        {**NAMED, "parameters": None, "parametersJsonSchema": LOOSE},
        {**NAMED, "parameter_definitions": {"city": {"type": "str", "description": "Where", "required": True}}},
        {**NAMED, "parameters": {"city": {"type": "str", "description": "Where", "required": True}}},
        {**NAMED, "properties": LOOSE["properties"], "required": ["city"]},
        {"title": NAMED["name"], "description": NAMED["description"], **LOOSE},
    ],
)
def test_every_wrapping_declares_the_same_function(declared: Mapping[str, object]) -> None:
    found = read_declaration(declared)

    assert (found.name, found.description, found.parameters) == (*NAMED.values(), STRICT)


def test_a_function_without_parameters_or_description_is_one() -> None:
    found = read_declaration({"name": "roll_dice"})

    assert found.description == "roll dice"
    assert found.parameters["properties"] == {}


@pytest.mark.parametrize("declared", [{}, {"name": ""}, {"name": 3}, {"function": {}}, "weather", []])
def test_what_names_no_function_is_refused(declared: Any) -> None:
    with pytest.raises(UsageError, match="declares no function"):
        read_declaration(declared)


def test_several_functions_in_one_declaration_are_refused() -> None:
    with pytest.raises(UsageError, match="holds 2 functions"):
        read_declaration({"function_declarations": [NAMED, NAMED]})


def tool(function: Callable[..., object] | None = None, **more: Any) -> Tool:
    return Tool.from_schema({**NAMED, "parameters": LOOSE}, function, **more)


def test_a_tool_calls_the_function_with_the_arguments_by_name() -> None:
    made = tool(lambda city: f"sunny in {city}", impact="reads", sensitive=["city"], origin="plugin:sky")

    assert made(**made.check({"city": 17})) == "sunny in 17"
    assert (made.name, made.schema.name, made.impact) == ("weather.now", "weather_now", "reads")
    assert (made.sensitive, made.origin, made.parameters) == (("city",), "plugin:sky", STRICT)


def test_a_tool_without_a_function_checks_calls_and_says_that_it_cannot_run() -> None:
    with pytest.raises(ToolArgumentError, match="city is missing"):
        tool().check({})
    with pytest.raises(ToolError, match=r"weather\.now is only declared"):
        tool()(city="Rome")


def town(town: str) -> str:
    return town


def more(city: str, country: str) -> str:
    return city + country


def any_arguments(**arguments: object) -> object:
    return arguments


@pytest.mark.parametrize(
    "function", [any_arguments, lambda city, unit="C": city, functools.partial(more, country="IT")]
)
def test_a_function_may_take_more_than_is_declared_if_it_needs_no_more(function: Callable[..., object]) -> None:
    assert tool(function).function is function


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (town, "does not take 'city'"),
        (more, "needs 'country'"),
        (lambda: 1, "does not take 'city'"),
        (3, "not a function"),
    ],
)
def test_a_function_that_does_not_fit_is_refused_with_the_parameters_name(function: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        tool(function)


def test_what_a_function_needs_and_a_model_may_leave_out_has_the_declared_default() -> None:
    unit = {"type": "str", "default": "C"}
    made = Tool.from_schema({"name": "it", "parameters": {"unit": unit}}, lambda unit: f"in {unit}")

    assert (made(**made.check({})), made(**made.check({"unit": "F"}))) == ("in C", "in F")
    with pytest.raises(UsageError, match="needs 'unit', which may be left out"):
        Tool.from_schema({"name": "it", "parameters": {"unit": {"type": "str", "optional": True}}}, lambda unit: unit)


def stay(city: str, guest: Annotated[str, Injected("user")]) -> str:
    return f"{guest} in {city}"


def test_what_the_function_marks_as_injected_the_app_fills() -> None:
    made = tool(stay)
    box = Toolbox([made], context={"user": "c-7"})

    assert made.injected == ("guest",) and "guest" not in made.schema.parameters["properties"]  # type: ignore[operator]
    assert asyncio.run(box.run(CallTool(ToolCall("1", "weather_now", '{"city": "Rome"}')))).text == "c-7 in Rome"
    with pytest.raises(UsageError, match="the app fills 'guest'"):
        Tool.from_schema({"name": "stay", "parameters": {"city": "string", "guest": "string"}}, stay)


@pytest.mark.parametrize("promise", [{"impact": "reed"}, {"timeout": 0}, {"sensitive": ["town"]}])
def test_promises_are_checked_as_those_of_functions_are(promise: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"weather\.now"):
        tool(**promise)
