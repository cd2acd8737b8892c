"""What is wrong with arguments, in words that a model can act on."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from chatbot.tools.complaints import Complaint, complaints
from chatbot.tools.loose_keyword import Place
from chatbot.tools.loose_schema import json_schema

TRIP = {
    "city": {"type": "string"},
    "days": {"type": "integer", "minimum": 1},
    "unit": {"type": "string", "enum": ["celsius", "kelvin"]},
    "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2, "uniqueItems": True},
    "place": {
        "type": "dict",
        "properties": {"lat": {"type": "float"}, "names": {"type": "array", "items": {"type": "string"}}},
        "required": ["lat"],
    },
    "code": {"type": "string", "pattern": "^[A-Z]+$"},
    "when": {"anyOf": [{"type": "integer"}, {"type": "dict", "properties": {"year": {"type": "integer"}}}]},
}


def found(given: Any, schema: Any = None) -> list[Complaint]:
    loose = schema or {"type": "dict", "properties": TRIP, "required": ["city"]}
    validator = Draft202012Validator(json_schema(loose, Place("trip")))
    return [each for error in validator.iter_errors(given) for each in complaints(error)]


@pytest.mark.parametrize(
    ("given", "parameter", "said"),
    [
        ({}, "city", "city is missing"),
        ({"city": None}, "city", "city: must be text, not null"),
        ({"city": ["Rome"]}, "city", 'city: must be text, not ["Rome"]'),
        ({"city": "Rome", "days": "3.7"}, "days", 'days: must be an integer, not "3.7"'),
        ({"city": "Rome", "days": 0}, "days", "days: must be at least 1, not 0"),
        ({"city": "Rome", "days": [3]}, "days", "days: must be an integer, not [3]"),
        ({"city": "Rome", "day": 3}, "day", "there is no 'day' (did you mean 'days'?)"),
        (
            {"city": "Rome", "unit": "celsus"},
            "unit",
            'unit: must be one of "celsius", "kelvin" (did you mean \'celsius\'?)',
        ),
        ({"city": "Rome", "unit": "x"}, "unit", 'unit: must be one of "celsius", "kelvin", not "x"'),
        ({"city": "Rome", "tags": ["a", {}]}, "tags.1", "tags.1: must be text, not {}"),
        ({"city": "Rome", "tags": ["a", "b", "c"]}, "tags", "tags: must have at most 2 items"),
        ({"city": "Rome", "tags": ["a", "a"]}, "tags", "tags: must hold each item once"),
        ({"city": "Rome", "place": {}}, "place.lat", "place.lat is missing"),
        ({"city": "Rome", "place": {"lat": "north"}}, "place.lat", 'place.lat: must be a number, not "north"'),
        ({"city": "Rome", "place": {"lat": 1, "long": 2}}, "place.long", "there is no 'place.long' (known: names)"),
        (
            {"city": "Rome", "place": {"lat": 1, "names": [1.5]}},
            "place.names.0",
            "place.names.0: must be text, not 1.5",
        ),
        ({"city": "Rome", "code": "abc"}, "code", "code: must match the pattern ^[A-Z]+$"),
        ({"city": "Rome", "when": "soon"}, "when", 'when: must be an integer or an object, not "soon"'),
        ({"city": "Rome", "when": {"year": "soon"}}, "when.year", 'when.year: must be an integer, not "soon"'),
    ],
)
def test_a_complaint_says_where_what_is_asked_for_and_what_was_given(given: Any, parameter: str, said: str) -> None:
    ((path, sentence),) = found(given)

    assert path == parameter
    assert sentence.startswith(said)


@pytest.mark.parametrize(
    ("schema", "given", "said"),
    [
        ({"const": 3}, 4, "it: must be 3, not 4"),
        ({"enum": list(range(20))}, 99, "it: must be one of 0, 1, 2, 3, 4, 5, 6, 7, …, not 99"),
        ({"type": ["string", "null"]}, 3, "it: must be text or null, not 3"),
        ({"type": "number", "multipleOf": 5}, 3, "it: must be a multiple of 5, not 3"),
        ({"type": "string", "minLength": 2}, "a", 'it: must have at least 2 characters, not "a"'),
        ({"type": "object", "additionalProperties": False}, {"a": 1}, "there is no 'it.a' (it takes none)"),
        ({"not": {"type": "integer"}}, 3, "it: 3 should not be valid"),
        ({"anyOf": [{"type": "integer"}, {"enum": ["a"]}]}, "b", 'it: must be one of "a", not "b"'),
    ],
)
def test_every_keyword_has_its_words(schema: Any, given: Any, said: str) -> None:
    ((path, sentence),) = found({"it": given}, {"properties": {"it": schema}})

    assert path == ("it.a" if isinstance(given, dict) else "it")
    assert sentence.startswith(said)


def test_a_name_that_no_part_of_a_whole_knows_is_told() -> None:
    schema = {"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}

    assert found({"a": 1, "c": 2}, schema) == [("c", "there is no 'c' (known: b)")]


def test_an_error_is_never_without_a_complaint() -> None:
    schema = {"allOf": [{"properties": {"b": {}}}], "additionalProperties": False}
    (error,) = Draft202012Validator(schema).iter_errors({"b": 1})

    assert complaints(error) == [("b", "there is no 'b' (it takes none)")]
    error.message, error.validator, error.validator_value = "odd", "required", []
    assert complaints(error) == [("", "odd")]
