"""What goes out to a model service, what comes in, and what neither may cost."""

from __future__ import annotations

import asyncio
import gzip
import resource
import socket
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

import pytest
from chat_server import SILENT, ChatServer, Scene, answers, refuses, says

from chatbot.errors import ModelError, ModelProtocolError, ModelRefused, ModelUnreachable, PlainHttpRefused
from chatbot.service.endpoints import Endpoint
from chatbot.service.exchange import REFUSAL_LIMIT, REPLY_LIMIT, Clocks, Response, exchange

Start = Callable[..., ChatServer]


async def sent(endpoint: Endpoint, body: bytes = b"{}", clocks: Clocks = Clocks(10.0)) -> Response:  # noqa: B008
    deadline = asyncio.get_running_loop().time() + clocks.whole
    return await exchange(endpoint, "POST", "/chat/completions", body, clocks=clocks, deadline=deadline)


def got(endpoint: Endpoint, body: bytes = b"{}") -> tuple[Response, bytes]:
    """The response, and its whole body."""

    async def whole() -> tuple[Response, bytes]:
        response = await sent(endpoint, body)
        try:
            return response, await response.whole()
        finally:
            response.close()

    return asyncio.run(whole())


def failed(endpoint: Endpoint, body: bytes = b"{}") -> ModelError:
    with pytest.raises(ModelError) as caught:
        got(endpoint, body)
    return caught.value


# --- what goes out ----------------------------------------------------------------------------------------------------


def test_a_request_asks_for_what_it_can_read_and_says_who_asks(chat_server: Start) -> None:
    server = chat_server(says("a"))
    got(Endpoint(server.url, key="sk-here", headers=(("OpenAI-Project", "p"),)))
    (request,) = server.requests
    assert request.headers == {
        "host": f"127.0.0.1:{server.port}",
        "accept": "application/json",
        "user-agent": "chatbot",
        "accept-encoding": "identity",
        "authorization": "Bearer sk-here",
        "openai-project": "p",
        "content-type": "application/json",
        "content-length": "2",
    }


def test_a_key_that_is_a_login_is_sent_as_it_is_and_without_a_key_none_is_sent(chat_server: Start) -> None:
    server = chat_server(says("a"))
    got(Endpoint(server.url))
    got(Endpoint(server.url, key="Basic bWU6c2VjcmV0"))
    assert [each.headers.get("authorization") for each in server.requests] == [None, "Basic bWU6c2VjcmV0"]


@pytest.mark.parametrize("key", ["sk-\nX-Evil: 1", "schlüssel", "a\0b"])
def test_a_key_that_no_header_can_hold_is_said_and_nothing_is_sent(chat_server: Start, key: str) -> None:
    server = chat_server(says("a"))
    error = failed(Endpoint(server.url, key=key))
    assert isinstance(error, ModelRefused)
    assert "CHATBOT_API_KEY" in str(error) and key not in str(error) and not error.billed
    assert f"nothing can be sent to {server.url}" in error.message
    keyless = failed(Endpoint(server.url, headers=(("OpenAI-Project", key),)))
    assert isinstance(keyless, ModelRefused) and "CHATBOT_API_KEY" not in str(keyless) and keyless.hint
    assert server.requests == []


def test_a_path_of_any_letters_can_be_asked_for(chat_server: Start) -> None:
    server = chat_server(says("a"))
    got(Endpoint(f"{server.url}/größe é/@cf:a(b)"))
    assert server.requests[0].path == "/v1/gr%C3%B6%C3%9Fe%20%C3%A9/@cf:a(b)/chat/completions"


@pytest.mark.parametrize("host", ["192.168.1.20:8000", "gpu-box:8000", "[fe80::1]:8000", "10.0.0.7"])
def test_nothing_is_sent_in_clear_over_a_network_and_how_to_allow_it_is_said(host: str) -> None:
    endpoint = Endpoint(f"http://{host}/v1", key="sk-here")
    error = failed(endpoint)
    name = host.removesuffix(":8000").strip("[]")
    assert isinstance(error, PlainHttpRefused) and not error.billed
    assert f"CHATBOT_PLAIN_HTTP={name}" in error.hint and f'plain_http = ["{name}"]' in error.hint
    assert "sk-here" not in str(error)
    endpoint.allowing([name.upper()]).check()
    Endpoint(f"https://{host}/v1").check()


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "127.8.8.8"])
def test_on_this_machine_nobody_listens_in(host: str) -> None:
    Endpoint(f"http://{host}/v1").check()


