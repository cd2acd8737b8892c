"""Bytes to and from a host: one TCP or TLS connection, straight or through a proxy, whose reading can be held up.

asyncio's own streams forget what has come once a write fails, so that a refusal which overtakes a long prompt would be
lost; here what came is read first, and then how it ended. Proxies are those of the environment and of the system.
"""

from __future__ import annotations

import asyncio
import base64
import os
import selectors
import socket
import ssl
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import cast
from urllib.parse import SplitResult, unquote, urlsplit

from chatbot.service.lookup import look_up
from chatbot.service.loopback import is_here
from chatbot.service.trust import trust

HELD_UP = 1 << 18
"""Bytes that wait to be read before the sender is held up."""

Address = tuple[int, tuple[object, ...]]
"""Family and address, as sockets have them."""

PROXY_HEAD = 1 << 14
"""Most bytes of a proxy's answer to CONNECT."""

SECOND_ADDRESS = 0.25
"""Seconds until a host's next address is tried beside the first (RFC 8305)."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a connection leads."""

    secure: bool
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as a request names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


class Wire(asyncio.Protocol):
    """A connection that is open."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._came = bytearray()
        self._ended = False
        self._failure: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None

    # --- what asyncio calls -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Something came."""
        self._came += data
        if len(self._came) >= HELD_UP and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """The other side has said all."""
        self._ended = True
        self._wake()

    def connection_lost(self, failure: Exception | None) -> None:
        """It is over."""
        self._ended, self._failure = True, failure
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    # --- what we call -------------------------------------------------------------------------------------------------

    @property
    def is_quiet(self) -> bool:
        """Whether it is open and nothing has come that nobody has read, not even what the loop has not seen yet."""
        if self._ended or self._came or self._transport is None or self._transport.is_closing():
            return False
        with selectors.DefaultSelector() as look:
            look.register(self._transport.get_extra_info("socket"), selectors.EVENT_READ)
            return not look.select(0)

    def write(self, data: bytes) -> None:
        """Sends without waiting: what a write that fails means is seen by who reads."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def read(self) -> bytes:
        """What has come, at least a byte; nothing at the end. Raises OSError where it was broken off."""
        while not self._came:
            if self._failure is not None:
                raise self._failure
            if self._ended:
                return b""
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        held_up, came = len(self._came) >= HELD_UP, bytes(self._came)
        self._came.clear()
        if held_up and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        return came

    def close(self) -> None:
        """Closes it at once; nothing more is sent or read."""
        if self._transport is not None:
            self._transport.abort()

    async def secure(self, host: str, tls: ssl.SSLContext) -> None:
        """Goes on under TLS with this host."""
        assert self._transport is not None
        loop, plain = asyncio.get_running_loop(), self._transport
        secured = await loop.start_tls(plain, self, tls, server_hostname=host)
        self._transport = cast(asyncio.Transport, secured)


async def dial(origin: Origin, proxy: str = "", tls: ssl.SSLContext | None = None) -> Wire:
    """A connection to a host. proxy: the address of the proxy it leads through, from `proxy_for`.

    tls: what the host's certificate is checked with; None for whom the system trusts. Raises OSError, with ssl.SSLError
    among them.
    """
    if not proxy:
        return await reach(origin, await _addresses(origin), tls)
    try:
        way = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
        secure = way.scheme == "https"
        port = way.port or (443 if secure else 80)
    except ValueError:
        raise OSError("what names the proxy is no address") from None
    if way.scheme not in ("http", "https") or not way.hostname:
        raise OSError(f"only proxies that begin with http:// or https:// are used, and {way.scheme}:// was set")
    wire = await dial(Origin(secure, way.hostname, port))
    if not origin.secure:
        return wire
    led = False
    try:
        await _through(wire, origin, authorization(proxy))
        await wire.secure(origin.host, tls or trust())
        led = True
    finally:
        if not led:
            wire.close()
    return wire


async def reach(origin: Origin, addresses: Sequence[Address], tls: ssl.SSLContext | None = None) -> Wire:
    """A connection to one of these addresses, under the host's name; nothing is looked up. Raises as `dial`."""
    connected = await _first(addresses)
    secured, name = (tls or trust(), origin.host) if origin.secure else (None, None)
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(Wire, sock=connected, ssl=secured, server_hostname=name)
    return wire


