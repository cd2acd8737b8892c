"""One HTTP/1.1 connection: h11 says what its bytes mean, a `Wire` moves them. One request at a time; no bounds in time.

A head is bounded in its size and in how many fields it has, so that a server cannot fill the memory with either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import h11

from chatbot.service.wire import Wire

HEAD_LIMIT = 1 << 16
"""Bytes of status line and header fields; servers commonly allow 8 to 32 KB for those of a request."""

FIELDS_LIMIT = 200
"""Header fields of a response; a hosted service sends about thirty."""


Event = h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]


class Gibberish(Exception):
    """What the server sent is not HTTP/1.1, or has a head beyond all bounds."""


class BrokenOff(ConnectionError):
    """The connection ended before the response did."""


@dataclass(frozen=True, slots=True)
class Head:
    """How a response begins."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name; of a name that came twice the first value holds."""
    reason: str = ""
    """What stands beside the status, which no program needs."""


class Connection:
    """A connection to one host, used for one request after another."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)
        self._ended = False
        """The server will send nothing more."""
        self._whole = False
        """All of the body has been read."""
        self._failure: Exception | None = None

    def send(self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        """Sends a request, whole. Raises ValueError where a header holds what no header can."""
        try:
            head = self._http.send(h11.Request(method=method, target=target, headers=list(headers)))
        except (h11.LocalProtocolError, UnicodeEncodeError) as error:
            raise ValueError(str(error)) from error
        content = self._http.send(h11.Data(data=body)) if body else b""
        end = self._http.send(h11.EndOfMessage())
        self._wire.write(b"".join((head or b"", content or b"", end or b"")))

    async def head(self) -> Head:
        """The head of the response. Raises OSError and Gibberish."""
        while True:
            event = await self._event()
            if isinstance(event, h11.Response):
                break
        if len(event.headers) > FIELDS_LIMIT:
            raise Gibberish(f"a response with {len(event.headers)} header fields")
        if sum(len(name) + len(value) for name, value in event.headers) > HEAD_LIMIT:
            raise Gibberish(f"a response whose head is longer than {HEAD_LIMIT >> 10} KB")
        headers: dict[str, str] = {}
        for name, value in event.headers:
            headers.setdefault(name.decode("latin-1"), value.decode("latin-1"))
        return Head(event.status_code, headers, event.reason.decode("latin-1"))

    async def piece(self) -> bytes:
        """What has come of the body, at least a byte; nothing at its end. Raises OSError and Gibberish."""
        pieces: list[bytes] = []
        event = await self._event()
        while isinstance(event, h11.Data):
            pieces.append(bytes(event.data))
            try:
                event = self._next()
            except (OSError, Gibberish) as error:
                self._failure = error  # what came before it counts
                break
        self._whole = self._whole or isinstance(event, h11.EndOfMessage)
        return b"".join(pieces)

    @property
    def is_free(self) -> bool:
        """Whether it can take another request: the last response has ended, and the server keeps the connection."""
        return self._http.states == {h11.CLIENT: h11.IDLE, h11.SERVER: h11.IDLE} and self._wire.is_quiet

    def done(self) -> None:
        """Ends an exchange: the connection can be used again, or is closed where anything is left of it."""
        if self._http.states == {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE} and not self._http.trailing_data[0]:
            self._http.start_next_cycle()
            self._whole = False
        if not self.is_free:
            self.close()

    def close(self) -> None:
        """Closes it at once."""
        self._wire.close()

    async def _event(self) -> Event:
        if self._failure is not None:
            raise self._failure
        while not self._whole:
            if (event := self._next()) is not h11.NEED_DATA:
                return event
            came = await self._wire.read()
            self._ended = not came
            self._http.receive_data(came)
        return h11.EndOfMessage()

    def _next(self) -> Event:
        try:
            event: Event = self._http.next_event()
        except h11.RemoteProtocolError as error:
            if self._ended:
                raise BrokenOff(str(error)) from error
            raise Gibberish(str(error)) from error
        if isinstance(event, h11.ConnectionClosed):
            raise BrokenOff("it ended without a response")
        return event
