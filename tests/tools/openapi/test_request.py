"""Requests from arguments: every value where it belongs, and nowhere else."""

from __future__ import annotations

import json
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ToolArgumentError
from chatbot.tools.openapi.document import read_document
from chatbot.tools.openapi.operation import Operation, operations_of
from chatbot.tools.openapi.request import Request, request_of

HERE = Path(__file__).parent
SERVER = "https://api.example/v1"


def asked(file: str, name: str, /, **arguments: Any) -> Request:
    (operation,) = operations_of(read_document(HERE / file), [name])
    return request_of(operation, SERVER, arguments)


def one(place: str, schema: Any = None, /, **more: Any) -> Operation:
    """An operation with one parameter, `it`."""
    parameter = {"name": "it", "in": place, "schema": schema or {}, **more}
    path = "/a/{it}/b" if place == "path" else "/a"
    document = {"openapi": "3.1.0", "paths": {path: {"get": {"operationId": "one", "parameters": [parameter]}}}}
    (operation,) = operations_of(read_document(document), None)
    return operation


def url(operation: Operation, value: Any) -> str:
    return request_of(operation, SERVER, {"it": value}).url.removeprefix(SERVER)


# --- the path ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("x", "/a/x/b"),
        (3, "/a/3/b"),
        (True, "/a/true/b"),
        ("a/b", "/a/a%2Fb/b"),
        ("a b?c#d", "/a/a%20b%3Fc%23d/b"),
        ("{other}", "/a/%7Bother%7D/b"),
        ("50%", "/a/50%25/b"),
        ("größe", "/a/gr%C3%B6%C3%9Fe/b"),
        ("a..b", "/a/a..b/b"),
        ([3, "x"], "/a/3,x/b"),
        ({"k": 1}, "/a/k,1/b"),
    ],
)
def test_a_value_in_the_path_stays_in_its_segment(value: object, path: str) -> None:
    assert url(one("path"), value) == path


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        ".",
        "..",
        "../admin",
        "a/../../b",
        "..%2Fadmin",
        "%2e%2e",
        "%252e%252e%252f",
        "..\\x",
        "..;/x",
        "a\nb",
        [],
        [".."],
    ],
)
def test_a_value_that_could_leave_its_segment_is_refused(value: object) -> None:
    with pytest.raises(ToolArgumentError, match="it cannot stand in an address") as caught:
        url(one("path"), value)
    assert caught.value.parameter == "it"


@given(st.text())
def test_whatever_text_is_given_the_path_has_its_segments(value: str) -> None:
    try:
        path = urlsplit(SERVER + url(one("path"), value)).path
    except ToolArgumentError:
        return
    first, segment, last = path.removeprefix("/v1/").split("/")
    assert (first, last) == ("a", "b")
    assert unquote(segment, errors="replace") == value.encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    ("style", "explode", "value", "path"),
    [
        ("simple", True, {"k": 1, "l": "x"}, "/a/k=1,l=x/b"),
        ("label", False, [1, 2], "/a/.1,2/b"),
        ("label", True, [1, 2], "/a/.1.2/b"),
        ("matrix", False, [1, 2], "/a/;it=1,2/b"),
        ("matrix", True, [1, 2], "/a/;it=1;it=2/b"),
        ("matrix", True, {"k": 1}, "/a/;k=1/b"),
        ("matrix", False, "x", "/a/;it=x/b"),
    ],
)
def test_paths_are_written_in_every_style(style: str, explode: bool, value: object, path: str) -> None:
    assert url(one("path", style=style, explode=explode), value) == path


# --- query, cookies, headers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "value", "query"),
    [
        ({}, "a&b=c", "?it=a%26b%3Dc"),
        ({}, [1, 2], "?it=1&it=2"),
        ({}, {"k": 1, "l": "x y"}, "?k=1&l=x%20y"),
        ({}, [], ""),
        ({"explode": False}, [1, "a,b"], "?it=1,a%2Cb"),
        ({"explode": False}, {"k": 1}, "?it=k,1"),
        ({"style": "spaceDelimited", "explode": False}, [1, 2], "?it=1%202"),
        ({"style": "pipeDelimited", "explode": False}, [1, 2], "?it=1%7C2"),
        ({"style": "deepObject"}, {"a": 1, "b": {"c": [2, 3]}}, "?it[a]=1&it[b][c][]=2&it[b][c][]=3"),
    ],
)
def test_queries_are_written_in_every_style(more: dict[str, Any], value: object, query: str) -> None:
    assert url(one("query", **more), value) == f"/a{query}"


