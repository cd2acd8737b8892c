"""How a host is reached: straight or through a proxy, in clear or under TLS, by whichever of its addresses answers."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import ports
import pytest
import trustme
from chat_server import ChatServer, says

from chatbot.errors import ModelError, ModelUnreachable
from chatbot.service.endpoints import Endpoint
from chatbot.service.exchange import Clocks, exchange
from chatbot.service.wire import PROXY_HEAD, Origin, Wire, asked, authorization, dial, proxy_for, reach

Start = Callable[..., ChatServer]


def got(url: str) -> bytes:
    """The whole reply of an endpoint that may be asked in clear."""

    async def whole() -> bytes:
        endpoint = Endpoint(url, key="sk-here").allowing(["model.example"])
        deadline = asyncio.get_running_loop().time() + 60
        response = await exchange(endpoint, "POST", "/chat", b"{}", clocks=Clocks(60.0), deadline=deadline)
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
        servers = (self._server, self._secure)
        for listening in (each for server in servers for each in server.sockets):  # see `ChatServer`
            self._loop.remove_reader(listening.fileno())
        for _ in range(4):
            await asyncio.sleep(0)
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for server in servers:
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
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """Whom the program trusts, as SSL_CERT_FILE has it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


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


# --- the wire itself --------------------------------------------------------------------------------------------------

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

PATIENCE = 60.0
"""Seconds until something that must come counts as missing; servers that wait are still there then."""


def between(serve: Serve, ask: Callable[[int], Awaitable[None]], tls: ssl.SSLContext | None = None) -> None:
    """Runs somebody who asks against somebody who serves, on a port of this machine."""
    failed: list[BaseException] = []

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except ConnectionError:
            pass
        except Exception as error:  # noqa: BLE001  # told below
            failed.append(error)
        finally:
            writer.transport.abort()

    async def both() -> None:
        server = await asyncio.start_server(served, "127.0.0.1", 0, ssl=tls)
        try:
            async with asyncio.timeout(PATIENCE):
                await ask(server.sockets[0].getsockname()[1])
        finally:
            server.close()

    asyncio.run(both())
    assert failed == []


async def reached(port: int) -> Wire:
    return await dial(Origin(False, "127.0.0.1", port))


