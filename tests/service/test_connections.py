"""Connections are used again, never two requests on one, and not after anything was left unread on them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx2
import pytest
from chat_server import DONE, SILENT, ChatServer, Scene, says, streams

from chatbot.service.connections import Connections

Start = Callable[..., ChatServer]


def asking(server: ChatServer, work: Callable[[Callable[[], Awaitable[str]]], Awaitable[object]]) -> object:
    """What `work` comes to with a function that posts and reads the whole reply."""

    async def begin() -> object:
        async with httpx2.AsyncClient(transport=Connections()) as client:

            async def ask() -> str:
                async with client.stream("POST", f"{server.url}/chat", json={"messages": []}) as response:
                    return (await response.aread()).decode()

            return await work(ask)

    return asyncio.run(begin())


def test_a_connection_is_used_again(chat_server: Start) -> None:
    server = chat_server(says("4"))

    async def work(ask: Callable[[], Awaitable[str]]) -> None:
        for _ in range(5):
            assert DONE.decode() in await ask()

    asking(server, work)
    assert (len(server.requests), server.connections) == (5, 1)


def test_requests_at_once_have_connections_of_their_own(chat_server: Start) -> None:
    server = chat_server(says("4", pause=0.02))

    async def work(ask: Callable[[], Awaitable[str]]) -> None:
        for _ in range(3):
            assert len(await asyncio.gather(*(ask() for _ in range(150)))) == 150

    asking(server, work)
    assert (len(server.requests), server.connections) == (450, 150)


@pytest.mark.parametrize("scene", [says("4", end="close"), Scene(says("4").steps, headers={"Connection": "close"})])
def test_a_connection_that_the_server_closes_is_not_used_again(chat_server: Start, scene: Scene) -> None:
    server = chat_server(scene)

    async def work(ask: Callable[[], Awaitable[str]]) -> None:
        for _ in range(3):
            await ask()
            await asyncio.sleep(0.02)

    asking(server, work)
    assert len(server.requests) == 3


def test_a_connection_with_something_unread_is_closed(chat_server: Start) -> None:
    server = chat_server(streams(b"data: 1\n\n", 30.0), says("4"))

    async def begin() -> None:
        async with httpx2.AsyncClient(transport=Connections()) as client:
            async with client.stream("POST", f"{server.url}/chat", json={}) as response:
                assert await anext(response.aiter_bytes()) == b"data: 1\n\n"
            assert await asyncio.to_thread(server.left)
            async with client.stream("POST", f"{server.url}/chat", json={}) as response:
                assert DONE in await response.aread()

    asyncio.run(begin())
    assert server.connections == 2


def test_a_request_that_is_cancelled_leaves_no_connection(chat_server: Start) -> None:
    server = chat_server(SILENT, says("4"))

    async def work(ask: Callable[[], Awaitable[str]]) -> None:
        task = asyncio.ensure_future(ask())
        while not server.requests:
            await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await asyncio.to_thread(server.left)
        assert DONE.decode() in await ask()

    asking(server, work)


def test_all_is_closed_with_the_client(chat_server: Start) -> None:
    server = chat_server(says("4"))
    asking(server, lambda ask: asyncio.gather(*(ask() for _ in range(10))))
    for _ in range(500):
        if not server._tasks:
            break
        asyncio.run(asyncio.sleep(0.01))
    assert not server._tasks


def test_failures_have_the_names_that_httpx_gives_them(chat_server: Start) -> None:
    server = chat_server(Scene(head=(b"HTTP/1.1 200 OK\r\nnonsense\x00\r\n\r\n",)), Scene((b"x",), end="cut"))

    async def work(ask: Callable[[], Awaitable[str]]) -> None:
        with pytest.raises(httpx2.RemoteProtocolError):
            await ask()
        with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
            await ask()

    asking(server, work)
    with ChatServer() as gone:
        nowhere = gone.url

    async def refused() -> None:
        async with httpx2.AsyncClient(transport=Connections()) as client:
            with pytest.raises(httpx2.ConnectError):
                await client.post(f"{nowhere}/chat")

    asyncio.run(refused())
