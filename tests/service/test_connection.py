"""What is said over one connection: requests as HTTP has them, and responses that are believed within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from chatbot.service.connection import FIELDS_LIMIT, HEAD_LIMIT, BrokenOff, Connection, Gibberish, Head
from chatbot.service.wire import Origin, dial

GET = [("Host", "here")]


def said(answer: bytes, ask: Callable[[Connection], Awaitable[None]], *, times: int = 1, ends: bool = False) -> bytes:
    """What a server heard that answers with these bytes, so many times, and ends then, if it does."""
    heard = bytearray()
    served: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())  # type: ignore[arg-type]
        try:
            for _ in range(times):
                heard.extend(await reader.read(1 << 16))
                writer.write(answer)
            if ends:
                await writer.drain()
                writer.write_eof()
            heard.extend(await reader.read())
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    async def both() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        connection = Connection(await dial(Origin(False, "127.0.0.1", server.sockets[0].getsockname()[1])))
        try:
            async with asyncio.timeout(60.0):
                await ask(connection)
        finally:
            connection.close()
            server.close()
            await asyncio.gather(*served)

    asyncio.run(both())
    return bytes(heard)


async def whole(connection: Connection) -> bytes:
    pieces = []
    while piece := await connection.piece():
        pieces.append(piece)
    return b"".join(pieces)


def test_a_request_is_sent_as_it_is_and_its_response_is_read() -> None:
    async def ask(connection: Connection) -> None:
        connection.send("GET", "/models", GET, b"")
        assert await connection.head() == Head(201, {"content-length": "3", "x-a": "ä"}, "Fine by me")
        assert await whole(connection) == b"abc"
        connection.done()
        assert connection.is_free

    answer = "HTTP/1.1 201 Fine by me\r\nContent-Length: 3\r\nX-A: ä\r\nx-a: b\r\n\r\nabc".encode("latin-1")
    assert said(answer, ask) == b"GET /models HTTP/1.1\r\nHost: here\r\n\r\n"


def test_a_body_goes_with_its_head() -> None:
    async def ask(connection: Connection) -> None:
        connection.send("POST", "/chat", [*GET, ("Content-Length", "2")], b"{}")
        await connection.head()

    heard = said(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ask)
    assert heard == b"POST /chat HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(("name", "value", "reason"), [("X A", "b", "header name"), ("X-A", "a\nb", "header value")])
def test_what_no_header_can_hold_is_not_sent(name: str, value: str, reason: str) -> None:
    async def ask(connection: Connection) -> None:
        with pytest.raises(ValueError, match=reason):
            connection.send("GET", "/", [*GET, (name, value)], b"")

    assert said(b"", ask) == b""


@pytest.mark.parametrize(
    ("fields", "size", "said_of"),
    [
        (FIELDS_LIMIT, 10, ""),
        (FIELDS_LIMIT + 1, 10, f"{FIELDS_LIMIT + 1} header fields"),
        (3, 20_000, ""),
        (2, 40_000, "longer than 64 KB"),
        (1, 2 * HEAD_LIMIT, "."),
    ],
)
def test_a_head_is_believed_within_bounds(fields: int, size: int, said_of: str) -> None:
    lines = "".join(f"X-{number}: {'a' * size}\r\n" for number in range(fields))

    async def ask(connection: Connection) -> None:
        connection.send("GET", "/", GET, b"")
        if not said_of:
            assert len((await connection.head()).headers) == fields
            return
        with pytest.raises(Gibberish, match=said_of):
            await connection.head()

    said(f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode(), ask)


CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"


@pytest.mark.parametrize(
    ("rest", "ends", "kind"),
    [(b"no chunk\r\n", False, Gibberish), (b"5\r\nab", True, BrokenOff), (b"", True, BrokenOff)],
)
def test_what_came_before_a_body_broke_counts_and_then_the_break_is_told(
    rest: bytes, ends: bool, kind: type[Exception]
) -> None:
    async def ask(connection: Connection) -> None:
        connection.send("GET", "/", GET, b"")
        await connection.head()
        await asyncio.sleep(0.05)
        came = await connection.piece()
        assert came.startswith(b"abc")
        for _ in range(2):  # it stays so
            with pytest.raises(kind) as caught:
                await whole(connection)
            assert str(caught.value) not in ("", "None")
        connection.done()
        assert not connection.is_free

    said(CHUNK + rest, ask, ends=ends)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200"])
def test_a_connection_that_ends_without_a_response_was_broken_off(answer: bytes) -> None:
    async def ask(connection: Connection) -> None:
        connection.send("GET", "/", GET, b"")
        with pytest.raises(BrokenOff) as caught:
            await connection.head()
        assert str(caught.value) not in ("", "None")

    said(answer, ask, ends=True)


def test_a_second_request_has_a_body_of_its_own() -> None:
    async def ask(connection: Connection) -> None:
        for _ in range(2):
            connection.send("GET", "/", GET, b"")
            await connection.head()
            assert await whole(connection) == b"abc"
            connection.done()
            await asyncio.sleep(0)

    said(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", ask, times=2)
