"""An answer that satisfies a schema, or none."""

from __future__ import annotations

import json

import pytest
from driving import drive, run, run_with, spoken, task
from pydantic import BaseModel, field_validator

from chatbot.effects import Generate
from chatbot.errors import UsageError
from chatbot.messages import Budget
from chatbot.models import Scripted
from chatbot.strategies import get

SCHEMA = {
    "type": "object",
    "properties": {"apples": {"type": "integer", "minimum": 0}},
    "required": ["apples"],
    "additionalProperties": False,
}


class Count(BaseModel):
    apples: int

    @field_validator("apples")
    @classmethod
    def even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("must be even")
        return value


def test_the_schema_goes_to_the_endpoint_and_stands_in_the_prompt() -> None:
    (request,), outcome = drive(get("structured", schema=SCHEMA)(task()), '{"apples": 7}')
    assert isinstance(request, Generate)
    assert request.schema == SCHEMA
    assert json.dumps(SCHEMA) in spoken(request)[-1][1]
    assert outcome.value == {"apples": 7}
    assert outcome.answer == '{"apples": 7}'


def test_json_is_found_in_prose_and_fences() -> None:
    outcome = run(get("structured", schema=SCHEMA), task(), 'Here you are:\n```json\n{"apples": 7}\n```')
    assert outcome.value == {"apples": 7}


def test_of_several_values_the_one_that_fits_is_meant() -> None:
    outcome = run(get("structured", schema=SCHEMA), task(), 'Not {"pears": 1, "plums": 22222} but {"apples": 7} [1].')
    assert outcome.value == {"apples": 7}


def test_a_bare_text_or_number_is_json_too() -> None:
    assert run(get("structured", schema={"type": "string"}), task(), '"seven"').value == "seven"
    assert run(get("structured", schema={"type": "number"}), task(), "7.50").value == 7.5


def test_what_does_not_fit_goes_back_with_what_is_wrong() -> None:
    model = Scripted("seven", '{"apples": "7"}', '{"apples": 7}')
    outcome = run_with(model, get("structured", schema=SCHEMA), task())
    assert outcome.value == {"apples": 7}
    assert "holds no JSON" in spoken(model.requests[1])[-1][1]
    assert "$.apples: '7' is not of type 'integer'" in spoken(model.requests[2])[-1][1]
    assert [step.kind for step in outcome.trace.steps] == ["draft", "draft"]


def test_repairs_are_bounded_and_what_never_fits_is_no_answer() -> None:
    model = Scripted("no", repeat=True)
    outcome = run_with(model, get("structured", schema=SCHEMA, repairs=1), task())
    assert len(model.requests) == 2
    assert outcome.answer is None
    assert "after 1 repairs" in outcome.limit


def test_a_pydantic_class_gives_an_object_and_checks_more_than_its_schema() -> None:
    model = Scripted('{"apples": 7}', '{"apples": 8}')
    outcome = run_with(model, get("structured", schema=Count), task())
    assert outcome.value == Count(apples=8)
    assert "must be even" in spoken(model.requests[1])[-1][1]


def test_a_budget_that_ends_the_repairs_leaves_the_last_draft() -> None:
    outcome = run(get("structured", schema=SCHEMA), task(), "no", budget=Budget(calls=1))
    assert outcome.text == "no"
    assert "budget of 1 calls" in outcome.limit


@pytest.mark.parametrize("schema", [None, {"type": "strin"}, int])
def test_what_is_no_schema_is_refused_before_anything_is_asked(schema: object) -> None:
    with pytest.raises(UsageError, match=r"schema|pydantic"):
        drive(get("structured", schema=schema)(task()))
