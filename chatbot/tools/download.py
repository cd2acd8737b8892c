"""A page from the web, in bounded size and time, through the guard.

In: a URL. Out: what the last of its redirects answers, as bytes. Each redirect is asked for like a URL of its own.
Refuses what is not text, what is too large once decompressed, and servers that take too long, however they do it.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import httpx2

from chatbot.errors import ToolError
from chatbot.tools.web_guard import GuardedTransport, WebGuard

MAX_BYTES = 5_000_000
"""Of a page, compressed as well as not: most are below a tenth of that."""

MAX_REDIRECTS = 5
"""As many as a shortened link to a moved page in the reader's language needs."""

SECONDS = 20.0
"""For everything: looking the host up, redirects, and the last byte. Below the time that a tool has."""

CONNECT_SECONDS = 5.0
"""For each address of a host."""

_HEADERS = {
    "User-Agent": "chatbot",
    "Accept": "text/html, text/plain, text/*;q=0.9, application/json;q=0.9, application/xml;q=0.8",
    "Accept-Encoding": "gzip, deflate",
}

_TEXT = ("application/json", "application/xml", "application/xhtml+xml", "application/javascript", "application/yaml")
"""Content types that are text besides text/* and what ends in +json or +xml."""


_WBITS = zlib.MAX_WBITS | 32
"""gzip or zlib, whichever it is."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a URL led to."""

    url: str
    """The last of the redirects."""
    kind: str
    """Content type, small letters, without parameters; empty where the server says none."""
    charset: str
    """Encoding that the server says; empty where it says none."""
    data: bytes


async def download(
    url: str,
    guard: WebGuard,
    *,
    seconds: float = SECONDS,
    max_bytes: int = MAX_BYTES,
    tls: ssl.SSLContext | None = None,
) -> Page:
    """The page at a URL. Raises ToolError, in one line, for whatever keeps it from being read.

    tls: what certificates are checked with; None for those that the system trusts.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _followed(guard.check(url), guard, max_bytes, tls)
    except TimeoutError:
        raise ToolError(f"the page did not come within {seconds:g} s") from None
    except httpx2.ConnectTimeout as error:
        raise ToolError(f"the server cannot be reached within {CONNECT_SECONDS:g} s") from error
    except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, zlib.error, OSError) as error:
        raise broken(error) from error


def broken(error: Exception) -> ToolError:
    """What is said of a connection that failed, in one line and without what the server sent."""
    if isinstance(error, httpx2.ConnectError):
        if isinstance(_root(error), ssl.SSLError):
            return ToolError("the server's certificate cannot be trusted, or its TLS is broken")
        return ToolError("the server cannot be reached")
    return ToolError(f"the server broke off or spoke no HTTP ({type(error).__name__})")


def refused(response: httpx2.Response, who: str = "the server") -> ToolError:
    """What is said of an answer that is none, with its status as the cause, by which it may be asked for again."""
    said = ToolError(f"{who} answered {response.status_code} {response.reason_phrase}".rstrip())
    said.__cause__ = httpx2.HTTPStatusError(str(said), request=response.request, response=response)
    return said


async def _followed(url: httpx2.URL, guard: WebGuard, max_bytes: int, tls: ssl.SSLContext | None) -> Page:
    transport = GuardedTransport(guard, tls)
    limits = httpx2.Timeout(None, connect=CONNECT_SECONDS)  # the time for everything is its caller's
    async with httpx2.AsyncClient(transport=transport, trust_env=False, timeout=limits, headers=_HEADERS) as client:
        for _ in range(MAX_REDIRECTS + 1):
            async with client.stream("GET", url) as response:
                if not response.has_redirect_location:
                    return await _page(response, str(url), max_bytes)
                url = guard.check(str(url.join(response.headers["Location"])))
    raise ToolError(f"the page leads on more than {MAX_REDIRECTS} times")


async def _page(response: httpx2.Response, url: str, max_bytes: int) -> Page:
    if not response.is_success:
        raise refused(response)
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind and not (kind.startswith("text/") or kind in _TEXT or kind.endswith(("+json", "+xml"))):
        raise ToolError(f"the page is {kind[:60]!r}; only text is read")
    return Page(url, kind, response.charset_encoding or "", await body(response, max_bytes))


async def body(response: httpx2.Response, max_bytes: int) -> bytes:
    """The body, decompressed. Raises ToolError where it is too large, and what `broken` speaks of."""
    data = bytearray()
    async with aclosing(_decompressed(response, max_bytes)) as pieces:
        async for piece in pieces:
            data += piece
            if len(data) > max_bytes:
                raise ToolError(f"the page is larger than {max_bytes / 1_000_000:g} MB")
    return bytes(data)


async def _decompressed(response: httpx2.Response, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body in pieces of bounded size. Raises ToolError for a compression that was not asked for."""
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", "deflate"):
        raise ToolError(f"the page is compressed in an unknown way ({coding[:40]!r})")
    unzip = None if coding == "identity" else zlib.decompressobj(_WBITS)
    received = 0
    async for raw in response.aiter_raw():
        received += len(raw)
        if received > max_bytes:
            raise ToolError(f"the page is larger than {max_bytes / 1_000_000:g} MB")
        if unzip is None:
            yield raw
            continue
        while raw:
            if unzip.eof:  # what is compressed may come in several parts
                unzip = zlib.decompressobj(_WBITS)
            yield unzip.decompress(raw, max_length=65_536)
            raw = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
    if unzip is not None and received and not unzip.eof:
        raise zlib.error("it ends early")


def _root(error: BaseException) -> BaseException:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return error
