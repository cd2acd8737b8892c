"""Connections are used again, never two requests on one, and not after anything was left unread on them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from chat_server import DONE, SILENT, ChatServer, Scene, says, streams

from chatbot.service import connections as kept
from chatbot.service.connections import connections
from chatbot.service.endpoints import Endpoint
from chatbot.service.exchange import Clocks, Response, exchange

Start = Callable[..., ChatServer]


async def open_response(server: ChatServer) -> Response:
    deadline = asyncio.get_running_loop().time() + 20
    return await exchange(Endpoint(server.url), "POST", "/chat", b"{}", clocks=Clocks(20.0), deadline=deadline)


async def ask(server: ChatServer) -> bytes:
    response = await open_response(server)
    try:
        return await response.whole()
    finally:
        response.close()


async def none_kept() -> None:
    """Returns once no connection is kept, long before one that stays unused would be closed."""
    async with asyncio.timeout(kept.IDLE_SECONDS / 2):
        while len(await connections()):
            await asyncio.sleep(0.005)


def test_a_connection_is_used_again(chat_server: Start) -> None:
    server = chat_server(says("4"))

    async def five() -> None:
        for _ in range(5):
            assert DONE in await ask(server)

    asyncio.run(five())
    assert (len(server.requests), server.connections) == (5, 1)


def test_requests_at_once_have_connections_of_their_own(chat_server: Start) -> None:
    server = chat_server(says("4", pause=0.02))

    async def many() -> None:
        for _ in range(3):
            assert len(await asyncio.gather(*(ask(server) for _ in range(150)))) == 150

    asyncio.run(many())
    assert (len(server.requests), server.connections) == (450, 150)


@pytest.mark.parametrize("scene", [says("4", end="close"), Scene(says("4").steps, headers={"Connection": "close"})])
def test_a_connection_that_the_server_closes_is_not_used_again(chat_server: Start, scene: Scene) -> None:
    server = chat_server(scene)

    async def three() -> None:
        for _ in range(3):
            assert DONE in await ask(server)
            await none_kept()

    asyncio.run(three())
    assert len(server.requests) == 3


SURPLUS = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n4"


@pytest.mark.parametrize("steps", [(SURPLUS + SURPLUS,), (SURPLUS, 0.05, SURPLUS)], ids=["with it", "after it"])
def test_a_response_that_nobody_asked_for_answers_no_later_request(
    chat_server: Start, steps: tuple[bytes | float, ...]
) -> None:
    server = chat_server(Scene(head=steps, end="hang"), Scene(head=(SURPLUS.replace(b"4", b"5"),), end="hang"))

    async def twice() -> list[bytes]:
        first = await ask(server)
        await asyncio.sleep(0.6)
        return [first, await ask(server)]

    assert asyncio.run(twice()) == [b"4", b"5"]
    assert server.connections == 2


def test_a_connection_with_something_unread_is_closed(chat_server: Start) -> None:
    server = chat_server(streams(b"data: 1\n\n", 30.0), says("4"))

    async def twice() -> None:
        response = await open_response(server)
        assert await anext(response.pieces()) == b"data: 1\n\n"
        response.close()
        assert await asyncio.to_thread(server.left)
        assert DONE in await ask(server)
        assert len(await connections()) == 1

    asyncio.run(twice())
    assert server.connections == 2


def test_a_request_that_is_cancelled_leaves_no_connection(chat_server: Start) -> None:
    server = chat_server(SILENT, says("4"))

    async def cancelled() -> None:
        task = asyncio.ensure_future(ask(server))
        while not server.requests:
            await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert len(await connections()) == 0
        assert await asyncio.to_thread(server.left)
        assert DONE in await ask(server)

    asyncio.run(cancelled())


def test_a_connection_that_nobody_uses_is_closed_in_time(chat_server: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "IDLE_SECONDS", 0.5)
    server = chat_server(says("4"))

    async def once() -> None:
        await ask(server)
        assert len(await connections()) == 1
        while len(await connections()):
            await asyncio.sleep(0.01)
        assert DONE in await ask(server)

    asyncio.run(once())
    assert server.connections == 2


def test_one_that_is_closed_in_time_takes_no_other_with_it(chat_server: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server = chat_server(says("4"))

    async def thrice() -> None:
        first, second = await open_response(server), await open_response(server)
        for response, seconds in ((first, 0.05), (second, 30.0)):
            await response.whole()
            monkeypatch.setattr(kept, "IDLE_SECONDS", seconds)
            response.close()
        while len(await connections()) > 1:
            await asyncio.sleep(0.01)
        assert DONE in await ask(server)

    asyncio.run(thrice())
    assert server.connections == 2


def test_each_loop_has_connections_of_its_own(chat_server: Start) -> None:
    server = chat_server(says("4"))
    asked, done = threading.Event(), threading.Event()

    async def asks_and_stays() -> None:
        await ask(server)
        asked.set()
        await asyncio.to_thread(done.wait)

    other = threading.Thread(target=lambda: asyncio.run(asks_and_stays()))
    other.start()
    try:
        assert asked.wait(60.0)
        assert DONE in asyncio.run(ask(server))
        assert server.connections == 2
    finally:
        done.set()
        other.join()


def test_all_are_closed_with_their_loop(chat_server: Start) -> None:
    server = chat_server(says("4"))

    async def ten() -> None:
        await asyncio.gather(*(ask(server) for _ in range(10)))

    asyncio.run(ten())
    for _ in range(6_000):
        if not server._tasks:
            break
        asyncio.run(asyncio.sleep(0.01))
    assert not server._tasks
