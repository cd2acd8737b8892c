"""Events come out of bytes the same way however the bytes were cut, and within bounds."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ModelProtocolError
from chatbot.models.sse import EVENT_LIMIT, LINE_LIMIT, EventDecoder

lines = st.sampled_from(
    [b"data: one", b"data:two", b"data:", b": ping", b"event: message", b"id: 7", b"", b"", b"data: \xff", b"nonsense"]
)
ends = st.sampled_from([b"\n", b"\r\n", b"\r"])
bodies = st.lists(st.tuples(lines, ends)).map(lambda parts: b"".join(line + end for line, end in parts))


def events(*pieces: bytes) -> list[str]:
    decoder = EventDecoder()
    return [*(data for piece in pieces for data in decoder.feed(piece)), *decoder.end()]


def cut(body: bytes, places: Iterable[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[start:end] for start, end in itertools.pairwise(bounds)]


@given(bodies, st.lists(st.integers(0, 1000), max_size=8))
def test_any_cut_of_the_bytes_gives_the_same_events(body: bytes, places: list[int]) -> None:
    assert events(*cut(body, places)) == events(body)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_end_as_the_standard_allows(end: bytes) -> None:
    assert events(b"data: a", end, b"data: b", end, end, b"data: c", end, end) == ["a\nb", "c"]


def test_comments_and_other_fields_are_no_events() -> None:
    assert events(b": ping\n\nevent: x\nid: 1\nretry: 5\n\n") == []


def test_one_bad_byte_loses_no_event() -> None:
    assert events(b"data: caf\xe9 \xc3\xa9\n\n") == ["caf\udce9 é"]  # what is no UTF-8 can still be told


def test_a_last_event_needs_no_blank_line() -> None:
    assert events(b"data: a\n") == ["a"]
    assert events(b"data: [DONE]") == ["[DONE]"]


def test_a_line_cut_in_the_middle_is_no_event() -> None:
    assert events(b'data: {"a": 1}\n\ndata: {"b') == ['{"a": 1}']


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b"data: a\r", ["a"]),
        (b"data: a \r", ["a "]),
        (b"data: [DONE]\r", ["[DONE]"]),
        (b"data: [DONE] ", []),
        (b"data: [DONE]X", []),
        (b"data: aX\r", ["aX"]),
        (b"\rdata: a", []),
    ],
)
def test_a_last_line_ends_with_a_carriage_return_and_nothing_else(body: bytes, data: list[str]) -> None:
    assert events(body) == data


def test_a_line_is_as_long_as_the_limit_and_no_longer() -> None:
    decoder = EventDecoder()
    assert list(decoder.feed(b"data: ".ljust(LINE_LIMIT, b"x"))) == []
    with pytest.raises(ModelProtocolError) as raised:
        list(decoder.feed(b"x"))
    assert raised.value.message == "the reply has a line longer than 1 MB"
    assert raised.value.hint == "check the server"


def test_there_are_as_many_events_as_the_limit_and_no_more() -> None:
    decoder = EventDecoder()
    assert sum(len(list(decoder.feed(b"data: {}\n\n" * 1_000))) for _ in range(EVENT_LIMIT // 1_000)) == EVENT_LIMIT
    with pytest.raises(ModelProtocolError) as raised:
        list(decoder.feed(b"data: {}\n\n"))
    assert raised.value.message == "the reply has more than 200,000 events"
    assert raised.value.hint == "check the server"


def test_a_line_that_comes_byte_by_byte_takes_no_more_time_than_its_length() -> None:
    assert events(*[b"x"] * (LINE_LIMIT // 2), b"\n", b"data: a\n\n") == ["a"]


def test_a_mark_of_the_byte_order_is_no_part_of_the_first_line() -> None:
    assert events(b"\xef\xbb\xbfdata: a\n\ndata: \xef\xbb\xbfb\n\n") == ["a", "\ufeffb"]


@pytest.mark.parametrize("field", [b"\xef\xbb\xbfdata", b"DATA", b" data", b"data "])
def test_data_is_not_lost_over_how_its_field_is_written(field: bytes) -> None:
    assert events(b"data: a\n\n" + field + b": b\n\ndataset: c\n\n") == ["a", "b"]


def test_an_event_without_data_is_none() -> None:
    assert events(b"data:\n\ndata: \n\ndata: a\n\n") == ["a"]


@pytest.mark.parametrize("said", ['{"message": "out of memory"}', ' {"message": "out"}', "out of memory"])
def test_an_event_that_is_named_an_error_is_read_as_one(said: str) -> None:
    assert events(f"Event: Error\ndata: {said}\n\n".encode()) == events(f"event: error\ndata: {said}\n\n".encode())
    data, after = events(f"event: error \ndata: {said}\n\ndata: b\n\n".encode())
    assert json.loads(data) == {"error": json.loads(said) if "{" in said else said}
    assert after == "b"


@pytest.mark.parametrize(("said", "error"), [(b"", "it says no more"), (b"data: {}\n", "{}"), (b"data: { }\n", "{ }")])
def test_an_error_is_one_also_where_it_says_nothing(said: bytes, error: str) -> None:
    (data,) = events(b"event: error\n" + said + b"\n")
    assert json.loads(data) == {"error": error}
