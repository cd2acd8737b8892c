"""Arguments against a declared schema: coerced without loss, validated, and explained where they are wrong."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from declared_calls import FIRST, TOOL, Outcomes, items, measured
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chatbot.errors import ToolArgumentError
from chatbot.tools.loose_keyword import Place
from chatbot.tools.loose_schema import json_schema
from chatbot.tools.schema_arguments import SchemaArguments

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


def arguments(properties: dict[str, Any] = TRIP, *, required: tuple[str, ...] = ("city",)) -> SchemaArguments:
    loose = {"type": "dict", "properties": properties, "required": list(required)}
    return SchemaArguments("trip", json_schema(loose, Place("trip")))


def refusal(given: dict[str, Any]) -> ToolArgumentError:
    with pytest.raises(ToolArgumentError) as caught:
        arguments().check(given)
    return caught.value


def test_arguments_that_fit_come_back_as_they_are() -> None:
    given = {"city": "Rome", "days": 3, "unit": "kelvin", "tags": ["a"], "place": {"lat": 1.5}, "when": {"year": 2026}}

    assert arguments().check(given) == arguments().read(json.dumps(given)) == given


def test_arguments_are_coerced_where_nothing_is_lost() -> None:
    given = {"city": 17, "days": "3", "unit": None, "tags": '["a"]', "place": '{"lat": "1.5"}', "when": "2026"}

    assert arguments().check(given) == {"city": "17", "days": 3, "tags": ["a"], "place": {"lat": 1.5}, "when": 2026}
    assert given["place"] == '{"lat": "1.5"}'


def test_what_is_wrong_is_told_with_the_parameters_path() -> None:
    error = refusal({"city": "Rome", "place": {"lat": "north"}})

    assert error.parameter == "place.lat"
    assert error.message == 'wrong arguments for trip: place.lat: must be a number, not "north"'


def test_several_wrong_parameters_are_told_at_once_up_to_a_few() -> None:
    error = refusal({"days": "x", "unit": "x", "place": 3, "a": 1, "b": 2, "c": 3})

    assert error.message.count(";") == 5 and error.message.endswith("; and 2 more")


def test_a_long_value_is_quoted_in_short() -> None:
    assert len(refusal({"city": ["x" * 10_000]}).message) < 200


@pytest.mark.parametrize("text", ["[1]", "{", '{"city": "a", "city": "b"}', '{"city": NaN}', "[" * 100_000])
def test_text_that_is_no_object_of_json_is_refused(text: str) -> None:
    with pytest.raises(ToolArgumentError) as caught:
        arguments().read(text)

    assert "trip" in caught.value.message


@pytest.mark.parametrize("given", [None, [1], "text", 3, {1: 2}])
def test_what_is_no_object_of_json_is_refused(given: Any) -> None:
    with pytest.raises(ToolArgumentError, match="trip"):
        arguments().check(given)


@pytest.mark.parametrize("value", [math.nan, math.inf, b"3", {1, 2}, {3: 4}, object()])
def test_a_value_that_json_does_not_have_is_refused_by_name(value: Any) -> None:
    with pytest.raises(ToolArgumentError, match=r"place\.names\.1: .* is no value of JSON") as caught:
        arguments().check({"city": "Rome", "place": {"lat": 1, "names": ["a", value]}})
    assert caught.value.parameter == "place.names.1"


def test_a_tuple_is_a_list() -> None:
    assert arguments().check({"city": "Rome", "tags": ("a", "b")}) == {"city": "Rome", "tags": ["a", "b"]}


def test_no_text_is_no_arguments() -> None:
    assert arguments(required=()).read("") == {}


def test_a_schema_that_refers_to_itself_is_followed_as_far_as_the_value_goes() -> None:
    node = {"type": "dict", "properties": {"value": {"type": "integer"}, "next": {"$ref": "#/$defs/node"}}}
    loose = {"properties": {"list": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}}
    made = SchemaArguments("walk", json_schema(loose, Place("walk")))

    assert made.check({"list": {"next": {"value": "3"}}}) == {"list": {"next": {"value": 3}}}
    with pytest.raises(ToolArgumentError) as caught:
        made.check({"list": {"next": {"next": {"value": "x"}}}})
    assert caught.value.parameter == "list.next.next.value"


def test_arguments_that_would_be_checked_for_ever_are_refused() -> None:
    form = {"type": "array", "items": {"$ref": "#/$defs/tree"}}
    tree = {"anyOf": [form, {**form, "maxItems": 5}, {**form, "minItems": 0}]}
    loose = {"properties": {"it": {"$ref": "#/$defs/tree"}}, "$defs": {"tree": tree}}
    made = SchemaArguments("grow", json_schema(loose, Place("grow")))

    assert made.read('{"it": ' + "[" * 20 + "]" * 20 + "}")
    for text in ("[" * 20 + '"x"' + "]" * 20, "[" * 900 + "]" * 900):
        with pytest.raises(ToolArgumentError, match="nested too deeply"):
            made.read('{"it": ' + text + "}")


def test_many_values_are_no_reason_to_give_up() -> None:
    row = {"type": "object", "properties": {key: {"$ref": "#/$defs/maybe"} for key in "abcde"}}
    loose = {
        "properties": {"rows": {"type": "array", "items": row}},
        "$defs": {"maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
    }
    made = SchemaArguments("store", json_schema(loose, Place("store")))
    given = {"rows": [{"a": 1, "b": "2", "c": None}] * 200}

    assert made.check(given) == {"rows": [{"a": 1, "b": 2, "c": None}] * 200}
    with pytest.raises(ToolArgumentError) as caught:
        made.check({"rows": [*given["rows"], {"a": "x"}]})
    assert caught.value.parameter == "rows.200.a"


def test_unknown_names_are_found_where_forms_are_combined() -> None:
    loose = {"allOf": [{"properties": {"a": {"type": "int"}}}, {"properties": {"b": {"type": "int"}}}]}
    made = SchemaArguments("both", json_schema(loose, Place("both")))

    assert made.check({"a": 1, "b": 2}) == {"a": 1, "b": 2}
    with pytest.raises(ToolArgumentError) as caught:
        made.check({"a": 1, "c": 2})
    assert caught.value.parameter == "c"


# --- against jsonschema, on schemas and values made at random ---------------------------------------------------------

_SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 2.0, "", "a", "3", "3.7", "true", "[1]"])
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
_TYPES = st.sampled_from(["string", "integer", "number", "boolean", "null"])
_LEAVES = (
    st.builds(dict, type=_TYPES)
    | st.builds(dict, type=st.lists(_TYPES, min_size=1, max_size=2, unique=True))
    | st.builds(dict, enum=st.lists(_SCALARS, min_size=1, max_size=3))
    | st.builds(dict, type=st.just("integer"), minimum=st.integers(-2, 2), maximum=st.integers(0, 3))
    | st.builds(dict, type=st.just("string"), minLength=st.integers(0, 2), pattern=st.sampled_from(["a", "^3"]))
    | st.just({})
)


def _composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    named = st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    required = st.lists(st.sampled_from("abc"), max_size=2, unique=True)
    closed = st.booleans() | inner
    return (
        st.builds(dict, type=st.just("array"), items=inner, maxItems=st.integers(0, 3))
        | st.builds(dict, type=st.just("array"), prefixItems=st.lists(inner, min_size=1, max_size=2), items=closed)
        | st.builds(dict, type=st.just("object"), properties=named, required=required, additionalProperties=closed)
        | st.builds(dict, anyOf=st.lists(inner, min_size=1, max_size=3))
        | st.builds(dict, oneOf=st.lists(inner, min_size=1, max_size=2))
        | st.builds(dict, allOf=st.lists(inner, min_size=1, max_size=2))
        | st.builds(lambda if_, then: {"if": if_, "then": then}, inner, inner)
        | st.builds(lambda no: {"not": no}, inner)
        | st.builds(dict, type=st.just("object"), patternProperties=st.dictionaries(st.sampled_from("ab"), inner))
        | st.builds(dict, dependentRequired=st.just({"a": ["b"]}), properties=named)
    )


_SCHEMAS = st.recursive(_LEAVES, _composed, max_leaves=5)


@given(_SCHEMAS, _VALUES)
def test_what_is_accepted_is_valid_and_what_is_valid_is_accepted_unchanged(schema: Any, value: Any) -> None:
    made = SchemaArguments("any", json_schema({"properties": {"a": schema}, "required": ["a"]}, Place("any")))
    validator = Draft202012Validator(dict(made.schema))
    was_valid = validator.is_valid({"a": value})
    try:
        read = made.check({"a": value})
    except ToolArgumentError as error:
        assert not was_valid
        assert error.parameter.split(".")[0] == "a"  # noqa: PT017  # either outcome may be right
    else:
        assert validator.is_valid(read)
        assert not was_valid or read == {"a": value} or _without_null(read) == _without_null({"a": value})


def _without_null(value: Any) -> Any:
    """The value without entries that are null, and with the entries of lists that were written as JSON."""
    if isinstance(value, dict):
        return {key: _without_null(each) for key, each in value.items() if each is not None}
    return [_without_null(each) for each in value] if isinstance(value, list) else value


@given(_SCHEMAS)
def test_normalising_a_valid_schema_changes_nothing_but_closing_objects(schema: Any) -> None:
    made = json_schema({"properties": {"a": schema}}, Place("any"))

    Draft202012Validator.check_schema(made)
    assert json_schema(made, Place("any")) == made


# --- the declarations of a public set ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    """Every fifth item; the benchmark `function_schemas` counts all."""
    chosen = items()[::5]
    if not chosen:
        pytest.skip("the data set is not here")
    return measured(chosen)


def test_every_declared_function_becomes_a_tool(outcomes: Outcomes) -> None:
    assert outcomes.share(TOOL) == 1


def test_right_calls_are_accepted_but_for_those_that_contradict_their_declaration(outcomes: Outcomes) -> None:
    assert outcomes.share(FIRST) >= 0.99


def test_wrong_calls_are_refused_by_name_or_coerced_as_promised(outcomes: Outcomes) -> None:
    assert len(outcomes.mutations()) == 10
    assert {kind: outcomes.share(kind) for kind in outcomes.mutations() if outcomes.share(kind) < 0.99} == {}


@pytest.mark.slow
def test_the_whole_set_reaches_what_is_promised() -> None:
    if not items():
        pytest.skip("the data set is not here")
    found = measured(items())

    assert found.share(TOOL) == 1 and found.share(FIRST) >= 0.995
    assert min(found.share(kind) for kind in found.mutations()) >= 0.99
