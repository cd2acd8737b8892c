from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_entries import any_text, gold_and_other, rows, said, score, scorer, worth

from chatbot.errors import PromptError
from chatbot.evaluation.records import Item, Response
from chatbot.evaluation.scoring.calls import _most_pairs
from chatbot.messages import ToolCall, ToolResult, ToolUse

Call = tuple[str, object]


def calling(*calls: Call) -> Response:
    """A response that made these calls; arguments that are text are as the model wrote them."""
    uses = [
        ToolUse(
            ToolCall(str(at), name, arguments if isinstance(arguments, str) else json.dumps(arguments)),
            ToolResult(str(at), name, "done"),
        )
        for at, (name, arguments) in enumerate(calls)
    ]
    return said("", tool_uses=tuple(uses))


AREA = [{"math.area": {"base": [10], "height": [5, 5.5], "unit": ["cm", ""]}}]


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ({"base": 10, "height": 5, "unit": "cm"}, 1),
        ({"base": 10, "height": 5.5}, 1),
        ({"base": 10.0, "height": 5, "unit": "CM."}, 1),
        ({"base": 10, "height": 6}, 0),
        ({"base": "10", "height": 5}, 0),
        ({"base": True, "height": 5}, 0),
        ({"base": 10}, 0),
        ({"base": 10, "height": 5, "unit": "m"}, 0),
        ({"base": 10, "height": 5, "more": 1}, 0),
        ('{"base": 10, "height": 5', 0),
        ("[10, 5]", 0),
        ("", 0),
    ],
)
def test_each_argument_must_have_an_acceptable_value(arguments: object, value: float) -> None:
    assert worth(score("{kind: tool_call}", calling(("math.area", arguments)), ground_truth=AREA)) == value


def test_a_name_is_known_by_its_form_on_the_wire_too() -> None:
    for name, value in (("math_area", 1), ("math.area", 1), ("area", 0)):
        assert worth(score("{kind: tool_call}", calling((name, {"base": 10, "height": 5})), ground_truth=AREA)) == value


@pytest.mark.parametrize(
    ("acceptable", "given", "value"),
    [
        ([["a", "b"], ["b", "a"]], ["b", "a"], 1),
        ([["a", "b"]], ["b", "a"], 0),
        ([["New York, NY"]], ["new york ny"], 1),
        ([{"city": ["Paris"], "zip": ["", "75"]}], {"city": "paris"}, 1),
        ([{"city": ["Paris"], "zip": ["75"]}], {"city": "paris"}, 0),
        ([{"city": ["Paris"]}], {"city": "paris", "more": 1}, 0),
        ([[{"field": ["age"], "than": [25]}]], [{"field": "age", "than": 25}], 1),
        ([[{"field": ["age"], "than": [25]}]], [{"field": "age", "than": 26}], 0),
        ([None, 3], None, 1),
        ([True], 1, 0),
        ("plain", "plain", 1),
        ([], [], 1),
        ([], ["a"], 0),
        ([""], "", 1),
        (["."], "-", 0),
    ],
)
def test_values_are_compared_as_the_leaderboard_does(acceptable: object, given: object, value: float) -> None:
    found = score("{kind: tool_call}", calling(("f", {"a": given})), ground_truth=[{"f": {"a": acceptable}}])

    assert found.value == value


TWO = [{"f": {"a": [1, 2]}}, {"f": {"a": [2]}}]


@pytest.mark.parametrize(
    ("made", "free", "strict"),
    [
        ([1, 2], 1, 1),
        ([2, 1], 1, 0),
        ([2, 2], 1, 1),
        ([1, 1], 0, 0),
        ([1], 0, 0),
        ([1, 2, 2], 0, 0),
        ([], 0, 0),
    ],
)
def test_each_expected_call_is_made_once_in_any_order_or_in_this_one(
    made: list[int], free: float, strict: float
) -> None:
    response = calling(*(("f", {"a": each}) for each in made))

    assert worth(score("{kind: tool_call}", response, ground_truth=TWO)) == free
    assert worth(score("{kind: tool_call, order: strict}", response, ground_truth=TWO)) == strict


@given(st.integers(0, 5).flatmap(lambda n: st.lists(st.lists(st.booleans(), min_size=n, max_size=n), max_size=5)))
def test_the_matching_is_the_largest_there_is(fits: list[list[bool]]) -> None:
    columns = range(max([len(fits), *map(len, fits)], default=0))
    best = max(
        (
            sum(at < len(row) and row[at] for row, at in zip(fits, order, strict=False))
            for order in permutations(columns)
        ),
        default=0,
    )
    assert _most_pairs(fits) == best


