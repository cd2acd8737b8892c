"""A validator that no schema makes run on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chatbot.tools.bounded_validator import MAX_MATCHED, TooManySteps, validator_of, within_bounds

TREE: dict[str, Any] = {"type": "array", "items": {"$ref": "#/$defs/tree"}}
FOREST = {
    "$ref": "#/$defs/tree",
    "$defs": {"tree": {"anyOf": [TREE, {**TREE, "maxItems": 5}, {**TREE, "minItems": 0}]}},
}


def is_valid(schema: dict[str, Any], value: Any) -> bool:
    with within_bounds(value):
        return bool(validator_of(schema).is_valid(value))


def nested(depth: int, inside: list[Any]) -> Any:
    for _ in range(depth):
        inside = [inside]
    return inside


_VALUES = st.recursive(st.integers() | st.text("ab"), lambda inner: st.lists(inner, max_size=2), max_leaves=4)


@given(_VALUES)
def test_within_its_bounds_it_judges_as_jsonschema_does(value: Any) -> None:
    for schema in (FOREST, {"type": ["string", "array"], "pattern": "^a*$"}, {"not": {"type": "integer"}}):
        assert is_valid(schema, value) == Draft202012Validator(schema).is_valid(value)


def test_a_value_that_fits_no_form_of_a_schema_that_refers_to_itself_is_given_up() -> None:
    assert is_valid(FOREST, nested(30, []))
    assert not is_valid(FOREST, nested(2, ["x"]))
    with pytest.raises(TooManySteps):
        is_valid(FOREST, nested(30, ["x"]))


def test_a_large_value_may_take_longer() -> None:
    assert is_valid(FOREST, [[]] * 2_000)


def test_a_pattern_is_tried_on_short_text_only() -> None:
    schema = {"type": "string", "pattern": r"\s+$"}

    assert is_valid(schema, "a ")
    assert not is_valid(schema, "a" + " " * MAX_MATCHED)


def test_nothing_is_fetched() -> None:
    with pytest.raises(Exception, match="Unresolvable"):
        is_valid({"$ref": "http://localhost/schema.json"}, 1)