def test_a_refusal_that_overtakes_a_long_prompt_is_heard(chat_server: Start) -> None:
    with refusing_at_once() as endpoint:
        response, said = got(endpoint, b"x" * (8 << 20))
    assert (response.raw.status, said) == (413, b"too long")


class refusing_at_once:  # noqa: N801  # a context
    """A server that refuses after the head of a request, and closes without reading on."""

    def __enter__(self) -> Endpoint:
        self._socket = socket.create_server(("127.0.0.1", 0))
        import threading

        threading.Thread(target=self._serve, daemon=True).start()
        return Endpoint(f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1")

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        connection.recv(1 << 12)
        connection.sendall(b"HTTP/1.1 413 Too Long\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo long")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1 << 16):
            pass
        connection.close()

    def __exit__(self, *_: object) -> None:
        self._socket.close()


# --- what comes in ----------------------------------------------------------------------------------------------------


def test_what_came_is_kept_byte_for_byte(chat_server: Start) -> None:
    body = b'{"a": "\xff\xfe\x00 \\ud800"' + bytes(range(256))
    response, whole = got(Endpoint(chat_server(Scene((body[:9], body[9:]), 200, {"X-Request-Id": "req-7"})).url))
    assert (response.raw.body, whole) == (body, body)
    assert (response.raw.status, response.raw.request_id) == (200, "req-7")


def test_what_the_head_says_of_the_body_is_known(chat_server: Start) -> None:
    said = {"Content-Type": " Text/Event-Stream; charset=utf-8", "Content-Encoding": "", "X-Left": "7"}
    server = chat_server(Scene((b"data: a",), 200, said))
    response, whole = got(Endpoint(server.url, key="sk-here"))
    assert (response.kind, response.headers["x-left"], whole) == ("text/event-stream", "7", b"data: a")
    assert response.raw.key == "sk-here"


def after_the_first_piece(endpoint: Endpoint, then: Callable[[Response], Awaitable[object]]) -> Response:
    """A response of whose body somebody has read the first piece and does something else then."""

    async def begun() -> Response:
        response = await sent(endpoint)
        async with aclosing(response.pieces()) as pieces:
            await anext(pieces)
        await then(response)
        response.close()
        return response

    return asyncio.run(begun())


def test_the_end_of_a_body_that_nobody_needs_is_kept_if_it_comes_at_once(
    chat_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatbot.service.exchange.DRAIN_SECONDS", 30.0)  # what is at once on a busy machine
    server = chat_server(Scene((b"a", 0.02, b"b", 0.02, b"c")))
    assert after_the_first_piece(Endpoint(server.url), lambda response: response.drain()).raw.body == b"abc"


@pytest.mark.parametrize(
    "scene",
    [Scene((b"a", 5.0, b"b")), Scene((b"a", 0.02), end="cut"), Scene((b"a", 0.02), end="reset")],
    ids=["slow", "cut", "reset"],
)
def test_the_end_of_a_body_that_nobody_needs_is_not_waited_for(chat_server: Start, scene: Scene) -> None:
    async def drained(response: Response) -> None:
        async with asyncio.timeout(4.0):
            await response.drain()

    assert after_the_first_piece(Endpoint(chat_server(scene).url), drained).raw.body == b"a"


def test_an_exchange_that_is_ended_twice_frees_its_connection_once(chat_server: Start) -> None:
    server = chat_server(says("a"))
    endpoint = Endpoint(server.url)

    async def asked() -> None:
        first = await sent(endpoint)
        await first.whole()
        first.close()
        first.close()
        both = [await sent(endpoint) for _ in range(2)]
        for response in both:
            assert b"[DONE]" in await response.whole()
            response.close()

    asyncio.run(asked())
    assert server.connections == 2


@pytest.mark.parametrize("named", ["a b", "x" * 200, "\x1b[31m", ""])
def test_a_name_of_the_request_that_is_none_is_not_kept(chat_server: Start, named: str) -> None:
    response, _ = got(Endpoint(chat_server(Scene((b"{}",), 200, {"X-Request-Id": named, "CF-Ray": ""})).url))
    assert response.raw.request_id == ""


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "GZIP"])
def test_what_is_compressed_all_the_same_is_unpacked(chat_server: Start, coding: str) -> None:
    text = b"data: " + b"words " * 50_000
    packed = zlib.compress(text) if coding == "deflate" else gzip.compress(text)
    scene = Scene((packed[:100], packed[100:]), 200, {"Content-Encoding": coding})
    response, whole = got(Endpoint(chat_server(scene).url))
    assert whole == text
    assert response.raw.body == packed