@pytest.mark.parametrize("nothing", [None, [], ""])
def test_where_no_call_is_right_none_must_be_made(nothing: object) -> None:
    assert worth(score("{kind: tool_call}", "I cannot.", ground_truth=nothing)) == 1
    assert worth(score("{kind: tool_call}", said("", declined=True), ground_truth=nothing)) == 1
    assert worth(score("{kind: tool_call}", calling(("f", {})), ground_truth=nothing)) == 0


def test_a_model_that_declines_where_it_should_call_has_refused() -> None:
    assert worth(score("{kind: tool_call}", said("", declined=True), ground_truth=AREA)) == "refused"


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ([], "no call was made; expected math.area"),
        ([("g", {})], "expected a call of math.area, not of g"),
        ([("math.area", {"base": 10})], "math.area: height is missing"),
        ([("math.area", {"base": 9, "height": 5})], "math.area: base is '9', not '10'"),
        ([("math.area", {"base": 10, "height": 5, "x": 1})], "math.area: x is not expected"),
        ([("math.area", {"base": 10, "height": 5}), ("g", {})], "not expected: g"),
        ([("math.area", {"base": 10, "height": 5})] * 2, "2 calls were made, not 1"),
    ],
)
def test_what_is_wrong_with_a_call_is_told(made: list[Call], reason: str) -> None:
    assert score("{kind: tool_call}", calling(*made), ground_truth=AREA).reason == reason


def test_the_reason_of_another_order_is_its_order() -> None:
    response = calling(("f", {"a": 2}), ("f", {"a": 1}))

    assert score("{kind: tool_call, order: strict}", response, ground_truth=TWO).reason == "not in this order"


@given(any_text, any_text)
def test_no_call_makes_the_scorer_fail(name: str, arguments: str) -> None:
    found = score("{kind: tool_call}", calling((name, arguments)), ground_truth=AREA)

    assert found.value == 0


def test_expected_calls_may_be_json_in_a_text() -> None:
    found = score("{kind: tool_call}", calling(("f", {"a": 1})), ground_truth='[{"f": {"a": [1]}}]')

    assert found.value == 1


def test_what_is_no_list_of_calls_is_told_with_its_line() -> None:
    for written in ("[3]", "[{f: 3}]", "[{f: {}, g: {}}]"):
        with pytest.raises(PromptError, match=r"suite\.yaml:3: "):
            scorer(f"{{kind: tool_call, expect: {written}}}")


def written(acceptable: Sequence[object]) -> object:
    """A value as a right call has it: the first that is acceptable."""
    return plain(acceptable[0]) if acceptable else []


def plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: written(inner) for key, inner in value.items() if "" not in inner}
    return [plain(each) for each in value] if isinstance(value, list) else value


def right_calls(truth: object) -> list[Call]:
    calls: list[Call] = []
    for each in truth if isinstance(truth, list) else []:
        ((name, arguments),) = each.items()
        calls.append((name, {key: written(some) for key, some in arguments.items() if "" not in some}))
    return calls


def test_the_right_calls_of_bfcl_score_1_in_any_order_and_those_of_other_items_less() -> None:
    data = rows("bfcl/items.jsonl")
    items = [Item(str(row["id"]), row) for row in data]
    judge = scorer("{kind: tool_call}", fields=data[0])
    for turned in (1, -1):
        responses = [calling(*right_calls(row["ground_truth"])[::turned]) for row in data]
        own, _ = gold_and_other(judge, items, responses)
        assert own == 1

    calls = [(item, response) for item, response in zip(items, responses, strict=True) if response.tool_uses]
    _, other = gold_and_other(judge, [item for item, _ in calls], [response for _, response in calls])
    assert other > 0.99


def test_a_call_of_bfcl_with_one_argument_changed_is_wrong() -> None:
    found = []
    for row in rows("bfcl/items.jsonl"):
        calls = right_calls(row["ground_truth"])
        if calls and isinstance(calls[0][1], dict) and calls[0][1]:
            name, arguments = calls[0]
            changed = {**arguments, next(iter(arguments)): "something else"}
            found.append(scorer("{kind: tool_call}")(Item("1", row), calling((name, changed), *calls[1:])).value)

    assert set(found) == {0}