def test_a_search_is_written_as_its_document_says() -> None:
    request = asked(
        "shop.json",
        "orders.search",
        filter={"state": "open", "total": {"min": 2.5}},
        ids=[1, 2],
        sort=["a", "b"],
        where={"x": [1]},
        exact=True,
        session="a; b=c",
    )

    query = "filter[state]=open&filter[total][min]=2.5&ids=1,2&sort=a%7Cb&where=%7B%22x%22%3A%20%5B1%5D%7D&exact=true"
    assert (request.method, request.url) == ("GET", f"{SERVER}/orders?{query}")
    assert request.headers["Cookie"] == "session=a%3B%20b%3Dc"
    assert request.content is None and "Content-Type" not in request.headers


def test_headers_hold_values_of_one_line() -> None:
    operation = one("header")

    assert request_of(operation, SERVER, {"it": [1, "x"]}).headers["it"] == "1,x"
    assert request_of(operation, SERVER, {"it": {"k": 1}}).headers["it"] == "k,1"
    for value in ("a\r\nX-Admin: 1", "a\nb", "\x00", "größe"):
        with pytest.raises(ToolArgumentError, match="it cannot stand in a header"):
            request_of(operation, SERVER, {"it": value})


# --- the body ---------------------------------------------------------------------------------------------------------


def test_a_json_body_holds_what_was_given() -> None:
    request = asked("clinic.yaml", "bookAppointment", patientId=7, start="2026-11-21T10:00:00Z", reason=None)

    assert request.url == f"{SERVER}/patients/7/appointments"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.content or b"") == {"start": "2026-11-21T10:00:00Z", "reason": None}


def test_a_body_that_is_one_argument_is_sent_as_it_is() -> None:
    assert asked("tickets.yaml", "search", body={"text": "größe"}).content == '{"text": "größe"}'.encode()
    request = asked("shop.json", "POST /orders/{id}/notes", id="a", body="Ring twice.")
    assert (request.content, request.headers["Content-Type"]) == (b"Ring twice.", "text/plain")


def test_a_body_that_is_not_given_is_not_sent() -> None:
    request = asked("shop.json", "POST /orders/{id}/notes", id="a")

    assert request.content is None and "Content-Type" not in request.headers


def test_a_form_is_encoded() -> None:
    request = asked("shop.json", "orders.create", item="a&b", count=2, tags=["x", "y"])

    assert request.content == b"item=a%26b&count=2&tags=x&tags=y"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_form_of_parts_can_be_read_again() -> None:
    request = asked("shop.json", "orders.picture", id="a", title='Sun "set"', file="pixels\r\n--x")
    kind = request.headers["Content-Type"].encode()
    parts = BytesParser().parsebytes(b"Content-Type: " + kind + b"\r\n\r\n" + (request.content or b"")).get_payload()

    assert [part.get_param("name", header="content-disposition") for part in parts] == ["title", "file"]  # type: ignore[union-attr]
    assert parts[0].get_payload() == 'Sun "set"' and parts[0].get_filename() is None  # type: ignore[index, union-attr]
    assert parts[1].get_payload() == "pixels\r\n--x" and parts[1].get_filename() == "file"  # type: ignore[index, union-attr]


def test_half_a_character_breaks_nothing() -> None:
    assert url(one("query"), "\ud800") == "/a?it=%3F"
    assert asked("tickets.yaml", "search", body={"text": "\ud800"}).content == b'{"text": "?"}'


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
_OPERATIONS = [
    operation
    for file in ("clinic.yaml", "shop.json", "tickets.yaml")
    for operation in operations_of(read_document(HERE / file), None)
]


@given(st.data(), st.sampled_from(_OPERATIONS))
def test_whatever_is_given_a_request_has_one_line_for_each_thing(data: st.DataObject, operation: Operation) -> None:
    arguments = {name: data.draw(_VALUES) for name in operation.schema["properties"]}  # type: ignore[attr-defined]
    try:
        request = request_of(operation, SERVER, arguments)
    except ToolArgumentError as error:
        assert error.parameter in arguments  # noqa: PT017  # either outcome is right
    else:
        lines = [request.url, *request.headers, *request.headers.values()]
        assert all(line.isascii() and line.isprintable() for line in lines) and " " not in request.url
        assert request.url.count("/") == SERVER.count("/") + operation.path.count("/")
        assert "#" not in request.url and request.url.count("?") <= 1