@pytest.mark.parametrize(
    ("coding", "body", "said"),
    [
        ("br", b"x", "'br'"),
        ("zstd", b"x", "'zstd'"),
        ("gzip, gzip", b"x", "'gzip, gzip'"),
        ("gzip", b"no gzip", "compress"),
        ("gzip", gzip.compress(b"a" * 99)[:-9] + b"x" * 9, "compress"),
    ],
    ids=["br", "zstd", "twice", "no gzip", "spoilt"],
)
def test_what_cannot_be_unpacked_is_said(chat_server: Start, coding: str, body: bytes, said: str) -> None:
    server = chat_server(Scene((body,), 200, {"Content-Encoding": coding}))
    error = failed(Endpoint(server.url))
    assert isinstance(error, ModelProtocolError) and error.hint
    assert said in error.message


def test_many_small_pieces_unpack_to_no_more_than_one_large_one(chat_server: Start) -> None:
    packed = bomb(20)
    cut = [packed[start : start + 1_000] for start in range(0, len(packed), 1_000)]
    server = chat_server(Scene(tuple(cut), 200, {"Content-Encoding": "gzip"}))
    assert "longer than 16 MB" in failed(Endpoint(server.url)).message


def bomb(megabytes: int) -> bytes:
    """gzip of so many megabytes of nothing."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([packer.compress(bytes(1 << 20)) for _ in range(megabytes)]) + packer.flush()


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("megabytes", [100, pytest.param(1_500, marks=pytest.mark.slow)])
def test_a_small_reply_does_not_unpack_to_a_huge_one(
    chat_server: Start, status: int, megabytes: int, figure: Callable[[str], None]
) -> None:
    server = chat_server(Scene((bomb(megabytes),), status, {"Content-Encoding": "gzip"}))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    async def read() -> None:
        response = await sent(Endpoint(server.url))
        try:
            if status == 400:
                assert len(str(await response.refusal())) <= 1 << 18
            else:
                with pytest.raises(ModelProtocolError, match="longer than 16 MB"):
                    await response.whole()
        finally:
            response.close()

    asyncio.run(read())
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
    figure(f"{megabytes} MB in gzip: {grown} MB more memory (others: 3.1 GB)")
    assert grown < 64


def test_a_reply_without_end_is_refused(chat_server: Start) -> None:
    server = chat_server(Scene((b"x" * (1 << 20),) * ((REPLY_LIMIT >> 20) + 2)))
    error = failed(Endpoint(server.url))
    assert "longer than 16 MB" in error.message and error.hint


def test_a_refusal_counts_though_its_words_break_off(chat_server: Start) -> None:
    assert refused_by(chat_server(Scene((b"no ", 0.02, b"such"), 400, {}, end="cut"))) == (400, "no such")


def refused_by(server: ChatServer) -> tuple[int, object]:
    async def said() -> tuple[int, object]:
        response = await sent(Endpoint(server.url))
        try:
            return response.raw.status, await response.refusal()
        finally:
            response.close()

    return asyncio.run(said())


def test_a_refusal_that_cannot_be_read_is_one_all_the_same(chat_server: Start) -> None:
    assert refused_by(chat_server(Scene((b"x",), 400, {"Content-Encoding": "br"}))) == (400, "")
    assert refused_by(chat_server(Scene((b"schl\xfcssel",), 401, {}))) == (401, "schl\ufffdssel")


def test_of_a_long_refusal_the_first_words_are_read(chat_server: Start) -> None:
    assert (
        refused_by(chat_server(Scene((b"no ",) * REFUSAL_LIMIT, 400, {})))[1] == ("no " * REFUSAL_LIMIT)[:REFUSAL_LIMIT]
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_follows_a_redirect(chat_server: Start, status: int, figure: Callable[[str], None]) -> None:
    elsewhere = chat_server(says("stolen"))
    server = chat_server(Scene((), status, {"Location": f"{elsewhere.url}/chat/completions"}))
    response, _ = got(Endpoint(server.url, key="sk-here"))
    assert response.raw.status == status
    assert (elsewhere.requests, elsewhere.connections) == ([], 0)
    figure(f"{status}: 0 bytes of prompt or key went elsewhere (others: the prompt)")


# --- what does not come -----------------------------------------------------------------------------------------------


@asynccontextmanager
async def full() -> AsyncIterator[Endpoint]:
    """A port that takes no connection any more."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listening.getsockname())
        try:
            yield Endpoint(f"http://127.0.0.1:{listening.getsockname()[1]}/v1")
        finally:
            for each in waiting:
                each.close()


