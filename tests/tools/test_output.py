"""What a model reads of a tool's result: text, clean, and of bounded length."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from chatbot.tools.output import MAX_OUTPUT, as_text, readable


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    colours: tuple[Colour, ...] = (Colour.RED,)


class Order(BaseModel):
    number: int
    day: datetime.date


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("text stays {as} it is", "text stays {as} it is"),
        ("", ""),
        (None, "done; there is no result"),
        (5, "5"),
        (True, "true"),
        ([1, "é", None], '[1, "é", null]'),
        ({"b": 1, "a": {2, 1}}, '{"b": 1, "a": [1, 2]}'),
        (Colour.RED, '"red"'),
        (Point(3), '{"x": 3, "colours": ["red"]}'),
        ([Order(number=1, day=datetime.date(2024, 2, 3))], '[{"number": 1, "day": "2024-02-03"}]'),
        (b"caf\xc3\xa9", "caf\u00e9"),
        ([b"\xff\xfe"], '["2 bytes that are no text"]'),
        (Decimal("1.10"), '"1.10"'),
        (datetime.date(2024, 2, 3), '"2024-02-03"'),
    ],
)
def test_results_become_text(result: object, text: str) -> None:
    assert as_text(result) == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://x.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPdevice\x1b\\x", "x"),
        ("a\x00b\x08c\x7fd\x9be", "abcde"),
        ("one\r\ntwo\rthree\tfour\n", "one\ntwothree\tfour\n"),
        ("lone \ud800 surrogate", "lone  surrogate"),
    ],
)
def test_nothing_that_moves_a_cursor_is_left(written: str, read: str) -> None:
    assert readable(written) == read


def test_a_long_text_is_cut_and_says_how_much_is_shown() -> None:
    text = readable("x" * 1_000_000, 20_000)
    assert text == "x" * 20_000 + "\n[cut here: 20,000 of 1,000,000 characters are shown]"
    assert readable("x" * 20_000, 20_000) == "x" * 20_000
    assert readable("\x1b[0m" * 100_000, 20_000).endswith("\n[cut here: 0 of 400,000 characters are shown]")
    assert len(as_text("x" * 10_000_000)) < MAX_OUTPUT + 100


@given(st.text())
def test_any_text_becomes_one_that_a_terminal_and_json_can_carry(text: str) -> None:
    read = readable(text)
    assert "\x1b" not in read
    assert all(character in "\t\n" or ord(character) >= 32 for character in read)
    json.dumps(read).encode()
    read.encode()
