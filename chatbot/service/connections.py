"""Connections to model services that stay open for the next request, for each event loop its own.

A request takes the connection that was used last, or opens one; how many there are is for whoever paces the requests
to say. One that nobody has used for a while is closed, and so are all when their loop ends: none can change loops.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator

from chatbot.service.connection import Connection
from chatbot.service.wire import Origin, dial

IDLE_SECONDS = 5.0
"""How long an idle connection is kept: less than servers usually allow (Node's, at the least, five seconds)."""


class Connections:
    """Those of one event loop."""

    def __init__(self) -> None:
        self._idle: defaultdict[tuple[Origin, str], list[tuple[Connection, asyncio.TimerHandle]]] = defaultdict(list)
        self._open: set[Connection] = set()

    def __len__(self) -> int:
        """How many are open, in use or not."""
        return len(self._open)

    async def take(self, origin: Origin, proxy: str) -> Connection:
        """A connection for one request: the one that was used last, or a new one. Raises what `dial` raises."""
        idle = self._idle[origin, proxy]
        while idle:
            connection, timer = idle.pop()
            timer.cancel()
            if connection.is_free:
                return connection
            self.drop(connection)
        connection = Connection(await dial(origin, proxy))
        self._open.add(connection)
        return connection

    def give_back(self, origin: Origin, proxy: str, connection: Connection) -> None:
        """Takes a connection back, for the next request if it can serve one."""
        connection.done()
        if not connection.is_free:
            self.drop(connection)
            return
        idle = self._idle[origin, proxy]
        timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._expire, origin, proxy, connection)
        idle.append((connection, timer))

    def drop(self, connection: Connection) -> None:
        """Closes a connection."""
        self._open.discard(connection)
        connection.close()

    def close(self) -> None:
        """Closes all."""
        for idle in self._idle.values():
            for _, timer in idle:
                timer.cancel()
        for connection in list(self._open):
            self.drop(connection)
        self._idle.clear()

    def _expire(self, origin: Origin, proxy: str, connection: Connection) -> None:
        self._idle[origin, proxy] = [kept for kept in self._idle[origin, proxy] if kept[0] is not connection]
        self.drop(connection)


async def connections() -> Connections:
    """Those of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _KEPT:
        for other in [other for other in list(_KEPT) if other.is_closed()]:  # it ended without a word
            _KEPT.pop(other, None)
        keeping = _keep(loop)
        _KEPT[loop] = (Connections(), keeping)
        await anext(keeping)
    return _KEPT[loop][0]


async def _keep(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None, None]:
    """Waits for the loop's end: a loop that shuts down closes the asynchronous generators that began on it."""
    try:
        yield
    finally:
        _KEPT.pop(loop)[0].close()


_KEPT: dict[asyncio.AbstractEventLoop, tuple[Connections, AsyncGenerator[None, None]]] = {}
