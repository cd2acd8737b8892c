"""One request to the web and its answer: what is sent, through which proxy, and what is read of what comes."""

from __future__ import annotations

import asyncio
import base64
import gzip
import socket
import ssl
from collections.abc import Iterator, Mapping

import pytest
from web_server import Answer, Asked, WebServer, leads_to

from chatbot.errors import ToolError
from chatbot.service.connection import FIELDS_LIMIT, HEAD_LIMIT, Gibberish
from chatbot.tools.retrying import may_pass, pause
from chatbot.tools.web_exchange import Answer as Told
from chatbot.tools.web_exchange import AnsweredNo, NotReached, Question, broken, exchange_with_service
from chatbot.tools.web_url import read_url


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda asked: Answer(f"{asked.method} {asked.path}")) as server:
        yield server


def told(
    url: str, method: str = "GET", headers: Mapping[str, str] = {}, content: bytes | None = None, **more: object
) -> tuple[Told, bytes]:
    """An answer and its body."""

    async def ask() -> tuple[Told, bytes]:
        async with (
            asyncio.timeout(10),
            exchange_with_service(Question(method, read_url(url), headers, content)) as answer,
        ):
            return answer, await answer.body("the answer", 1_000, **more)  # type: ignore[arg-type]

    return asyncio.run(ask())


def test_what_every_request_has_can_be_replaced_and_stands_there_once(server: WebServer) -> None:
    told(f"{server.url}/a?b", "POST", {"USER-AGENT": "other", "X-Mine": "1"}, b"body")
    told(f"{server.url}/a?b", "POST")
    first, second = server.asked
    assert (first.path, first.body, second.body) == ("/a?b", b"body", b"")
    host = f"127.0.0.1:{server.port}"
    assert first.headers == {
        "host": host,
        "user-agent": "other",
        "connection": "close",
        "content-length": "4",
        "x-mine": "1",
    }
    assert second.headers["content-length"] == "0"


@pytest.mark.parametrize(
    ("headers", "kind", "charset", "place"),
    [
        ({"Content-Type": 'Text/HTML; Charset="UTF-8"; x=y'}, "text/html", "UTF-8", ""),
        ({"Content-Type": "text/plain;charset=latin-1"}, "text/plain", "latin-1", ""),
        ({"Content-Type": "text/charset=x"}, "text/charset=x", "", ""),
        ({"Content-Type": "", "Location": "/b\u00fccher".encode().decode("latin-1")}, "", "", "/b\u00fccher"),
        ({"Content-Type": "", "Location": "/b\u00fccher"}, "", "", "/b\u00fccher"),
    ],
)
def test_of_a_head_is_read_what_it_says(headers: dict[str, str], kind: str, charset: str, place: str) -> None:
    lines = [f"{name}: {value}" for name, value in headers.items() if value]
    raw = "\r\n".join(["HTTP/1.1 201 Made", *lines, "Content-Length: 0", "", ""]).encode("latin-1")
    with WebServer({"/": Answer(raw=raw)}) as server:
        answer, _ = told(server.url)
    assert (answer.kind, answer.charset, answer.place) == (kind, charset, place)
    assert (answer.said, answer.is_good, answer.leads_on) == ("201 Made", True, False)


def test_a_reason_is_shown_in_part_and_a_redirect_needs_a_place() -> None:
    answers = {"/long": Answer(status=f"500 {'x' * 9_000}"), "/no": Answer(status="302 Found"), "/to": leads_to("/")}
    with WebServer(answers) as server:
        assert len(told(f"{server.url}/long")[0].said) < 70
        assert not told(f"{server.url}/no")[0].leads_on and told(f"{server.url}/to")[0].leads_on


def test_a_body_is_bounded_as_it_comes_and_unpacked() -> None:
    small, large = gzip.compress(b"x" * 1_000), gzip.compress(b"x" * 1_001)
    packed = {"Content-Encoding": "gzip"}
    answers = {
        "/small": Answer(small, headers=packed),
        "/large": Answer(large, headers=packed),
        "/": Answer("x" * 1_001),
    }
    with WebServer(answers) as server:
        assert told(f"{server.url}/small", packed=["gzip"])[1] == b"x" * 1_000
        for path, asked in (("/large", ["gzip"]), ("/", [])):
            with pytest.raises(ToolError, match=r"the answer is larger than 0\.001 MB"):
                told(server.url + path, packed=asked)
        with pytest.raises(ToolError, match=r"in a way that was not asked for \('gzip'\)"):
            told(f"{server.url}/small")


@pytest.mark.parametrize(
    "head", [b"X: " + b"y" * HEAD_LIMIT, b"\r\n".join([b"X: y"] * (FIELDS_LIMIT + 1))], ids=["long", "many"]
)
def test_a_head_is_bounded(head: bytes) -> None:
    with WebServer({"/": Answer(raw=b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")}) as server, pytest.raises(Gibberish):
        told(server.url)


@pytest.mark.parametrize("value", ["a\nX-Evil: 1", "s3cret\r", "\0s3cret", "schl\u00fcssel\u20ac"])
def test_what_no_header_can_hold_is_neither_sent_nor_shown(server: WebServer, value: str) -> None:
    with pytest.raises(ToolError) as caught:
        told(server.url, headers={"X-Key": value})
    assert "s3cret" not in str(caught.value) and server.asked == []


# --- proxies ----------------------------------------------------------------------------------------------------------


def proxied(monkeypatch: pytest.MonkeyPatch, server: WebServer, login: str = "") -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{login}127.0.0.1:{server.port}")


def test_a_proxy_of_the_environment_is_told_the_host_and_who_asks(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxied(monkeypatch, server, "me:s3cret@")
    assert told("http://search.example:8080/a?b")[1] == b"GET http://search.example:8080/a?b"
    (asked,) = server.asked
    assert asked.headers["host"] == "search.example:8080"
    assert asked.headers["proxy-authorization"] == f"Basic {base64.b64encode(b'me:s3cret').decode()}"


def test_a_proxy_is_not_told_of_what_is_on_this_machine(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY")
    assert told(f"{server.url}/here")[1] == b"GET /here"


def test_a_proxy_opens_a_way_to_what_is_asked_under_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(asked: Asked) -> Answer:
        return Answer(status="407 Proxy Authentication Required")

    with WebServer(no) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
        with pytest.raises(NotReached) as caught:
            told("https://search.example/")
    assert "407" in str(caught.value.__cause__)
    assert (server.asked[0].method, server.asked[0].path) == ("CONNECT", "search.example:443")


# --- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "said", "passes"),
    [
        (ConnectionRefusedError(), "cannot be reached", True),
        (TimeoutError(), "cannot be reached within 5 s", True),
        (socket.gaierror(socket.EAI_NONAME, ""), "cannot be reached", False),
        (ssl.SSLCertVerificationError(), "'s certificate cannot be trusted, or its TLS is broken", False),
    ],
)
def test_why_nothing_was_reached_is_said_and_whether_that_may_pass(cause: OSError, said: str, passes: bool) -> None:
    failure = NotReached()
    failure.__cause__ = cause
    error = broken(failure)
    error.__cause__ = failure
    assert str(error) == f"the server{'' if said[0] == chr(39) else ' '}{said}"
    assert may_pass(error) == passes


def test_an_error_status_says_whether_and_when_the_same_may_be_asked_again() -> None:
    assert pause(busy := AnsweredNo("no", 503, {"retry-after": "3"}), 1) == 3.0 and may_pass(busy)
    assert not may_pass(AnsweredNo("no", 404, {}))
