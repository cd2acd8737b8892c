"""A model's text becomes one object, whatever the tool's schema comes from."""

from __future__ import annotations

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


def test_a_quoted_value_is_short() -> None:
    assert shown({"a": "é"}) == '{"a": "é"}'
    assert len(shown("x" * 1_000)) == 80
