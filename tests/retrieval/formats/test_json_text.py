"""JSON: a line for each value, an anchor for each record."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.anchors import anchor_text
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.json_text import convert


def text_of(value: object) -> str:
    return convert(json.dumps(value).encode()).text


def test_values_stand_behind_their_names_and_below_what_they_belong_to() -> None:
    assert text_of({"server": {"port": 80, "hosts": ["a", "b"], "open": True, "until": None}}) == (
        "server:\n  port: 80\n  hosts: a, b\n  open: yes\n  until: none\n\n"
    )


def test_an_item_that_holds_more_than_a_value_begins_with_a_dash() -> None:
    assert text_of({"items": [{"a": 1, "b": [1, {"c": 2}]}, "plain"]}) == (
        "items:\n  - a: 1\n    b:\n      - 1\n      - c: 2\n  - plain\n\n"
    )


def test_records_are_headed_by_their_name_and_found_again_by_their_number() -> None:
    found = convert(json.dumps([{"name": "Tea", "price": 2}, {"name": "Milk", "price": 1}]).encode())
    milk = found.text.index("## Milk")

    assert found.text[milk:] == "## Milk\n\nname: Milk\nprice: 1\n\n"
    assert anchor_text(found.anchors, milk, milk + 5) == "item 2"
    assert not found.has_lines


def test_a_member_of_an_object_is_found_again_by_its_name() -> None:
    found = convert(json.dumps({"title": "Prices", "tea": {"price": 2}}).encode())
    tea = found.text.index("tea:")

    assert found.title == "Prices"
    assert anchor_text(found.anchors, tea, tea + 3) == "key tea"


def test_a_text_of_several_lines_stands_by_itself() -> None:
    assert text_of([{"text": "One.\n\nTwo."}]) == "text:\n\nOne.\n\nTwo.\n\n\n"


def test_a_file_with_a_value_on_each_line_is_read_by_lines_whatever_its_ending() -> None:
    found = convert(b'{"name": "Tea"}\n{"name": "Milk"}\n')
    milk = found.text.index("## Milk")

    assert found.text == "## Tea\n\nname: Tea\n\n## Milk\n\nname: Milk\n\n"
    assert anchor_text(found.anchors, milk, milk + 5) == "line 2"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "no JSON"),
        (b"", "no JSON"),
        (b'{"a": 1} {"b": 2}', "no JSON: Extra data"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 200 + b"]" * 200, "nested too deeply"),
        (b"\0\1", "binary data"),
        (b"9" * 5_000, "no JSON"),
    ],
)
def test_what_is_no_json_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(KnowledgeError, match=reason):
        convert(data)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
VALUE = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner))


@given(VALUE)
def test_every_value_is_read_and_its_anchors_ascend_within_the_text(value: object) -> None:
    found = convert(json.dumps(value).encode())
    starts = [anchor.start for anchor in found.anchors]

    assert starts == sorted(set(starts))
    assert all(start < len(found.text) for start in starts)
