"""A model's text becomes one object, whatever the tool's schema comes from."""

from __future__ import annotations

import datetime
import json

import pytest

from chatbot.errors import ToolArgumentError
from chatbot.tools.arguments import MAX_CHARACTERS, read_object, shown


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('{"a": 1}', {"a": 1}),
        ("", {}),
        (" \n", {}),
        (json.dumps('{"a": 1}'), {"a": 1}),
    ],
)
def test_one_object_is_read(written: str, read: dict[str, object]) -> None:
    assert read_object("made", written) == read


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[1]", "the arguments of made must be one JSON object, not [1]"),
        ("{", "the arguments of made are not JSON: "),
        (json.dumps("{"), "the arguments of made are not JSON: "),
        (" " * (MAX_CHARACTERS + 1), "longer than 1,000,000 characters"),
        ('{"a": ' + "[" * 64 + "]" * 64 + "}", "the arguments of made are nested too deeply: more than 64 levels"),
        ("[" * 900 + "]" * 900, "the arguments of made are nested too deeply: more than 64 levels"),
        ('{"a": ' * 900 + "1" + "}" * 900, "the arguments of made are nested too deeply: more than 64 levels"),
    ],
)
def test_what_is_no_object_is_refused_as_a_whole(written: str, said: str) -> None:
    with pytest.raises(ToolArgumentError) as caught:
        read_object("made", written)
    assert said in caught.value.message
    assert caught.value.parameter == ""


def test_what_is_nested_as_people_nest_is_read() -> None:
    assert read_object("made", '{"a": ' + "[" * 63 + "]" * 63 + "}")


def test_the_longest_arguments_that_are_allowed_are_read() -> None:
    assert read_object("made", '{"a": 1}'.ljust(MAX_CHARACTERS)) == {"a": 1}


def test_who_wrote_something_else_is_told_what_to_send() -> None:
    with pytest.raises(ToolArgumentError) as caught:
        read_object("made", "a = 1")
    assert "one object" in caught.value.hint


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ({"a": "é"}, '{"a": "é"}'),
        (datetime.date(2026, 1, 2), '"2026-01-02"'),
        ("x" * 78, '"' + "x" * 78 + '"'),
        ("x" * 79, '"' + "x" * 78 + "…"),
        ("x" * 1_000, '"' + "x" * 78 + "…"),
    ],
)
def test_a_value_is_quoted_as_json_and_cut_at_eighty_characters(value: object, quoted: str) -> None:
    assert shown(value) == quoted
