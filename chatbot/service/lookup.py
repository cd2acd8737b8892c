"""Addresses of hosts, looked up such that nobody waits for a lookup that gives no answer.

asyncio's own lookups run in a pool whose threads a program waits for as it ends: with a name server that is silent that
is half a minute in which neither an error nor Ctrl-C helps. Threads from here end with the program.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import Future

Found = list[tuple[int, int, int, str, tuple[object, ...]]]
"""As `socket.getaddrinfo` has it: family, type, protocol, canonical name, address."""


async def look_up(host: str, port: int) -> Found:
    """The addresses of a host for TCP. Cancelling it waits for nothing. Raises OSError."""
    found: Future[Found] = Future()
    found.set_running_or_notify_cancel()
    threading.Thread(target=_look_up, args=(host, port, found), name="lookup", daemon=True).start()
    return await asyncio.wrap_future(found)


def _look_up(host: str, port: int, found: Future[Found]) -> None:
    try:
        addresses: Found = [*socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        found.set_exception(error)
    except UnicodeError as error:  # a host whose labels are too long
        found.set_exception(OSError(f"no such host: {error}"))
    else:
        found.set_result(addresses)
