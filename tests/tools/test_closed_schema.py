"""Objects refuse names that nobody described, and nothing that somebody did."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from chatbot.tools.closed_schema import close

A = {"type": "object", "properties": {"a": {}}}
B = {"type": "object", "properties": {"b": {}}}


def closed(it: Any, **definitions: Any) -> dict[str, Any]:
    """The schema of parameters of which one is `it`."""
    schema: dict[str, Any] = json.loads(json.dumps({"properties": {"it": it}, "$defs": definitions}))
    close(schema)
    return schema


def takes(it: Any, value: Any, **definitions: Any) -> bool:
    return Draft202012Validator(closed(it, **definitions)).is_valid({"it": value})


@pytest.mark.parametrize("said", [{"additionalProperties": True}, {"additionalProperties": {}}, {"properties": {}}])
def test_what_an_object_says_of_other_names_holds(said: dict[str, Any]) -> None:
    assert takes({**A, **said}, {"a": 1, "z": 1})


def test_an_object_is_closed_wherever_it_stands_alone() -> None:
    alone: list[Any] = [
        A,
        {"anyOf": [A, B]},
        {"oneOf": [A, B]},
        {"$ref": "#/$defs/a"},
        {"anyOf": [{"$ref": "#/$defs/a"}]},
    ]
    for it in alone:
        assert takes(it, {"a": 1}, a=A)
        assert not takes(it, {"a": 1, "z": 1}, a=A)
    assert not takes({"type": "array", "items": A}, [{"z": 1}])
    assert not takes({"type": "object", "additionalProperties": A}, {"x": {"z": 1}})


@pytest.mark.parametrize(
    "it",
    [
        {"allOf": [A, B]},
        {"allOf": [{"$ref": "#/$defs/a"}, B]},
        {"allOf": [{"$ref": "#/$defs/far"}, B]},
        {**A, "allOf": [B]},
        {**A, "$ref": "#/$defs/b"},
        {**A, "anyOf": [B]},
        {"$ref": "#/$defs/a", "anyOf": [B]},
        {**A, "if": {"properties": {"a": {"const": 1}}}, "then": B},
        {**A, "dependentSchemas": {"a": B}},
        {**A, "patternProperties": {"^b": {}}},
    ],
)
def test_parts_of_a_whole_leave_room_for_each_other(it: dict[str, Any]) -> None:
    assert takes(it, {"a": 1, "b": 1}, a=A, b=B, far={"anyOf": [{"$ref": "#/$defs/a"}]})


def test_the_parameters_themselves_are_closed_around_their_parts() -> None:
    schema: dict[str, Any] = {"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}
    close(schema)

    assert Draft202012Validator(schema).is_valid({"a": 1, "b": 1})
    assert not Draft202012Validator(schema).is_valid({"a": 1, "z": 1})


def test_names_with_slashes_are_found() -> None:
    assert takes({"allOf": [{"$ref": "#/$defs/a~1b"}, B]}, {"a": 1, "b": 1}, **{"a/b": A})
