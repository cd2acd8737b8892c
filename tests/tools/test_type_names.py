"""Type names as people write them in function schemas."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chatbot.tools.type_names import named_type


@pytest.mark.parametrize(
    ("written", "schema"),
    [
        ("string", {"type": "string"}),
        ("STRING", {"type": "string"}),
        ("dict", {"type": "object"}),
        ("float", {"type": "number"}),
        ("tuple", {"type": "array"}),
        ("any", {}),
        ("TYPE_UNSPECIFIED", {}),
        ("HashMap", {"type": "object"}),
        ("long", {"type": "integer"}),
        ("None", {"type": "null"}),
        ("date", {"type": "string", "format": "date"}),
        ("List[int]", {"type": "array", "items": {"type": "integer"}}),
        ("typing.List[int]", {"type": "array", "items": {"type": "integer"}}),
        ("string[]", {"type": "array", "items": {"type": "string"}}),
        ("string[][]", {"type": "array", "items": {"type": "array", "items": {"type": "string"}}}),
        ("array<string>", {"type": "array", "items": {"type": "string"}}),
        ("Dict[str, float]", {"type": "object", "additionalProperties": {"type": "number"}}),
        ("str | None", {"type": ["string", "null"]}),
        ("integer or string", {"type": ["integer", "string"]}),
        ("Optional[int]", {"type": ["integer", "null"]}),
        ("Union[int, float]", {"type": ["integer", "number"]}),
        ("Union[int, Any]", {}),
        ("List[Union[int, str]]", {"type": "array", "items": {"type": ["integer", "string"]}}),
        ("List[int] | None", {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]}),
        (
            "Tuple[float, str]",
            {"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}], "items": False, "minItems": 2},
        ),
        ("Literal['a', \"b\", 3]", {"enum": ["a", "b", 3]}),
    ],
)
def test_a_type_by_any_of_its_names_is_one_of_json_schema(written: str, schema: dict[str, object]) -> None:
    assert named_type(written) == (schema, False)
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("written", ["str, optional", "str (optional)", "str optional", "str, Optional"])
def test_a_type_may_say_that_the_parameter_can_be_left_out(written: str) -> None:
    assert named_type(written) == ({"type": "string"}, True)


def test_optional_alone_says_nothing_of_the_type() -> None:
    assert named_type("optional") == ({}, True)


@pytest.mark.parametrize(
    "written",
    [
        *("", "strnig", "the city", "List[", "List[int", "List[int]]", "Dict[str, int, int]", "int |", "3", "os[1]"),
        *("Literal", "Literal[]", "Literal[x]", "__import__('os')", "[int]", "List[int" * 400),
    ],
)
def test_what_names_no_type_is_nothing(written: str) -> None:
    assert named_type(written) is None


@given(st.text("abint[]<>|,'\" Lst", max_size=40))
def test_any_text_is_read_or_not_but_never_breaks(written: str) -> None:
    found = named_type(written)

    if found is not None:
        Draft202012Validator.check_schema(found[0])
