"""A request, a real server, and what becomes of its answer."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence

import pytest
from web_server import Answer, WebServer, leads_to

from chatbot.errors import ToolError
from chatbot.tools.openapi.exchange import MAX_SAID, AnsweredNo, Secret, Service, ask
from chatbot.tools.openapi.request import Request
from chatbot.tools.retrying import may_pass, pause

JSON = "application/json"


def answer(
    server: WebServer, path: str = "/", method: str = "GET", *, secrets: Sequence[Secret] = (), **limits: float
) -> str:
    service = Service(seconds=limits.get("seconds", 5.0), max_bytes=int(limits.get("max_bytes", 10_000)))
    return asyncio.run(ask(Request(method, f"{server.url}{path}", {}), secrets, service))


def refusal(reply: Answer, method: str = "GET", **limits: float) -> str:
    """What is said of this answer."""
    with WebServer({"/": reply}) as server, pytest.raises(ToolError) as caught:
        answer(server, method=method, **limits)
    return caught.value.message


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Answer('{"a": 1.10}', JSON), '{"a": 1.10}'),
        (Answer("größe".encode("latin-1"), "text/plain; charset=latin-1"), "größe"),
        (Answer("a,b", "text/csv; charset=unknown"), "a,b"),
        (Answer(b"\xff", "text/plain"), "\ufffd"),
        (Answer(b"\x89PNG", "image/png"), "(4 bytes of image/png, which are not shown)"),
        (Answer(status="204 No Content"), "done: 204, and no more"),
        (Answer(status="201 Created", headers={"Location": "/pets/7"}), "done: 201, at /pets/7, and no more"),
    ],
)
def test_an_answer_is_its_text(reply: Answer, said: str) -> None:
    with WebServer({"/": reply}) as server:
        assert answer(server) == said


def test_the_request_arrives_as_it_was_made() -> None:
    with WebServer(lambda asked: Answer("ok", "text/plain")) as server:
        request = Request("PUT", f"{server.url}/a%2Fb/%252e?x[y]=1&z=a%20b", {"X-Mine": "1"}, b"body")
        asyncio.run(ask(request, (), Service({"X-Ours": "2"})))
    (asked,) = server.asked

    assert (asked.method, asked.path, asked.body) == ("PUT", "/a%2Fb/%252e?x[y]=1&z=a%20b", b"body")
    assert asked.headers["x-mine"] == "1" and asked.headers["x-ours"] == "2"
    assert asked.headers["accept-encoding"] == "identity"


# --- errors and limits ------------------------------------------------------------------------------------------------


def test_an_error_status_is_told_with_what_the_service_says() -> None:
    assert refusal(Answer('{"detail": "no such pet"}', JSON, "404 Not Found")) == (
        'GET / was answered 404 Not Found: {"detail": "no such pet"}'
    )
    assert refusal(Answer(status="500 Internal Server Error")) == "GET / was answered 500 Internal Server Error"
    assert len(refusal(Answer("x" * 9_000, "text/plain", "400 Bad Request"))) < MAX_SAID + 100


def test_an_error_says_whether_the_same_request_may_succeed_later() -> None:
    busy = Answer("later", "text/plain", "503 Service Unavailable", {"Retry-After": "2"})
    with WebServer({"/busy": busy, "/gone": Answer(status="410 Gone")}) as server:
        errors = []
        for path in ("/busy", "/gone"):
            with pytest.raises(AnsweredNo) as caught:
                answer(server, path)
            errors.append(caught.value)

    assert [may_pass(error) for error in errors] == [True, False]
    assert pause(errors[0], 1) == 2.0


def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    assert refusal(Answer("x" * 20_000, "text/plain")) == "the answer is larger than 0.01 MB"
    assert refusal(Answer(raw=b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 20_000)) == "the answer is larger than 0.01 MB"


@pytest.mark.parametrize(
    "reply", [Answer("x" * 500, "text/plain", pause=0.01), Answer("x", headers={"Content-Length": "9"})]
)
def test_time_is_over_for_a_server_that_drips_as_for_one_that_hangs(reply: Answer) -> None:
    with WebServer(lambda asked: reply) as server, pytest.raises(ToolError) as caught:
        answer(server, seconds=0.3)
    assert "did not answer within 0.3 s" in caught.value.message or "broke off" in caught.value.message


def test_a_compressed_answer_is_not_unpacked() -> None:
    assert "compressed in a way that was not asked for ('gzip')" in refusal(
        Answer(b"\x1f\x8b", JSON, headers={"Content-Encoding": "gzip"})
    )


@pytest.mark.parametrize("raw", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
def test_a_server_that_breaks_off_or_speaks_no_http_is_told(raw: bytes) -> None:
    assert "broke off or spoke no HTTP" in refusal(Answer(raw=raw))


def test_a_server_that_is_not_there_is_told() -> None:
    with WebServer({}) as server:
        pass
    with pytest.raises(ToolError, match="cannot be reached") as caught:
        answer(server)
    assert may_pass(caught.value)


# --- redirects --------------------------------------------------------------------------------------------------------


def test_a_redirect_of_what_reads_is_followed_on_the_same_server() -> None:
    with WebServer({"/old": leads_to("/new?x=1"), "/new": Answer("here", "text/plain")}) as server:
        assert answer(server, "/old") == "here"
    assert server.paths == ["/old", "/new?x=1"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("status", ["301 Moved", "303 See Other", "307 Temporary Redirect"])
def test_what_changes_something_is_not_sent_on(method: str, status: str) -> None:
    with WebServer({"/": leads_to("/there", status), "/there": Answer("here")}) as server:
        with pytest.raises(ToolError, match="only requests that read are sent on"):
            answer(server, method=method)
        assert server.paths == ["/"]


def test_no_redirect_leads_to_another_server() -> None:
    with WebServer({"/": Answer("stolen")}) as other:
        for target in (other.url, other.url.replace("127.0.0.1", "localhost"), f"//{other.url.partition('//')[2]}"):
            with WebServer({"/": leads_to(target)}) as server, pytest.raises(ToolError, match="another server"):
                answer(server)
        assert other.asked == []


@pytest.mark.parametrize("target", ["http://[", "ftp://127.0.0.1/", "http://127.0.0.1:port/", "//me:secret@127.0.0.1/"])
def test_a_redirect_to_what_is_no_url_is_not_followed(target: str) -> None:
    assert refusal(leads_to(target)).endswith(": no URL")


def test_a_circle_of_redirects_ends() -> None:
    assert refusal(leads_to("/")) == "the service leads on more than 3 times"


# --- secrets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "header", "query"),
    [
        (Secret("CHATBOT_TEST_KEY"), ("authorization", "a:k&y"), ""),
        (Secret("CHATBOT_TEST_KEY", name="X-Key"), ("x-key", "a:k&y"), ""),
        (Secret("CHATBOT_TEST_KEY", kind="bearer"), ("authorization", "Bearer a:k&y"), ""),
        (Secret("CHATBOT_TEST_KEY", kind="basic"), ("authorization", "Basic YTprJnk="), ""),
        (Secret("CHATBOT_TEST_KEY", "cookie", "sid"), ("cookie", "sid=a%3Ak%26y"), ""),
        (Secret("CHATBOT_TEST_KEY", "query", "token"), None, "?token=a%3Ak%26y"),
    ],
)
def test_a_secret_goes_where_the_service_wants_it_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, secret: Secret, header: tuple[str, str] | None, query: str
) -> None:
    monkeypatch.setenv("CHATBOT_TEST_KEY", "a:k&y")
    with WebServer({"/": Answer("ok", "text/plain")}) as server:
        answer(server, secrets=[secret])
    (asked,) = server.asked

    assert asked.path == f"/{query}"
    assert header is None or asked.headers[header[0]] == header[1]


@pytest.mark.parametrize("status", ["200 OK", "401 Unauthorized"])
def test_a_secret_that_the_service_repeats_is_masked(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    monkeypatch.setenv("CHATBOT_TEST_KEY", "sesame")
    echoed = f"you sent sesame, or {base64.b64encode(b'sesame').decode()}"
    with WebServer({"/": Answer(echoed, "text/plain", status)}) as server:
        try:
            said = answer(server, secrets=[Secret("CHATBOT_TEST_KEY")])
        except ToolError as error:
            said = error.message
    assert said.endswith("you sent [secret], or [secret]")


@pytest.mark.parametrize("value", [None, "", " ", "a\nb", "größe"])
def test_without_its_secret_nothing_is_asked(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("CHATBOT_TEST_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("CHATBOT_TEST_KEY", value)
    with WebServer({"/": Answer("ok")}) as server, pytest.raises(ToolError, match="variable CHATBOT_TEST_KEY"):
        answer(server, secrets=[Secret("CHATBOT_TEST_KEY")])
    assert server.asked == []
