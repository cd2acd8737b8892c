"""How a host is reached: straight or through a proxy, in clear or under TLS, by whichever of its addresses answers."""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from chat_server import ChatServer, says

from chatbot.errors import ModelError, ModelUnreachable
from chatbot.service.endpoints import Endpoint
from chatbot.service.exchange import Clocks, exchange
from chatbot.service.trust import trust
from chatbot.service.wire import Origin, proxy_for

Start = Callable[..., ChatServer]


def got(url: str) -> bytes:
    """The whole reply of an endpoint that may be asked in clear."""

    async def whole() -> bytes:
        endpoint = Endpoint(url, key="sk-here").allowing(["model.example"])
        deadline = asyncio.get_running_loop().time() + 10
        response = await exchange(endpoint, "POST", "/chat", b"{}", clocks=Clocks(10.0), deadline=deadline)
        try:
            return await response.whole()
        finally:
            response.close()

    return asyncio.run(whole())


GO = b"HTTP/1.1 200 Go\r\n\r\n"


class Proxy:
    """A proxy that leads every host to one server, under TLS after CONNECT; it keeps what it was told."""

    def __init__(self, target: ChatServer, certificate: trustme.LeafCert, answer: bytes = GO) -> None:
        self.heads: list[str] = []
        self._target, self._answer = target, answer  # to CONNECT
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._context)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._serve, "127.0.0.1", 0))
        inner = asyncio.start_server(self._pipe, "127.0.0.1", 0, ssl=self._context)
        self._secure = self._call(inner)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work):  # type: ignore[no-untyped-def]
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _stop(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for server in (self._server, self._secure):
            server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head.decode())
        if head.startswith(b"CONNECT"):
            writer.write(self._answer)
            port = self._secure.sockets[0].getsockname()[1]
            await self._join(reader, writer, port, b"")
        else:
            await self._join(reader, writer, self._target.port, head)

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._join(reader, writer, self._target.port, b"")

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, head: bytes) -> None:
        other, out = await asyncio.open_connection("127.0.0.1", port)
        out.write(head)
        try:
            await asyncio.wait(
                {asyncio.create_task(_copy(reader, out)), asyncio.create_task(_copy(other, writer))},
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for each in (out, writer):
                each.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
    except OSError:
        pass


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[trustme.CA]:
    """Whom the program trusts, as SSL_CERT_FILE has it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    trust.cache_clear()
    yield authority
    trust.cache_clear()


@pytest.fixture
def through(
    chat_server: Start, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., tuple[Proxy, ChatServer]]]:
    """Makes a proxy that the environment names, and the server behind it."""
    opened: list[Proxy] = []

    def start(variable: str, login: str = "", **more: bytes) -> tuple[Proxy, ChatServer]:
        server = chat_server(says("a"))
        proxy = Proxy(server, authority.issue_cert("model.example", "xn--bcher-kva.example"), **more)
        opened.append(proxy)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(variable, f"http://{login}{proxy.address}")
        return proxy, server

    yield start
    for proxy in opened:
        proxy.close()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_opens_a_way_through_which_only_the_host_can_read(
    through: Callable[..., tuple[Proxy, ChatServer]], variable: str
) -> None:
    proxy, server = through(variable, "me:s%20cret@")
    assert b"[DONE]" in got("https://model.example/v1")
    (head,) = proxy.heads
    login = base64.b64encode(b"me:s cret").decode()
    assert head.startswith("CONNECT model.example:443 HTTP/1.1\r\n")
    assert f"Proxy-Authorization: Basic {login}" in head and "sk-here" not in head
    assert "proxy-authorization" not in server.requests[0].headers
    assert server.requests[0].headers["host"] == "model.example"


def test_a_proxy_is_asked_itself_for_what_goes_in_clear(through: Callable[..., tuple[Proxy, ChatServer]]) -> None:
    proxy, server = through("HTTP_PROXY", "me:secret@")
    assert b"[DONE]" in got("http://model.example:8000/v1")
    assert proxy.heads[0].startswith("POST http://model.example:8000/v1/chat HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic" in proxy.heads[0]
    assert server.requests[0].headers["host"] == "model.example:8000"


def test_a_host_may_have_letters_of_any_script(through: Callable[..., tuple[Proxy, ChatServer]]) -> None:
    proxy, _ = through("HTTPS_PROXY")
    assert b"[DONE]" in got("https://bücher.example/v1")
    assert proxy.heads[0].startswith("CONNECT xn--bcher-kva.example:443 ")


def test_a_proxy_that_says_no_is_quoted_and_nothing_was_sent(through: Callable[..., tuple[Proxy, ChatServer]]) -> None:
    _, server = through("HTTPS_PROXY", answer=b"HTTP/1.1 407 Who are you?\r\n\r\n")
    with pytest.raises(ModelUnreachable, match="407 Who are you") as caught:
        got("https://model.example/v1")
    assert not caught.value.billed and server.requests == []


def test_a_proxy_of_another_kind_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(ModelUnreachable, match="only proxies that begin with http"):
        got("https://model.example/v1")


@pytest.mark.parametrize("proxy", ["http://me:s3cret#@proxy.example:80", "proxy.example:port", "http://[::1"])
def test_a_proxy_whose_address_is_none_is_said_and_not_shown(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ModelUnreachable, match="what names the proxy is no address") as caught:
        got("https://model.example/v1")
    assert "s3cret" not in str(caught.value)


def test_what_no_proxy_names_is_reached_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "example,10.0.0.7")
    assert proxy_for(Origin(True, "model.example", 443)) == proxy_for(Origin(False, "10.0.0.7", 80)) == ""
    assert proxy_for(Origin(True, "model.test", 443)) == "http://127.0.0.1:9"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name)
    assert proxy_for(Origin(True, "model.test", 443)) == ""


def test_this_machine_is_never_reached_through_a_proxy(chat_server: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY")
    assert b"[DONE]" in got(chat_server(says("a")).url)


def test_of_a_host_with_several_addresses_the_one_that_answers_is_taken(chat_server: Start) -> None:
    server = chat_server(says("a"))  # on 127.0.0.1 alone
    assert b"[DONE]" in got(f"http://localhost:{server.port}/v1")


@pytest.mark.parametrize(
    ("name", "trusted", "said"),
    [("localhost", True, ""), ("localhost", False, "the secure connection fails"), ("other.example", True, "fails")],
    ids=["trusted", "nobody vouches for it", "another's"],
)
def test_whom_the_system_does_not_trust_is_sent_nothing(
    chat_server: Start, authority: trustme.CA, name: str, trusted: bool, said: str
) -> None:
    server = chat_server(says("a"))
    proxy = Proxy(server, (authority if trusted else trustme.CA()).issue_cert(name))
    port = proxy._secure.sockets[0].getsockname()[1]
    try:
        if said:
            with pytest.raises(ModelError, match=said) as caught:
                got(f"https://localhost:{port}/v1")
            assert not caught.value.billed and server.requests == []
        else:
            assert b"[DONE]" in got(f"https://localhost:{port}/v1")
    finally:
        proxy.close()
