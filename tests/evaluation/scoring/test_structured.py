from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_entries import any_text, said, score, scorer, section, worth

from chatbot.errors import PromptError
from chatbot.evaluation.scoring import scorer_of
from chatbot.evaluation.scoring.structured import NO_JSON

SCHEMA = "{kind: json_schema, schema: {type: object, required: [name], properties: {name: {type: string}}}}"

leaves = st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=10) | st.floats(-1e6, 1e6) | st.none()
tables = st.dictionaries(
    st.text("abc", min_size=1, max_size=3),
    st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
        ),
        max_leaves=5,
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ('{"name": "a"}', 1),
        ('Here it is:\n```json\n{"name": "a"}\n```', 1),
        ('It is {"name": "a"}, I think.', 1),
        ('{"name": 3}', 0),
        ("{}", 0),
        ("[1]", 0),
        ("no JSON", "no_answer"),
        ('{"name": "a"', "no_answer"),
        ("", "no_answer"),
    ],
)
def test_json_is_found_and_checked(reply: str, value: object) -> None:
    assert worth(score(SCHEMA, reply)) == value


def test_the_structured_answer_of_a_strategy_comes_first() -> None:
    assert worth(score(SCHEMA, said('{"name": 3}', value={"name": "a"}))) == 1


def test_what_breaks_the_schema_is_told() -> None:
    assert score(SCHEMA, '{"name": 3}').reason == "$.name: 3 is not of type 'string'"
    assert score(SCHEMA, "a").reason == NO_JSON


def test_a_schema_may_be_the_items_own_or_a_file_beside_the_suite(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text('{"type": "array"}')
    judge = scorer_of(section("{kind: json_schema, schema: schema.json}", path=tmp_path / "suite.yaml"))
    own = '{kind: json_schema, schema: "{{ schema }}"}'

    assert [worth(judge(None, said(text))) for text in ("[1]", "{}")] == [1, 0]  # type: ignore[arg-type]
    assert worth(score(own, "[1]", schema={"type": "array", "items": {"enum": [1, 2]}})) == 1
    assert worth(score(own, "[3]", schema={"type": "array", "items": {"enum": [1, 2]}})) == 0
    assert worth(score(own, "[3]", schema={"type": "list"})) == "unscored"


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("{type: lst}", "this is no JSON Schema: $.type"),
        ("[1]", "a JSON Schema is a table"),
        ("none.json", "none.json cannot be read"),
        ("../up.json", "leads out of"),
        ("bad.json", "bad.json: a JSON Schema is a table"),
    ],
)
def test_a_wrong_schema_is_told_with_its_line(tmp_path: Path, schema: str, message: str) -> None:
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(PromptError) as caught:
        scorer_of(section(f"{{kind: json_schema, schema: {schema}}}", path=tmp_path / "suite.yaml"))

    assert "suite.yaml:3: " in caught.value.message and message in caught.value.message


GOLD = {"name": "Ada", "born": 1815, "address": {"city": "London", "zip": None}, "tags": ["a", "b"]}


@pytest.mark.parametrize(
    ("found", "value"),
    [
        (GOLD, 1),
        ({**GOLD, "name": " ADA "}, 1),
        ({**GOLD, "born": "1815"}, 1),
        ({**GOLD, "born": 1815.0}, 1),
        ({**GOLD, "more": 1}, 1),
        ({**GOLD, "born": 1816}, 0.8),
        ({**GOLD, "born": True}, 0.8),
        ({**GOLD, "tags": ["b", "a"]}, 0.8),
        ({**GOLD, "address": {"city": "London"}}, 1),
        ({**GOLD, "address": {"city": "London", "zip": "N1"}}, 0.8),
        ({**GOLD, "address": "London"}, 0.8),
        ({"name": "Ada"}, 0.4),
        ({}, 0.2),
        ([GOLD], "no_answer"),
    ],
)
def test_fields_are_compared_one_by_one(found: object, value: object) -> None:
    assert worth(score("{kind: fields}", json.dumps(found), answer=GOLD)) == pytest.approx(value)


def test_the_fields_that_are_wrong_are_named() -> None:
    found = score("{kind: fields}", '{"name": "Eve", "more": 1}', answer={"name": "Ada", "at": {"city": "London"}})

    assert found.details == {"wrong": ["name"], "missing": ["at.city"], "unexpected": ["more"]}
    assert found.reason == "name: expected 'Ada', found 'Eve'; missing: at.city"


@pytest.mark.parametrize("gold", [{}, {"a": {}}, "x", [1], None, 3])
def test_expected_fields_are_a_table(gold: object) -> None:
    expected = 1 if gold == {"a": {}} else "unscored"

    assert worth(score("{kind: fields}", '{"a": {}}', answer=gold)) == expected


@given(tables)
def test_a_gold_object_is_always_right(gold: dict[str, object]) -> None:
    assert score("{kind: fields}", json.dumps(gold), answer=gold).value == 1
    assert score("{kind: fields}", said("", value=gold), answer=json.dumps(gold)).value == 1


@given(any_text, tables)
def test_no_text_makes_a_scorer_fail(reply: str, gold: dict[str, object]) -> None:
    for found in (score("{kind: fields}", reply, answer=gold), score(SCHEMA, reply)):
        assert found.value is None or 0 <= found.value <= 1
        assert "failed" not in found.reason


@given(tables, tables)
def test_any_object_has_a_share_from_0_to_1(found: dict[str, object], gold: dict[str, object]) -> None:
    scored = score("{kind: fields}", said("", value=found), answer=gold)

    assert scored.value is not None and 0 <= scored.value <= 1


def test_numbers_that_are_none_and_deep_nesting_are_wrong_and_no_failure() -> None:
    deep = "[" * 400 + "]" * 400

    assert worth(score("{kind: fields}", said("", value={"a": float("inf")}), answer={"a": 1})) == 0
    assert worth(score("{kind: fields}", f'{{"a": {deep}}}', answer={"a": "x"})) == 0
    assert worth(scorer("{kind: json_schema, schema: {type: array}}")(None, said(deep))) == 1  # type: ignore[arg-type]
