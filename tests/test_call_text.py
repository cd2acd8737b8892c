"""Calls of real functions, in every form in which they are written; texts of all kinds, which hold none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_calls import (
    FORMS,
    PIECES,
    Call,
    declared,
    functions,
    items,
    mutated,
    same,
    texts,
    truth,
    with_positions,
)

from chatbot import codec
from chatbot.call_text import shown
from chatbot.call_text.reading import MAX_CALLS
from chatbot.errors import ToolError
from chatbot.tools import Tool, parse_calls

SAMPLE = 12
"""Every so many items in the normal run."""

EMAIL = (
    {
        "name": "mail.send",
        "description": "Sends a message.",
        "parameters": {
            "type": "dict",
            "properties": {
                "to": {"type": "array", "items": {"type": "string"}},
                "text": {"type": "string"},
                "urgency": {"type": "float"},
                "options": {"type": "dict", "properties": {"copy": {"type": "boolean"}}},
            },
            "required": ["to", "text"],
        },
    },
    {"name": "lcm", "description": "", "parameters": {"type": "dict", "properties": {"a": {"type": "integer"}}}},
)
CALLS: Sequence[Call] = (
    ("mail.send", {"to": ["a@example.org", "b"], "text": "It's {fine},\n[so] far: é — 5 > 3", "urgency": 0.5}),
    ("mail.send", {"to": [], "text": "true", "urgency": -1, "options": {"copy": True}}),
    ("lcm", {"a": 12}),
)


@pytest.mark.parametrize("form", FORMS)
def test_calls_are_read_as_they_were_written(form: str) -> None:
    assert_read(form, CALLS, [Tool.from_schema(each) for each in EMAIL])


@pytest.mark.parametrize("form", FORMS)
def test_the_calls_of_bfcl_are_read_as_they_were_written(form: str) -> None:
    check_items(form, SAMPLE)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_all_calls_of_bfcl_are_read_as_they_were_written(form: str) -> None:
    check_items(form, 1)


@pytest.mark.parametrize("form", FORMS)
def test_of_a_text_that_is_cut_anywhere_no_call_is_guessed(form: str) -> None:
    text, tools = FORMS[form](CALLS), [Tool.from_schema(each) for each in EMAIL]
    for cut in range(0, len(text), 3):
        for call, (name, wanted) in zip(parse_calls(text[:cut], tools), CALLS, strict=False):
            assert call.name == name
            assert same(json.loads(call.arguments), wanted), text[:cut]


def test_no_call_is_found_where_there_is_none() -> None:
    check_texts(400)


@pytest.mark.slow
def test_no_call_is_found_in_all_texts_that_have_none() -> None:
    check_texts(100_000)


def test_mutated_calls_are_read_without_harm() -> None:
    check_mutated(3_000)


@pytest.mark.slow
def test_a_million_mutated_calls_are_read_without_harm() -> None:
    check_mutated(1_000_000)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=60).map("".join))
def test_any_text_is_read_without_harm(text: str) -> None:
    assert_harmless(text, [Tool.from_schema(each) for each in EMAIL])


def check_mutated(count: int) -> None:
    tools = [Tool.from_schema(each) for each in EMAIL]
    for text in mutated([CALLS[:1], CALLS[1:], CALLS], count):
        assert_harmless(text, tools)


def assert_harmless(text: str, tools: Sequence[Tool]) -> None:
    """Calls can be kept and checked, each has an id of its own, and what is shown is what stands there."""
    calls = parse_calls(text, tools)
    for call in calls:
        codec.encode(codec.plain(call))
        for tool in tools:
            with suppress(ToolError):
                tool.arguments.read(call.arguments)
    assert len({call.id for call in calls}) == len(calls) <= MAX_CALLS
    assert text.startswith(shown(text, tools))


def check_items(form: str, step: int) -> None:
    chosen = items()[::step]
    if not chosen:
        pytest.skip("../shared/data is not here")
    for item in chosen:
        if form != "Python by position" or with_positions(item, truth(item)):
            assert_read(form, truth(item), [Tool.from_schema(each) for each in declared(item)])


def check_texts(count: int) -> None:
    tools = [Tool.from_schema(each) for each in (*functions(), *EMAIL)]
    assert [text for text in texts(count) if parse_calls(text, tools)] == []


def assert_read(form: str, calls: Sequence[Call], tools: Sequence[Tool]) -> None:
    text = FORMS[form](calls)
    found = parse_calls(text, tools)
    assert [call.name for call in found] == [name for name, _ in calls], text
    for call, (_, wanted) in zip(found, calls, strict=True):
        assert same(json.loads(call.arguments), wanted), text