async def _addresses(origin: Origin) -> list[Address]:
    return [(family, address) for family, _, _, _, address in await look_up(origin.host, origin.port)]


async def _first(addresses: Sequence[Address]) -> socket.socket:
    """A socket that is connected to one of a host's addresses: each is tried a little after the one before (RFC 8305).

    asyncio's own way of doing that loses sockets, connected, where it is cancelled (seen with Python 3.11).
    Raises OSError: what became of the first.
    """
    loop = asyncio.get_running_loop()
    left = [each for pair in zip_longest(*_by_family(addresses)) for each in pair if each is not None]
    tries: list[asyncio.Task[socket.socket]] = []
    taken: socket.socket | None = None
    try:
        while taken is None:
            if left:
                tries.append(loop.create_task(_connected(*left.pop(0))))
            going = [each for each in tries if not each.done()]
            if going:
                pause = SECOND_ADDRESS if left else None
                await asyncio.wait(going, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            good = [each for each in tries if each.done() and each.exception() is None]
            if good:
                taken = good[0].result()
            elif not left and all(each.done() for each in tries):
                tries[0].result()  # raises what it failed with
        return taken
    finally:
        for each in tries:
            if not each.done():
                each.cancel()
            elif each.exception() is None and each.result() is not taken:
                each.result().close()


async def _connected(family: int, address: tuple[object, ...]) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    connected = False
    try:
        one.setblocking(False)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(one, address)
        connected = True
        return one
    finally:
        if not connected:
            one.close()


def _by_family(addresses: Sequence[Address]) -> list[list[Address]]:
    """The addresses of each family, that of the first one before the other."""
    families = dict.fromkeys(family for family, _ in addresses)
    return [[each for each in addresses if each[0] == family] for family in families]


async def _through(wire: Wire, origin: Origin, authorized: str) -> None:
    """Has the proxy open a way to the host."""
    name = f"[{origin.host}]" if ":" in origin.host else origin.host
    lines = [f"CONNECT {name}:{origin.port} HTTP/1.1", f"Host: {name}:{origin.port}"]
    lines += [f"Proxy-Authorization: {authorized}"] if authorized else []
    wire.write("\r\n".join([*lines, "", ""]).encode("ascii"))
    head = b""
    while b"\r\n\r\n" not in head:
        came = await wire.read()
        head += came
        if not came or len(head) > PROXY_HEAD:
            raise ConnectionError("the proxy gives no answer")
    status = head.split(b"\r\n", 1)[0].decode("latin-1")
    if not status.startswith("HTTP/1.") or status[9:10] != "2":
        raise ConnectionError(f"the proxy says {status[:80]!r}")


def authorization(proxy: str) -> str:
    """What a proxy is told of who asks, from its address; empty where that names nobody."""
    way: SplitResult = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
    if way.username is None:
        return ""
    named = f"{unquote(way.username)}:{unquote(way.password or '')}"
    return f"Basic {base64.b64encode(named.encode()).decode()}"


def asked(origin: Origin, proxy: str, target: str) -> tuple[str, list[tuple[str, str]]]:
    """What is asked for, and headers beside: a proxy that is asked in clear is told the host, and who asks."""
    if not proxy or origin.secure:
        return target, []
    authorized = authorization(proxy)
    return f"http://{origin.authority}{target}", [("Proxy-Authorization", authorized)] if authorized else []


def proxy_for(origin: Origin) -> str:
    """The address of the proxy for a host, as HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY or the system say.

    Empty for this machine: a proxy on another could not reach it.
    """
    if is_here(origin.host):
        return ""
    named = any(name.lower().endswith("_proxy") and value for name, value in os.environ.items())
    if not named and sys.platform not in ("darwin", "win32"):
        return ""  # the module that knows takes a while to import
    from urllib.request import getproxies, proxy_bypass

    if proxy_bypass(f"{origin.host}:{origin.port}"):
        return ""
    proxies = getproxies()
    return proxies.get("https" if origin.secure else "http") or proxies.get("all", "")