@pytest.mark.parametrize("clocks", [Clocks(20.0, connect=0.2), Clocks(0.2)], ids=["connect", "whole"])
def test_a_connection_that_does_not_come_about_has_its_time_and_costs_nothing(clocks: Clocks) -> None:
    async def refused() -> ModelUnreachable:
        async with full() as endpoint:
            with pytest.raises(ModelUnreachable) as caught:
                await sent(endpoint, clocks=clocks)
            return caught.value

    error = asyncio.run(refused())
    assert "no connection within" in str(error) and not error.billed


def test_what_listens_in_another_tongue_is_said(chat_server: Start) -> None:
    server = chat_server(Scene(head=(b"SSH-2.0-OpenSSH_9.6\r\n\r\n",), end="cut"))
    error = failed(Endpoint(server.url))
    assert isinstance(error, ModelProtocolError) and error.hint
    assert error.message.startswith(f"{server.url} does not speak HTTP as it should: ")
    assert not error.message.endswith("None")


@pytest.mark.parametrize(
    ("scene", "clocks", "said"),
    [
        (SILENT, Clocks(5.0, first=0.2), "did not begin to answer within 0.2 s"),
        (SILENT, Clocks(0.5, first=5.0), "gave no whole reply within 0.5 s"),
        (SILENT, Clocks(0.5), "gave no whole reply within 0.5 s"),
        (Scene((b"a", b"b"), end="hang"), Clocks(5.0, between=0.2), "said nothing more for 0.2 s"),
        (Scene((b"a", b"b"), end="hang"), Clocks(1.0), "said nothing more for 0.5 s"),
        (Scene((b"a", b"b"), end="hang"), Clocks(0.5, between=5.0), "gave no whole reply within 0.5 s"),
        (Scene((b"a", b"b"), end="cut"), Clocks(20.0), "broke the connection off before its reply was whole"),
        (Scene((b"a", b"b"), end="cut"), Clocks(20.0, first=9.0, between=9.0), "broke the connection off before its"),
        (Scene(head=(), end="cut"), Clocks(20.0, first=9.0), "broke the connection off before its reply was whole"),
    ],
)
def test_what_did_not_come_in_time_or_at_all_is_said_and_may_be_billed(
    chat_server: Start, scene: Scene, clocks: Clocks, said: str
) -> None:
    server = chat_server(scene)

    async def heard() -> None:
        response = await sent(Endpoint(server.url), clocks=clocks)
        try:
            async with aclosing(response.pieces()) as pieces:
                async for _ in pieces:
                    response.heard()
        finally:
            response.close()

    with pytest.raises(ModelUnreachable) as caught:
        asyncio.run(heard())
    assert caught.value.message.startswith(f"{server.url} {said}")
    assert caught.value.billed and caught.value.hint


def test_where_nothing_listens_it_is_said_how_to_change_that(closed_port: int) -> None:
    url = f"http://127.0.0.1:{closed_port}/v1"
    here, known, far = (
        failed(Endpoint(url)),
        failed(Endpoint(url, start="some-server --here")),
        failed(Endpoint("https://model.example/v1")),  # through a proxy that is not there
    )
    for error in (here, known, far):
        assert isinstance(error, ModelUnreachable) and error.billed is False
        assert error.message.endswith("cannot be reached: nothing listens there")
    assert here.message.startswith(url)
    assert "`some-server --here`" in known.hint
    assert here.hint and far.hint and len({here.hint, known.hint, far.hint}) == 3


@pytest.mark.parametrize("host", ["model.test", "ü" * 80 + ".test"], ids=["unknown", "too long"])
def test_a_host_that_there_is_not_is_said(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("NO_PROXY", "test")
    error = failed(Endpoint(f"https://{host}/v1"))
    assert isinstance(error, ModelUnreachable) and error.billed is False
    assert error.message.startswith(f"https://{host}/v1 cannot be reached: no such host")


def test_a_page_that_refuses_is_told_as_text(chat_server: Start) -> None:
    server = chat_server(answers("<h1>no</h1>", "text/html", 502), refuses(400, "no"))

    async def said() -> list[object]:
        found = []
        for _ in range(2):
            response = await sent(Endpoint(server.url))
            found.append(await response.refusal())
            response.close()
        return found

    assert asyncio.run(said()) == ["<h1>no</h1>", {"error": {"message": "no"}}]
