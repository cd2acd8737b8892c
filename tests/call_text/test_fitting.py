"""Arguments as they were written, in the form that the dispatcher checks."""

from __future__ import annotations

import json

import pytest
from offered_tools import FACTORIAL, NOW, WEATHER

from chatbot.call_text.fitting import arguments_text
from chatbot.call_text.found import Found, Malformed
from chatbot.effects import ToolSchema

TAGS = ToolSchema("tag", "Tags.", {"type": "object", "properties": {"names": {"type": "array"}}, "required": ["names"]})


@pytest.mark.parametrize(
    ("found", "tool", "wanted"),
    [
        (Found("f", {"a": 1}), WEATHER, {"a": 1}),
        (Found("f", None), NOW, {}),
        (Found("f", ""), NOW, {}),
        (Found("f", '{"city": "Paris"}'), WEATHER, {"city": "Paris"}),
        (Found("f", "{'city': 'Paris',}"), WEATHER, {"city": "Paris"}),
        (Found("f", '"{\\"city\\": \\"Paris\\"}"'), WEATHER, {"city": "Paris"}),
        (Found("f", "Paris, France"), WEATHER, {"city": "Paris, France"}),
        (Found("f", 5), FACTORIAL, {"number": 5}),
        (Found("f", ["Paris", 2]), WEATHER, {"city": "Paris", "days": 2}),
        (Found("f", ["a", "b"]), TAGS, {"names": ["a", "b"]}),
        (Found("f", {}, ("Paris", 3)), WEATHER, {"city": "Paris", "days": 3}),
        (Found("f", {"days": 3}, ("Paris",)), WEATHER, {"city": "Paris", "days": 3}),
        (Found("f", {}, ({"city": "Paris"},)), WEATHER, {"city": "Paris"}),
        (Found("f", {}, tagged={"city": "7", "days": "7"}), WEATHER, {"city": "7", "days": 7}),
        (Found("f", {}, tagged={"city": "\na < b & c\n"}), WEATHER, {"city": "a < b & c"}),
        (Found("f", {}, tagged={"city": "a &lt; b &amp; c"}), WEATHER, {"city": "a < b & c"}),
        (Found("f", {}, tagged={"city": "<b>&lt;</b>"}), WEATHER, {"city": "<b>&lt;</b>"}),
        (Found("f", {}, tagged={"places": "['a', 1]"}), WEATHER, {"places": ["a", 1]}),
    ],
)
def test_arguments_become_one_object(found: Found, tool: ToolSchema, wanted: object) -> None:
    assert json.loads(arguments_text(found, tool)) == wanted


def test_what_cannot_be_read_is_handed_on_for_the_check_to_name() -> None:
    assert arguments_text(Found("f", '{"city": "Par'), WEATHER) == '{"city": "Par'
    assert json.loads(arguments_text(Found("f", [1, 2, 3, 4]), WEATHER)) == [1, 2, 3, 4]


def test_too_many_values_and_values_given_twice_are_no_call() -> None:
    with pytest.raises(Malformed, match="takes 1 arguments, and 2"):
        arguments_text(Found("f", {}, (1, 2)), FACTORIAL)
    with pytest.raises(Malformed, match="given twice"):
        arguments_text(Found("f", {"city": "Rome"}, ("Paris",)), WEATHER)


def test_half_a_surrogate_pair_can_be_written_as_utf8() -> None:
    assert arguments_text(Found("f", {"city": "\ud83d é"}), WEATHER).encode()
