"""One request to a model endpoint and its response, guarded: the only place from which anything is sent to a model.

Time is bounded by clocks, size by limits; nothing is sent in clear over a network that the user has not named for it,
and no redirect is followed, since prompt and key would go with it. What comes is kept as it came before anything reads
it. Failures are ModelErrors; those where nothing was sent say so by `billed`. Nothing is sent twice from here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import ssl
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from chatbot.errors import ModelError, ModelProtocolError, ModelRefused, ModelUnreachable
from chatbot.inflating import Inflating
from chatbot.raw_reply import RawReply
from chatbot.service.connection import Connection, Gibberish, Head
from chatbot.service.connections import Connections, connections
from chatbot.service.endpoints import Endpoint
from chatbot.service.wire import Origin, asked, proxy_for

REPLY_LIMIT = 16 << 20
"""Bytes of a whole reply, as it comes and unpacked: a hundred times the longest answer that models give."""

REFUSAL_LIMIT = 1 << 16
"""Bytes that are read of a refusal: its status counts, and its first words."""

PACKED = ("gzip", "x-gzip", "deflate")
"""Ways to compress that are undone, though none is asked for."""

USER_AGENT = "chatbot"

DRAIN_SECONDS = 0.1
"""Wait for the end of a body that has been read as far as it matters, so that its connection can be used again."""

REQUEST_IDS = ("x-request-id", "request-id", "apim-request-id", "x-amzn-requestid", "x-ms-request-id", "cf-ray")
"""Where services name a request: OpenAI and most others, Anthropic, Azure, Amazon, Azure again, Cloudflare."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """How long what may take, in seconds."""

    whole: float
    """From the request to the end of its reply, however slowly that drips."""
    connect: float = 5.0
    first: float | None = None
    """Until the response begins; None for as long as all may take: a server that loads its model says nothing."""
    between: float | None = None
    """Between two pieces of content (a comment, a ping or an empty delta is none); None for half of all."""

    @property
    def silence(self) -> float:
        """Longest pause within a reply."""
        return self.whole / 2 if self.between is None else self.between


class Response:
    """A response whose head has come; its body is read once. `close` frees its connection, or ends it."""

    def __init__(self, head: Head, way: _Way, clocks: Clocks, deadline: float) -> None:
        self.headers = head.headers
        self.raw = RawReply(head.status, _request_id(head.headers), key=way.endpoint.secret)
        self._way, self._clocks = way, clocks
        self._deadline = self._quiet_by = deadline
        self._coding = head.headers.get("content-encoding", "identity").strip().lower()
        self._inflating = Inflating() if self._coding in PACKED else None
        self._unpacked = 0

    @property
    def kind(self) -> str:
        """What the body is said to be: `text/event-stream`."""
        return self.headers.get("content-type", "").partition(",")[0].partition(";")[0].strip().lower()

    def heard(self) -> None:
        """Content has come: the next piece may take its time again."""
        self._quiet_by = asyncio.get_running_loop().time() + self._clocks.silence

    async def pieces(self, limit: int = REPLY_LIMIT) -> AsyncGenerator[bytes, None]:
        """The body as it comes, unpacked. Raises ModelError, and beyond the limit too."""
        while packed := await self._come():
            self._check(len(self.raw.body), limit)
            for piece in self._unpack(packed):
                self._unpacked += len(piece)
                self._check(self._unpacked, limit)
                yield piece

    async def whole(self, limit: int = REPLY_LIMIT) -> bytes:
        """The body. Raises ModelError."""
        async with aclosing(self.pieces(limit)) as pieces:
            return b"".join([piece async for piece in pieces])

    async def refusal(self) -> object:
        """What a refusal says, as JSON if it is, else as text. What of it does not come is left out: its status counts.

        Raises ModelUnreachable where it takes too long.
        """
        body = bytearray()
        with contextlib.suppress(ModelProtocolError, BrokenOffError):
            async with aclosing(self.pieces()) as pieces:
                async for piece in pieces:
                    body += piece
                    if len(body) > REFUSAL_LIMIT:
                        break
        text = body[:REFUSAL_LIMIT].decode("utf-8", "replace")
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text

    async def drain(self) -> None:
        """Waits a little for the end of a body of which nothing is needed any more; else its connection is closed."""
        with contextlib.suppress(OSError, Gibberish):  # a TimeoutError is an OSError
            async with asyncio.timeout(DRAIN_SECONDS):
                while rest := await self._way.connection.piece():
                    self.raw.body += rest[: REPLY_LIMIT - len(self.raw.body)]

    def close(self) -> None:
        """Ends the exchange; what has not come by now is not waited for."""
        self._way.free()

    async def _come(self) -> bytes:
        by = min(self._deadline, self._quiet_by)
        try:
            async with asyncio.timeout_at(by):
                packed = await self._way.connection.piece()
        except (OSError, Gibberish) as error:
            if isinstance(error, TimeoutError) and by < self._deadline:
                raise _late(self._way.endpoint, f"said nothing more for {self._clocks.silence:g} s") from error
            raise failure(self._way.endpoint, error, self._clocks) from error
        self.raw.body += packed
        return packed

    def _unpack(self, packed: bytes) -> Iterator[bytes]:
        if self._coding in ("identity", ""):
            yield packed
            return
        try:
            if self._inflating is None:
                raise ValueError(f"it compresses its replies in a way that nobody asked for ({self._coding[:40]!r})")
            yield from self._inflating.feed(packed)
        except ValueError as error:
            raise ModelProtocolError(str(error), hint="check the server, and what stands before it") from error

    def _check(self, size: int, limit: int) -> None:
        if size > limit:
            raise ModelProtocolError(f"the reply is longer than {limit >> 20} MB", hint="ask for less")


@dataclass(slots=True)
class _Way:
    """The connection of one exchange."""

    endpoint: Endpoint
    origin: Origin
    proxy: str
    kept: Connections
    connection: Connection
    freed: bool = False

    def free(self) -> None:
        if not self.freed:
            self.freed = True
            self.kept.give_back(self.origin, self.proxy, self.connection)


class BrokenOffError(ModelUnreachable):
    """The connection ended before the response did."""


async def exchange(
    endpoint: Endpoint, method: str, path: str, body: bytes = b"", *, clocks: Clocks, deadline: float
) -> Response:
    """Sends a request and waits for the head of its response, whatever the status. path: after the endpoint's own.

    deadline: of all of it, on the event loop's clock. Raises ModelError.
    """
    endpoint.check()
    way = await _way(endpoint, clocks, deadline)
    loop = asyncio.get_running_loop()
    first = deadline if clocks.first is None else min(deadline, loop.time() + clocks.first)
    response = None
    try:
        target = quote(urlsplit(endpoint.url).path, safe="/:@!$&'()*+,;=%~") + path
        target, told = asked(way.origin, way.proxy, target)
        way.connection.send(method, target, _headers(way, body) + told, body)
        async with asyncio.timeout_at(first):
            response = Response(await way.connection.head(), way, clocks, deadline)
    except ValueError as error:
        hint = f"check {endpoint.key_variable}" if endpoint.key else "check the address"
        raise ModelRefused(f"nothing can be sent to {endpoint.url}: {error}", hint=hint) from error
    except (OSError, Gibberish) as error:
        if isinstance(error, TimeoutError) and first < deadline:
            raise _late(endpoint, f"did not begin to answer within {clocks.first:g} s") from error
        raise failure(endpoint, error, clocks) from error
    finally:
        if response is None:  # it failed, or was cancelled
            way.kept.drop(way.connection)
    return response


async def _way(endpoint: Endpoint, clocks: Clocks, deadline: float) -> _Way:
    parts = urlsplit(endpoint.url)
    secure = parts.scheme == "https"
    try:
        host = endpoint.host if endpoint.host.isascii() else endpoint.host.encode("idna").decode()
    except UnicodeError as error:
        raise unreachable(endpoint, f"no such host ({error})") from error
    origin = Origin(secure, host, parts.port or (443 if secure else 80))
    proxy = proxy_for(origin)
    kept = await connections()
    try:
        async with asyncio.timeout_at(min(deadline, asyncio.get_running_loop().time() + clocks.connect)):
            connection = await kept.take(origin, proxy)
    except OSError as error:
        timed_out = isinstance(error, TimeoutError)
        reason = f"no connection within {clocks.connect:g} s" if timed_out else _reason(error)
        raise unreachable(endpoint, reason) from error
    return _Way(endpoint, origin, proxy, kept, connection)


def unreachable(endpoint: Endpoint, reason: str) -> ModelUnreachable:
    """The error where no connection came about, so that nothing was sent."""
    hint = "is the server running?" if endpoint.on_this_machine else "check the address and the network"
    hint = f"start it with `{endpoint.start}`" if endpoint.start else hint
    error = ModelUnreachable(f"{endpoint.url} cannot be reached: {reason}", hint=hint)
    error.billed = False
    return error


def failure(endpoint: Endpoint, error: OSError | Gibberish, clocks: Clocks) -> ModelError:
    """What became of a request that was sent, and may have been worked on."""
    if isinstance(error, Gibberish):
        said = f"{endpoint.url} does not speak HTTP as it should: {error}"
        return ModelProtocolError(said, hint="check the address, and whether it begins with http or https")
    if isinstance(error, TimeoutError):
        return _late(endpoint, f"gave no whole reply within {clocks.whole:g} s")
    return BrokenOffError(f"{endpoint.url} broke the connection off before its reply was whole", hint="try again")


def _late(endpoint: Endpoint, what: str) -> ModelUnreachable:
    return ModelUnreachable(f"{endpoint.url} {what}", hint="allow more time")


def _reason(error: OSError) -> str:
    """Why no connection came about, in words."""
    match error:
        case socket.gaierror():
            return "no such host"
        case ssl.SSLError():
            return f"the secure connection fails ({getattr(error, 'verify_message', '') or error.reason or error})"
        case ConnectionRefusedError():
            return "nothing listens there"
    return str(error) or type(error).__name__


def _headers(way: _Way, body: bytes) -> list[tuple[str, str]]:
    headers = [("Host", way.origin.authority), ("Accept", "application/json"), ("User-Agent", USER_AGENT)]
    headers.append(("Accept-Encoding", "identity"))  # a small reply cannot unpack to a huge one
    if way.endpoint.authorization:
        headers.append(("Authorization", way.endpoint.authorization))
    headers += way.endpoint.headers
    if body:
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    return headers


def _request_id(headers: Mapping[str, str]) -> str:
    """What the service calls the request; only what a line of text can hold."""
    named = next((headers[name] for name in REQUEST_IDS if headers.get(name)), "")
    return named if re.fullmatch(r"[!-~]{1,128}", named) else ""