def test_what_nobody_reads_yet_is_held_up_and_all_of_it_comes_once_it_is_read() -> None:
    sent, size = [0], 64 << 20

    async def floods(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(size >> 16):
            writer.write(bytes(1 << 16))
            await writer.drain()
            sent[0] += 1 << 16
        writer.write_eof()
        await asyncio.sleep(2 * PATIENCE)

    async def reads(port: int) -> None:
        wire, came = await reached(port), 0
        await asyncio.sleep(0.3)
        assert sent[0] < size / 2
        while data := await wire.read():
            came += len(data)
        assert came == size
        assert await wire.read() == b""  # again
        wire.close()

    between(floods, reads)


def test_the_end_is_heard_though_nobody_reads_what_is_sent() -> None:
    async def refuses(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"no")
        writer.write_eof()
        await asyncio.sleep(2 * PATIENCE)

    async def sends(port: int) -> None:
        wire = await reached(port)
        wire.write(bytes(64 << 20))
        assert (await wire.read(), await wire.read()) == (b"no", b"")
        assert not wire.is_quiet
        wire.close()
        wire.write(b"more")  # goes nowhere

    between(refuses, sends)


def test_what_came_before_a_connection_was_torn_down_is_read_first() -> None:
    async def tears(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"so far")
        await reader.read(1)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def reads(port: int) -> None:
        wire = await reached(port)
        while wire.is_quiet:
            await asyncio.sleep(0.01)
        wire.write(b"x")
        await asyncio.sleep(0.1)
        assert await wire.read() == b"so far"
        with pytest.raises(ConnectionResetError):
            await wire.read()

    between(tears, reads)


def test_addresses_are_tried_one_beside_the_other_until_one_answers(closed_port: int) -> None:
    async def greets(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await asyncio.sleep(2 * PATIENCE)

    async def reads(port: int) -> None:
        with socket.socket() as silent:  # takes no connection any more
            silent.bind(("127.0.0.1", 0))
            silent.listen(0)
            waiting = [socket.socket() for _ in range(4)]
            for each in waiting:
                each.setblocking(False)
                each.connect_ex(silent.getsockname())
            addresses = [("127.0.0.1", closed_port), silent.getsockname(), ("127.0.0.1", port)]
            tried = [(socket.AF_INET, address) for address in addresses]
            async with asyncio.timeout(PATIENCE / 2):
                wire = await reach(Origin(False, "some.example", port), tried)
            assert await wire.read() == b"hello"
            wire.close()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await reach(Origin(False, "some.example", 80), tried[1:2])
            for each in waiting:
                each.close()

    between(greets, reads)


def test_where_no_address_answers_the_first_ones_reason_is_told(closed_port: int) -> None:
    with ports.closed_port() as second, ports.closed_port() as third:
        tried = [(socket.AF_INET, ("127.0.0.1", port)) for port in (closed_port, second, third)]
        with pytest.raises(ConnectionRefusedError, match=str(closed_port)):
            asyncio.run(reach(Origin(False, "some.example", 80), tried))


@pytest.mark.parametrize("secure", [False, True])
def test_a_proxy_is_told_the_host_and_its_answer_may_come_in_pieces(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, *, secure: bool
) -> None:
    heads: list[bytes] = []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if secure else None
    if tls:
        authority.issue_cert("localhost").configure_cert(tls)

    async def refuses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        for piece in (b"HTTP/1.1 ", b"407 Who?\r\nX-More: 1\r\n", b"\r\n"):
            writer.write(piece)
            await asyncio.sleep(0.05)
        await asyncio.sleep(2 * PATIENCE)

    async def asks(port: int) -> None:
        with pytest.raises(ConnectionError, match=r"^the proxy says 'HTTP/1\.1 407 Who\?'$"):
            await dial(Origin(True, "2001:db8::7", 8443), f"http{'s' * secure}://localhost:{port}")

    between(refuses, asks, tls)
    assert heads == [b"CONNECT [2001:db8::7]:8443 HTTP/1.1\r\nHost: [2001:db8::7]:8443\r\n\r\n"]


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 Go\r\n", b"HTTP/1.1 200 Go\r\n" + b"X: y\r\n" * 5_000])
def test_a_proxy_that_does_not_answer_or_never_ends_to_is_given_up(said: bytes) -> None:
    ends = len(said) < PROXY_HEAD

    async def mumbles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        if ends:
            writer.write_eof()
        await asyncio.sleep(2 * PATIENCE)

    async def asks(port: int) -> None:
        with pytest.raises(ConnectionError, match="the proxy gives no answer"):
            await dial(Origin(True, "model.example", 443), f"127.0.0.1:{port}")

    between(mumbles, asks)


@pytest.mark.parametrize(
    ("proxy", "login"),
    [
        ("http://me:s%20cret@proxy.example:80", b"me:s cret"),
        ("me:secret@proxy.example:80", b"me:secret"),
        ("https://me@proxy.example", b"me:"),
        ("http://proxy.example", None),
        ("proxy.example:80", None),
    ],
)
def test_a_proxy_is_told_who_asks_where_its_address_says_so(proxy: str, login: bytes | None) -> None:
    basic = f"Basic {base64.b64encode(login).decode()}" if login is not None else ""
    assert authorization(proxy) == basic
    target, told = asked(Origin(False, "model.example", 8000), proxy, "/v1/chat")
    assert target == "http://model.example:8000/v1/chat"
    assert told == ([("Proxy-Authorization", basic)] if basic else [])


def test_a_proxy_for_the_one_is_none_for_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name)
    assert proxy_for(Origin(True, "model.test", 443)) == "http://127.0.0.1:9"
    assert proxy_for(Origin(False, "model.test", 80)) == ""


def test_behind_a_proxy_another_hosts_certificate_is_refused_as_well(
    through: Callable[..., tuple[Proxy, ChatServer]],
) -> None:
    _, server = through("HTTPS_PROXY")  # which has a certificate for model.example
    with pytest.raises(ModelError, match="the secure connection fails") as caught:
        got("https://other.example/v1")
    assert not caught.value.billed and server.requests == []
