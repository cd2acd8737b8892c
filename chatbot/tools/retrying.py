"""Which failures of a tool pass by themselves, and how long to wait before its call is made again.

A failure passes when the world has to change for it and not the call: nobody listens, the connection broke off, the
service is overloaded. Wrong values, missing files and refused permissions fail again, so they are the model's to read
at once. An exception may say it itself by an attribute `retryable`. Libraries are known by their names: none is
imported for it.
"""

from __future__ import annotations

import errno
import random
import socket
import sqlite3
from collections.abc import Iterator

ATTEMPTS = 3
"""Most times that a call is made."""

LONGEST_WAIT = 10.0
"""Seconds for which a service's Retry-After is heeded; one that wants longer is left alone."""

_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 529})

_ERRNOS = frozenset(
    {errno.EAGAIN, errno.EBUSY, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH, errno.ENETRESET, errno.ETIMEDOUT}
)

_LIBRARIES = frozenset({"aiohttp", "anyio", "grpc", "httpcore", "httpx", "httpx2", "openai", "requests", "urllib3"})

_NAMES = frozenset(
    {
        "APIConnectionError",
        "ClientConnectionError",
        "ConnectionError",
        "NetworkError",
        "ProtocolError",
        "RemoteProtocolError",
        "Timeout",
        "TimeoutError",
        "TimeoutException",
    }
)


def may_pass(error: BaseException) -> bool:
    """Whether the same call may succeed in a moment. What caused an error, by `raise … from`, speaks for it too."""
    return any(_passes(link) for link in _chain(error))


def pause(error: BaseException, made: int) -> float | None:
    """Seconds to wait after so many calls, or None where the service wants more than `LONGEST_WAIT`.

    As long as the service says, else about a quarter of a second, then half of one: jittered, so that calls that failed
    together do not come back together.
    """
    told = next(filter(None, map(_retry_after, _chain(error))), "")
    if told.replace(".", "", 1).isdigit():
        return float(told) if float(told) <= LONGEST_WAIT else None
    return random.uniform(0.125, 0.25) * (1 << made)


def _passes(error: BaseException) -> bool:
    said = getattr(error, "retryable", None)
    if isinstance(said, bool):
        return said
    if (status := _status(error)) is not None:
        return status in _STATUSES
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    if isinstance(error, ConnectionError | TimeoutError | BlockingIOError | InterruptedError):
        return True
    if isinstance(error, OSError) and error.errno in _ERRNOS:
        return True
    kinds = type(error).mro()
    return any(kind.__name__ in _NAMES and kind.__module__.partition(".")[0] in _LIBRARIES for kind in kinds)


def _status(error: BaseException) -> int | None:
    """The HTTP status that an error of a client library carries."""
    response = getattr(error, "response", None)
    for holder, name in ((error, "status_code"), (response, "status_code"), (error, "code"), (error, "status")):
        status = getattr(holder, name, None)
        if isinstance(status, int) and 100 <= status < 600:
            return status
    return None


def _retry_after(error: BaseException) -> str:
    for holder in (error, getattr(error, "response", None)):
        headers = getattr(holder, "headers", None)
        if headers is not None and hasattr(headers, "get"):
            return str(headers.get("Retry-After") or headers.get("retry-after") or "").strip()
    return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: object = error
    seen: set[int] = set()
    while isinstance(link, BaseException) and id(link) not in seen:
        seen.add(id(link))
        yield link
        reason = getattr(link, "reason", None)  # urllib's URLError wraps what happened
        link = reason if isinstance(reason, BaseException) else link.__cause__
