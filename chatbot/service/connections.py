"""Connections to endpoints that stay open for the next request: the transport below the openai client.

httpx's own pool looks at all of its connections for every request, and again when it is over: with hundreds of requests
in flight that is the largest part of what a call costs this program. Here a request takes the connection that was used
last, or opens one; how many there are is for whoever paces the requests to say. What is spoken on a connection is
httpcore's business, as in httpx itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, cast

import httpcore2
import httpx2

if TYPE_CHECKING:
    from httpcore2 import AsyncConnectionInterface

IDLE_SECONDS = 5.0
"""How long an idle connection is kept: httpx's own default, below what servers usually allow."""

Origin = tuple[bytes, bytes, int]
"""Scheme, host and port."""

_PORTS = {b"http": 80, b"https": 443}


class Connections(httpx2.AsyncBaseTransport):
    """The transport; for one event loop, and for endpoints that are reached without a proxy."""

    def __init__(self) -> None:
        self._idle: defaultdict[Origin, list[AsyncConnectionInterface]] = defaultdict(list)
        self._used: set[AsyncConnectionInterface] = set()
        self._secure: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends a request and reads the head of the response. Raises what httpx's own transport raises."""
        url = request.url
        origin = (url.raw_scheme, url.raw_host, url.port or _PORTS[url.raw_scheme])
        target = httpcore2.URL(scheme=origin[0], host=origin[1], port=origin[2], target=url.raw_path)
        asked = httpcore2.Request(
            request.method,
            target,
            headers=request.headers.raw,
            content=cast("AsyncIterator[bytes]", request.stream),
            extensions=request.extensions,
        )
        connection = await self._take(origin)
        response = None
        try:
            with _as_httpx():
                response = await connection.handle_async_request(asked)
        finally:
            if response is None:  # it failed or was cancelled, and the connection has closed itself
                self._used.discard(connection)
        body = _Body(self, origin, connection, response)
        return httpx2.Response(
            response.status, headers=response.headers, stream=body, extensions=response.extensions, request=request
        )

    def give_back(self, origin: Origin, connection: AsyncConnectionInterface) -> None:
        """Takes a connection back whose response is over: for the next request, unless it has been closed."""
        self._used.discard(connection)
        if connection.is_available():
            self._idle[origin].append(connection)

    async def aclose(self) -> None:
        """Closes all connections."""
        connections = [*self._used, *(each for idle in self._idle.values() for each in idle)]
        self._used.clear()
        self._idle.clear()
        cancelled: asyncio.CancelledError | None = None
        for connection in connections:
            try:
                await connection.aclose()
            except asyncio.CancelledError as error:  # the loop is ending, and the others are to be closed all the same
                cancelled = error
        if cancelled is not None:
            raise cancelled

    async def _take(self, origin: Origin) -> AsyncConnectionInterface:
        """The connection that was used last, or a new one."""
        idle = self._idle[origin]
        while idle:
            connection = idle.pop()
            if not connection.has_expired():
                self._used.add(connection)
                return connection
            await connection.aclose()
        if origin[0] == b"https" and self._secure is None:
            self._secure = httpx2.create_ssl_context()
        connection = httpcore2.AsyncHTTPConnection(
            httpcore2.Origin(*origin), ssl_context=self._secure, keepalive_expiry=IDLE_SECONDS
        )
        self._used.add(connection)
        return connection


class _Body(httpx2.AsyncByteStream):
    """The body of a response; its end, or its closing, frees the connection."""

    def __init__(
        self, owner: Connections, origin: Origin, connection: AsyncConnectionInterface, response: httpcore2.Response
    ) -> None:
        self._owner, self._origin, self._connection, self._response = owner, origin, connection, response
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for piece in self._response.aiter_stream():
                yield piece

    async def aclose(self) -> None:
        """A connection whose response was read to its end serves again; another one closes itself."""
        if self._closed:
            return
        self._closed = True
        with _as_httpx():
            await self._response.aclose()
        self._owner.give_back(self._origin, self._connection)


@contextlib.contextmanager
def _as_httpx() -> Iterator[None]:
    """What httpcore raises as what httpx calls it: they have the same names."""
    try:
        yield
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        kind: type[httpx2.TransportError] = getattr(httpx2, type(error).__name__)
        raise kind(str(error)) from error
