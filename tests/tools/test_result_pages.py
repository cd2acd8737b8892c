"""A long result is given out in pages, and what is read page by page is the result."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.effects import Generate, ToolSchema
from chatbot.messages import Message, Segment, ToolCall, ToolResult, message, tool_message
from chatbot.tools.result_pages import (
    LONGEST_PAGE,
    READ_RESULT,
    SHORTEST_PAGE,
    first_page,
    offering,
    page_size,
    read_page,
)

OTHER = ToolSchema("other", "Another tool.", {"type": "object"})


def long_result(text: str, size: int = 10) -> ToolResult:
    return ToolResult("call-1", "look", text, page_size=size)


def read(whole: ToolResult | None, **arguments: object) -> ToolResult:
    return read_page(ToolCall("call-2", "read_result", json.dumps(arguments)), lambda _: whole)


def test_a_short_result_is_given_as_it_is() -> None:
    assert first_page(ToolResult("call-1", "look", "short"), 7) == ToolResult("call-1", "look", "short")
    assert first_page(long_result("short"), 7).note == ""


def test_of_a_long_one_the_first_page_is_given_and_how_to_get_the_next() -> None:
    given_first = first_page(long_result("0123456789abcdefghij!"), 7)
    assert given_first.text == "0123456789"
    assert given_first.note == '\n[page 1 of 3 of result-7; read_result with id "result-7" and page 2 gives the next]'
    assert tool_message(given_first).parts == (Segment("0123456789", "tool"), Segment(given_first.note, "author"))


def test_further_pages_answer_the_call_that_asked_for_them() -> None:
    page = read(long_result("0123456789abcdefghij!"), id="result-7", page=3)
    assert (page.call_id, page.name, page.text, page.failed) == ("call-2", "read_result", "!", False)
    assert page.note == "\n[page 3 of 3 of result-7]"


@given(st.text(st.sampled_from("ab\n"), max_size=200), st.integers(1, 40))
def test_the_pages_of_a_result_make_the_result(text: str, size: int) -> None:
    whole = long_result(text, size)
    pages = [first_page(whole, 7)]
    while found := re.search(r"and page (\d+) gives", pages[-1].note):
        pages.append(read(whole, id="result-7", page=int(found[1])))
    assert "".join(page.text for page in pages) == text
    assert all(len(page.text) <= size for page in pages)


def test_a_page_ends_behind_a_line_where_one_ends_nearby() -> None:
    text = "x" * 95 + "\n" + "y" * 100
    assert first_page(long_result(text, 100), 7).text == "x" * 95 + "\n"


@pytest.mark.parametrize("arguments", [{"id": 7, "page": 2}, {"id": "7", "page": "2"}, {"id": " result-7 ", "page": 2}])
def test_an_id_is_taken_as_models_write_it(arguments: dict[str, object]) -> None:
    assert read(long_result("0123456789ab"), **arguments).text == "ab"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"id": "result-7", "page": 4}, "result-7 has 2 pages, and no page 4"),
        ({"id": "result-7", "page": 0}, "they are like"),
        ({"id": "result-7", "page": -1}, "they are like"),
        ({"id": "result-7", "page": True}, "they are like"),
        ({"id": "result-7"}, "they are like"),
        ({"id": "all", "page": 1}, "they are like"),
        ({"id": "result-7", "page": 1, "all": True}, "they are like"),
        ({"id": "result-7", "page": 10**30}, "they are like"),
    ],
)
def test_what_is_wrong_with_a_call_is_its_result(arguments: dict[str, object], told: str) -> None:
    result = read(long_result("0123456789ab"), **arguments)
    assert result.failed
    assert told in result.text


def test_what_is_not_kept_and_what_is_not_json_is_told() -> None:
    assert "no result 7 in this conversation" in read(None, id="result-7", page=1).text
    assert "are not JSON" in read_page(ToolCall("c", "read_result", "{nope"), lambda _: None).text


def test_reading_is_offered_once_there_is_something_to_read() -> None:
    told = tool_message(first_page(long_result("0123456789ab"), 7))
    request = Generate((message("user", "Look.", "user"),), tools=(OTHER,))
    assert offering(request) is request
    with_page = Generate((*request.messages, told), tools=(OTHER,))
    assert offering(with_page).tools == (OTHER, READ_RESULT)
    assert offering(offering(with_page)).tools == (OTHER, READ_RESULT)
    assert offering(Generate(with_page.messages)).tools == ()


def test_a_tool_that_only_says_there_are_pages_is_not_believed() -> None:
    said = first_page(long_result("0123456789ab"), 7).note
    faked = Message("tool", (Segment("x", "tool"), Segment(said, "tool")), call_id="call-1")
    assert offering(Generate((faked,), tools=(OTHER,))).tools == (OTHER,)


def test_a_page_leaves_room_in_what_the_model_reads() -> None:
    assert page_size(1_000) == SHORTEST_PAGE
    assert page_size(8_192) == 6_144
    assert page_size(128_000) == LONGEST_PAGE
