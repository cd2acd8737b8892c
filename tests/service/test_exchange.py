"""What goes out to a model service, what comes in, and what neither may cost."""

from __future__ import annotations

import asyncio
import gzip
import resource
import socket
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from chat_server import ChatServer, Scene, answers, refuses, says

from chatbot.errors import ModelError, ModelProtocolError, ModelRefused, ModelUnreachable, PlainHttpRefused
from chatbot.service.endpoints import Endpoint
from chatbot.service.exchange import REPLY_LIMIT, Clocks, Response, exchange

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
    assert server.requests == []


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
    ("coding", "body"),
    [
        ("br", b"x"),
        ("zstd", b"x"),
        ("gzip, gzip", b"x"),
        ("gzip", b"no gzip"),
        ("gzip", gzip.compress(b"a" * 99)[:-9] + b"x" * 9),
    ],
    ids=["br", "zstd", "twice", "no gzip", "spoilt"],
)
def test_what_cannot_be_unpacked_is_said(chat_server: Start, coding: str, body: bytes) -> None:
    server = chat_server(Scene((body,), 200, {"Content-Encoding": coding}))
    assert isinstance(failed(Endpoint(server.url)), ModelProtocolError)


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
    assert "longer than 16 MB" in str(failed(Endpoint(server.url)))


def test_a_refusal_counts_though_its_words_break_off(chat_server: Start) -> None:
    server = chat_server(Scene((b"no such",), 400, {}, end="cut"))

    async def said() -> object:
        response = await sent(Endpoint(server.url))
        try:
            return response.raw.status, await response.refusal()
        finally:
            response.close()

    assert asyncio.run(said()) == (400, "no such")


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
    assert isinstance(error, ModelProtocolError) and "does not speak HTTP" in str(error)


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
