"""A page from the web, in bounded size and time, through the guard.

In: a URL. Out: what the last of its redirects answers, as bytes. Each redirect is asked for like a URL of its own.
Refuses what is not text, what is too large once decompressed, and servers that take too long, however they do it.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

from chatbot.errors import ToolError
from chatbot.service.exchange import PACKED
from chatbot.tools.web_exchange import FAILURES, Answer, AnsweredNo, Question, broken, exchange
from chatbot.tools.web_guard import WebGuard
from chatbot.tools.web_url import WebUrl

MAX_BYTES = 5_000_000
"""Of a page, compressed as well as not: most are below a tenth of that."""

MAX_REDIRECTS = 5
"""As many as a shortened link to a moved page in the reader's language needs."""

SECONDS = 20.0
"""For everything: looking the host up, redirects, and the last byte. Below the time that a tool has."""

_HEADERS = {
    "Accept": "text/html, text/plain, text/*;q=0.9, application/json;q=0.9, application/xml;q=0.8",
    "Accept-Encoding": "gzip, deflate",
}

_TEXT = ("application/json", "application/xml", "application/xhtml+xml", "application/javascript", "application/yaml")
"""Content types that are text besides text/* and what ends in +json or +xml."""


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
    except FAILURES as error:
        raise broken(error) from error


async def _followed(url: WebUrl, guard: WebGuard, max_bytes: int, tls: ssl.SSLContext | None) -> Page:
    for _ in range(MAX_REDIRECTS + 1):
        async with exchange(guard.connect(url, tls), Question("GET", url, _HEADERS)) as answer:
            if not answer.leads_on:
                return await _page(answer, str(url), max_bytes)
            url = guard.check(url.led_to(answer.place))
    raise ToolError(f"the page leads on more than {MAX_REDIRECTS} times")


async def _page(answer: Answer, url: str, max_bytes: int) -> Page:
    if not answer.is_good:
        raise AnsweredNo(f"the server answered {answer.said}", answer.status, answer.headers)
    kind = answer.kind
    if kind and not (kind.startswith("text/") or kind in _TEXT or kind.endswith(("+json", "+xml"))):
        raise ToolError(f"the page is {kind[:60]!r}; only text is read")
    return Page(url, kind, answer.charset, await answer.body("the page", max_bytes, PACKED))
