"""Values are brought to the type that a schema asks for where nothing is lost, and left alone otherwise."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chatbot.tools.coercion import Coercion, is_kind, retyped

COERCION = Coercion(
    lambda reference: {"type": "integer"}, lambda value, schema: Draft202012Validator(schema).is_valid(value)
)
KINDS = ("integer", "number", "boolean", "string", "array", "object", "null")


def same(one: object, other: object) -> bool:
    """Equal, and of one type: 1, 1.0 and true are three."""
    return one == other and type(one) is type(other)


@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        ("integer", "3", 3),
        ("integer", " -3 ", -3),
        ("integer", "3.0", 3),
        ("integer", 3.0, 3),
        ("number", "3", 3),
        ("number", "0.5", 0.5),
        ("number", "0.50", 0.5),
        ("number", "1e3", 1000.0),
        ("number", ".5", 0.5),
        ("boolean", "true", True),
        ("boolean", "False", False),
        ("string", 17, "17"),
        ("array", "[1, 2]", [1, 2]),
        ("object", '{"a": 1}', {"a": 1}),
    ],
)
def test_nothing_is_lost(kind: str, given: object, read: object) -> None:
    assert same(COERCION.coerced(given, {"type": kind}), read)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("integer", "3.7"),
        ("integer", 3.7),
        ("integer", "3e2"),
        ("integer", "1,000"),
        ("integer", "٣"),
        ("integer", "1_000"),
        ("integer", "0x10"),
        ("integer", ""),
        ("integer", True),
        ("integer", [3]),
        ("integer", "9" * 5000),
        ("number", "NaN"),
        ("number", "inf"),
        ("number", "1e999"),
        ("number", "0.12345678901234567890"),
        ("number", True),
        ("boolean", 1),
        ("boolean", "yes"),
        ("string", 1.1),
        ("string", True),
        ("string", None),
        ("string", ["a"]),
        ("array", "a, b"),
        ("array", '{"a": 1}'),
        ("array", "[1, 2"),
        ("array", None),
        ("object", "[1]"),
        ("object", '{"a": 1, "a": 2}'),
        ("null", "null"),
    ],
)
def test_what_would_lose_something_stays_as_it_was(kind: str, given: object) -> None:
    assert same(COERCION.coerced(given, {"type": kind}), given)


@pytest.mark.parametrize(
    ("schema", "given", "read"),
    [
        ({"type": "array", "items": {"type": "string"}}, "a", "a"),
        ({"type": "array", "items": {"type": "integer"}}, 3, 3),
        ({"type": "array", "items": {"type": "integer"}}, ["1", "x"], [1, "x"]),
        (
            {"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "boolean"}},
            ["1", "true"],
            [1, True],
        ),
        ({"enum": [1, "dontcare"]}, "1", 1),
        ({"enum": ["1", "2"]}, 1, "1"),
        ({"enum": [1, 2]}, True, True),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "3", "3"),
        ({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, "true", True),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "x", "x"),
        ({"allOf": [{"type": "integer"}]}, "3", 3),
        ({"$ref": "#/anything"}, "3", 3),
        ({"type": ["integer", "null"]}, "3", 3),
        ({"type": ["string", "integer"]}, "3", "3"),
    ],
)
def test_lists_forms_and_choices_are_looked_into(schema: dict[str, Any], given: object, read: object) -> None:
    assert same(COERCION.coerced(given, schema), read)


def test_properties_are_looked_into_and_null_leaves_out_what_need_not_be_given() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"type": ["string", "null"]}, "d": {}},
        "required": ["a"],
        "additionalProperties": {"type": "boolean"},
    }
    given = {"a": "3", "b": None, "c": None, "d": None, "e": "true"}

    assert COERCION.coerced(given, schema) == {"a": 3, "c": None, "d": None, "e": True}
    assert COERCION.coerced({"a": None}, schema) == {"a": None}
    assert given == {"a": "3", "b": None, "c": None, "d": None, "e": "true"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)


@given(_JSON, st.sampled_from(KINDS))
def test_types_are_the_standards(value: object, kind: str) -> None:
    assert is_kind(value, kind) == Draft202012Validator({"type": kind}).is_valid(value)


@given(_JSON, st.sampled_from(KINDS))
def test_what_has_the_type_keeps_its_value(value: object, kind: str) -> None:
    if is_kind(value, kind):
        assert retyped(value, [kind]) == value


@given(st.integers())
def test_every_integer_comes_back_from_its_text(number: int) -> None:
    assert retyped(str(number), ["integer"]) == retyped(str(number), ["number"]) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_comes_back_from_its_text(number: float) -> None:
    read = retyped(repr(number), ["number"])

    assert read == number and math.copysign(1, read) == math.copysign(1, number)  # type: ignore[arg-type]
