"""Schemas as they circulate become valid JSON Schema, or are refused with the parameter's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chatbot.errors import UsageError
from chatbot.tools.loose_keyword import Place
from chatbot.tools.loose_schema import json_schema


def whole(loose: object) -> dict[str, Any]:
    schema = json_schema(loose, Place("book"))
    Draft202012Validator.check_schema(schema)
    return schema


def one(loose: object, *, required: bool = False) -> Any:
    """What becomes of the schema of one parameter."""
    schema = whole({"type": "object", "properties": {"it": loose}, "required": ["it"] if required else []})
    return schema["properties"]["it"]


def required(**properties: object) -> Any:
    return whole({"type": "dict", "properties": properties, "required": ["first"]})["required"]


@pytest.mark.parametrize(
    ("loose", "schema"),
    [
        ({"type": "dict"}, {"type": "object"}),
        ({"type": "float"}, {"type": "number"}),
        ({"type": "tuple", "items": {"type": "float"}}, {"type": "array", "items": {"type": "number"}}),
        ({"type": "any"}, {}),
        ({"type": "array"}, {"type": "array"}),
        ({"type": "STRING", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": ["str", "None"]}, {"type": ["string", "null"]}),
        ({"type": "List[int]"}, {"type": "array", "items": {"type": "integer"}}),
        ("string", {"type": "string"}),
        (None, {}),
        (True, True),
        (
            {"type": "string", "description": "A word.", "pattern": "(a+)+"},
            {"type": "string", "description": "A word. (pattern: (a+)+)"},
        ),
        (
            {"pattern": "(a+)+", "description": "A word.", "type": "string"},
            {"type": "string", "description": "A word. (pattern: (a+)+)"},
        ),
        ({"items": {"type": "str"}}, {"type": "array", "items": {"type": "string"}}),
        ({"type": "array", "items": "int"}, {"type": "array", "items": {"type": "integer"}}),
        (
            {"type": "array", "items": [{"type": "str"}, {"type": "int"}], "additionalItems": False},
            {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
        ),
        ({"type": "integer", "example": 3, "xml": {}, "format": "int32"}, {"type": "integer", "format": "int32"}),
        ({"$ref": "#/properties/it/$defs/a", "nullable": True, "$defs": {"a": {"type": "str"}}}, None),
        ({"anyOf": [{"type": "str"}], "nullable": True}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ],
)
def test_types_of_every_dialect_are_those_of_the_standard(loose: object, schema: object) -> None:
    found = one(loose)

    if schema is None:
        schema = {"anyOf": [{"$ref": "#/properties/it/$defs/a"}, {"type": "null"}], "$defs": {"a": {"type": "string"}}}
    assert found == schema


@pytest.mark.parametrize(
    ("loose", "schema"),
    [
        ({"type": "integer", "enum": ["1", "2"]}, {"type": "integer", "enum": [1, 2]}),
        ({"type": "integer", "enum": ["1", "dontcare"]}, {"enum": [1, "dontcare"]}),
        ({"type": "boolean", "enum": ["True", "False"]}, {"type": "boolean", "enum": [True, False]}),
        ({"type": "string", "enum": [1, 2]}, {"type": "string", "enum": ["1", "2"]}),
        ({"type": "string", "enum": ["a", "a"]}, {"type": "string", "enum": ["a"]}),
        ({"enum": [1, True]}, {"enum": [1, True]}),
        ({"type": "array", "enum": ["a", "b"]}, {"type": "array", "items": {"enum": ["a", "b"]}}),
        (
            {"type": "array", "items": {"type": "string"}, "enum": ["a"]},
            {"type": "array", "items": {"type": "string", "enum": ["a"]}},
        ),
        ({"type": "string", "enum": ["a"], "nullable": True}, {"type": ["string", "null"], "enum": ["a", None]}),
    ],
)
def test_choices_are_of_the_parameters_type_where_they_can_be_read_so(loose: object, schema: object) -> None:
    assert one(loose) == schema


@pytest.mark.parametrize(
    ("loose", "schema"),
    [
        ({"type": "boolean", "default": "false"}, {"type": "boolean", "default": False}),
        ({"type": "float", "default": "1.2"}, {"type": "number", "default": 1.2}),
        ({"type": "string", "default": 0}, {"type": "string", "default": "0"}),
        ({"type": "string", "default": None}, {"type": ["string", "null"], "default": None}),
        (
            {"type": "string", "enum": ["s"], "default": "N/A"},
            {"type": "string", "enum": ["s", "N/A"], "default": "N/A"},
        ),
        (
            {"type": "integer", "description": "Year.", "default": "this year"},
            {"type": "integer", "description": 'Year. (by default: "this year")'},
        ),
        ({"type": "array", "default": "None"}, {"type": "array", "description": '(by default: "None")'}),
        ({"type": "integer", "default": ""}, {"type": "integer"}),
    ],
)
def test_a_default_fits_its_parameter_or_is_told_in_words(loose: object, schema: object) -> None:
    assert one(loose) == schema


def test_a_parameter_says_by_itself_whether_it_must_be_given() -> None:
    assert required(first={"type": "str"}) == ["first"]
    assert required(first={"type": "str", "optional": True}) == []
    assert required(first={"type": "str", "optional": "true"}) == []
    assert required(first={"type": "str", "required": False}) == []
    assert required(first={"type": "str, optional"}) == []
    assert required(first={}, second={"type": "str", "required": True}) == ["first", "second"]
    assert required(first={"type": "dict", "required": ["x"], "properties": {"x": {}}}) == ["first"]


def test_a_list_of_optional_names_is_taken_from_the_required_ones() -> None:
    schema = whole({"properties": {"a": {}, "b": {}}, "required": ["a", "b"], "optional": ["b"]})

    assert schema["required"] == ["a"]


def test_a_name_that_is_required_and_not_described_takes_any_value() -> None:
    assert whole({"properties": {"a": {"type": "str"}}, "required": ["a", "b"]})["properties"]["b"] == {}


@pytest.mark.parametrize(
    "loose",
    [
        {"city": {"type": "str"}, "type": {"type": "str"}},
        {"city": "string", "type": {"type": "str"}},
        [{"name": "city", "type": "str"}, {"name": "type", "schema": {"type": "str"}}],
        {"properties": [{"name": "city", "type": "str"}, {"name": "type", "type": "str"}]},
        {"type": "OBJECT", "properties": {"city": {"type": "STRING"}, "type": {"type": "STRING"}}},
    ],
)
def test_parameters_may_be_a_table_or_a_list(loose: object) -> None:
    assert whole(loose)["properties"] == {"city": {"type": "string"}, "type": {"type": "string"}}


@pytest.mark.parametrize(
    "loose", [None, {}, {"type": "object"}, {"properties": {}}, {"type": "dict", "properties": None}]
)
def test_no_parameters_are_an_object_that_takes_none(loose: object) -> None:
    assert whole(loose) == {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def test_an_object_that_lists_its_properties_allows_no_others_unless_it_says_so() -> None:
    inner = {"type": "dict", "properties": {"a": {"type": "int"}}}

    assert one(inner)["additionalProperties"] is False
    assert one({**inner, "additionalProperties": True})["additionalProperties"] is True
    assert "additionalProperties" not in one({"type": "dict"})
    assert "additionalProperties" not in one({"allOf": [inner, inner]})["allOf"][0]
    assert whole({"allOf": [inner]})["unevaluatedProperties"] is False


@pytest.mark.parametrize(
    ("loose", "named"),
    [
        ({"type": "strnig"}, "'it' has the type \"strnig\""),
        ({"type": 3}, "'it' has the type 3"),
        ({"type": {"a": 1}}, "'it' has the type"),
        (["string"], "'it' is"),
        (
            {"type": "object", "properties": {"x": {"type": "array", "items": {"type": "lots"}}}},
            "'it.x.items' has the type",
        ),
        ({"type": "object", "properties": "x"}, "'it' has properties"),
        ({"type": "object", "properties": [{"type": "str"}]}, "'it.0' has no name"),
        ({"anyOf": "string"}, "'it' has an anyOf"),
        ({"type": "object", "required": 3}, "'it' requires 3"),
        ({"$ref": "#/$defs/none"}, "'it' refers to '#/$defs/none', which is not in the schema"),
        ({"$ref": "https://example.com/a.json"}, "which is not in the schema"),
        ({"$ref": "#/properties/it"}, "which leads back to itself"),
        ({"anyOf": [{"type": "str"}, {"$ref": "#/properties/it"}]}, "which leads back to itself"),
        ({"type": "string", "enum": "abc"}, "'it' has the enum"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_the_parameters_name(loose: object, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        one(loose)

    assert caught.value.message.startswith("book cannot be a tool: its parameter ")
    assert named in caught.value.message


@pytest.mark.parametrize("loose", ["text", 3, {"type": "string"}, {"type": "array", "items": {}}])
def test_parameters_that_are_no_object_are_refused(loose: object) -> None:
    with pytest.raises(UsageError, match="book cannot be a tool: its parameters are"):
        whole(loose)


def test_nesting_is_bounded() -> None:
    deep: dict[str, object] = {"type": "string"}
    for _ in range(100):
        deep = {"type": "array", "items": deep}

    with pytest.raises(UsageError, match="levels deep"):
        one(deep)


def test_references_may_go_round_through_a_part_of_the_value() -> None:
    node = {"type": "dict", "properties": {"next": {"$ref": "#/$defs/node"}, "value": {"type": "int"}}}
    schema = whole({"type": "dict", "properties": {"it": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}})

    assert schema["$defs"]["node"]["properties"]["value"] == {"type": "integer"}


_VALUES = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "1", "true", "str", "dict", "any"])
_KEYS = st.sampled_from(
    "type properties items enum default required optional nullable anyOf minimum pattern description $ref const".split()
)
_LOOSE = st.recursive(
    _VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12
)


@given(_LOOSE)
def test_any_value_becomes_a_valid_schema_or_is_refused_by_name(loose: object) -> None:
    try:
        schema: Mapping[str, Any] = json_schema(loose, Place("book"))
    except UsageError as error:
        assert error.message.startswith("book cannot be a tool: its parameter")  # noqa: PT017  # either outcome is right
    else:
        Draft202012Validator.check_schema(schema)
        assert json_schema(schema, Place("book")) == schema
