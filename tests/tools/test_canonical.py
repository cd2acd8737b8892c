"""What a person is shown of a call's arguments, and what is hashed of them."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ToolError
from chatbot.tools.canonical import as_json, canonical, escaped, leaves

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


@given(st.dictionaries(st.text(), VALUES))
def test_the_canonical_form_is_json_of_the_same_values_and_shows_all_of_it(arguments: dict[str, object]) -> None:
    text = canonical(arguments)
    assert json.loads(text) == arguments
    assert not [each for each in text if unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn")]


def test_the_order_in_which_arguments_were_written_makes_no_difference() -> None:
    assert canonical({"b": {"y": 1, "x": 2}, "a": 1}) == canonical({"a": 1, "b": {"x": 2, "y": 1}})


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b",
        "\u202e",
        "\ufeff",
        "\u2066",
        "\xad",
        "\u3164",
        "\ufe0f",
        "\U000e0041",
        "\U000e0100",
        "\xa0",
        "\x07",
        "\u2800",
    ],
)
def test_what_nobody_can_see_is_an_escape(hidden: str) -> None:
    text = canonical({"to": f"bo{hidden}@example.com"})
    assert hidden not in text and "\\u" in text
    assert json.loads(text) == {"to": f"bo{hidden}@example.com"}


def test_what_people_read_stays_as_it_is() -> None:
    assert escaped("Blåbærsyltetøy 東京 ☂ 10 €") == "Blåbærsyltetøy 東京 ☂ 10 €"


class Colour(Enum):
    RED = "red"


@dataclass
class Order:
    number: int


def test_values_of_a_tools_own_types_are_written_as_json() -> None:
    assert as_json({"colour": Colour.RED, "order": Order(7)}) == {"colour": "red", "order": {"number": 7}}
    assert as_json({"a": {date(2024, 2, 29): Order(7)}, "b": {3: 1, "x": {Colour.RED}}}) == {
        "a": {"2024-02-29": {"number": 7}},
        "b": {"3": 1, "x": ["red"]},
    }
    with pytest.raises(ToolError):
        as_json({"a": {(1, 2): 3}})


def test_leaves_are_all_that_is_said_keys_inside_an_argument_too() -> None:
    found = list(leaves({"to": ["a", "b"], "more": {"key": 1, "off": None}, "sure": True}))
    assert found == [
        ("to.0", "a"),
        ("to.1", "b"),
        ("more.key", "key"),
        ("more.off", "off"),
        ("more.key", 1),
        ("sure", True),
    ]


def test_no_nesting_is_too_deep_to_look_into() -> None:
    deep: object = "here"
    for _ in range(50_000):
        deep = [deep]
    assert [value for _, value in leaves({"a": deep})] == ["here"]
