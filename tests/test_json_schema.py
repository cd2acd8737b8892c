"""Values are held to a schema, and a schema to the standard."""

from __future__ import annotations

import pytest

from chatbot.errors import UsageError
from chatbot.json_schema import checked, violations

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name"],
    "additionalProperties": False,
}


def test_a_value_that_fits_has_no_violations() -> None:
    assert violations({"name": "Ada", "age": 36}, checked(PERSON)) == ""


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ({"age": 3}, ["$: 'name' is a required property"]),
        ({"name": "Ada", "age": -1}, ["$.age: -1 is less than the minimum of 0"]),
        ({"name": 7, "age": "x"}, ["$.age: 'x' is not of type 'integer'", "$.name: 7 is not of type 'string'"]),
    ],
)
def test_every_violation_names_its_place(value: object, places: list[str]) -> None:
    assert violations(value, PERSON).split("; ") == places


def test_no_more_violations_are_told_than_a_model_can_mend_at_once() -> None:
    numbers = {"type": "array", "items": {"type": "integer"}}
    assert violations(["x"] * 100, numbers).count("is not of type") == 5


@pytest.mark.parametrize("schema", [{"type": "strin"}, {"properties": []}, {"minimum": "one"}, {"default": {1, 2}}])
def test_what_is_no_schema_is_refused(schema: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="no JSON Schema"):
        checked(schema)


def test_a_reference_leads_nowhere_but_into_the_schema() -> None:
    inner = {"$defs": {"n": {"type": "integer"}}, "items": {"$ref": "#/$defs/n"}}
    assert "not of type 'integer'" in violations(["x"], checked(inner))
    with pytest.raises(UsageError, match="not in it"):
        checked({"$ref": "http://127.0.0.1:9/schema.json"})
    with pytest.raises(UsageError, match="not in it"):
        violations(["x"], {"items": {"$ref": "#/$defs/missing"}})
