"""Sends a request to a service and reads its answer, within limits of time and size.

In: a request and the secrets that go with it. Out: the answer's text. An error status is an error that the model reads,
with what the service says of it. Redirects are followed only where they ask again for something to read, and only to
the same server: elsewhere the secrets and the arguments would go to somebody whom nobody chose. Secrets that an answer
repeats are masked.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from chatbot.errors import ToolError
from chatbot.tools.openapi.request import Request

if TYPE_CHECKING:
    import httpx2

MAX_BYTES = 2_000_000
"""Of an answer: a hundred times what a model is shown of it."""

MAX_SAID = 2_000
"""Characters of what a service says of an error."""

MAX_REDIRECTS = 3

CONNECT_SECONDS = 5.0

_SAFE = ("GET", "HEAD", "OPTIONS")


class AnsweredNo(ToolError):
    """The service answered with an error status."""

    def __init__(self, message: str, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(message)
        self.status_code = status
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Secret:
    """A key that goes with a request: where it is kept, and where it is put."""

    variable: str
    """The environment variable that holds it when a call is made."""
    place: str = "header"
    """Where it goes: header, query or cookie."""
    name: str = "Authorization"
    """Of the header, the query's parameter, or the cookie."""
    kind: str = ""
    """How it is written: "bearer", "basic" (the variable holds `user:password`), or as it is."""

    def value(self) -> str:
        """What is kept. Raises ToolError where nothing is."""
        value = os.environ.get(self.variable, "").strip()
        if not value:
            raise ToolError(f"the environment variable {self.variable} is not set", hint="tell the user")
        if not value.isascii() or not value.isprintable():
            raise ToolError(f"the environment variable {self.variable} holds no key", hint="tell the user")
        return value


@dataclass(frozen=True, slots=True)
class Service:
    """How a service is asked."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent with every request."""
    seconds: float = 30.0
    """For everything, until the last byte."""
    max_bytes: int = MAX_BYTES
    tls: ssl.SSLContext | None = None
    """What certificates are checked with; None for those that the system trusts."""


async def ask(request: Request, secrets: Sequence[Secret], service: Service) -> str:
    """What the service answers. Raises ToolError, in words for a model, for whatever goes wrong."""
    import httpx2

    keys = [secret.value() for secret in secrets]
    request = with_secrets(replace(request, headers={**request.headers, **service.headers}), secrets)
    try:
        async with asyncio.timeout(service.seconds):
            said = await _followed(request, service)
    except TimeoutError as error:
        raise ToolError(f"the service did not answer within {service.seconds:g} s") from error
    except AnsweredNo as error:
        raise AnsweredNo(_masked(error.message, keys), error.status_code, error.headers) from None
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        raise ToolError(f"the service at {urlsplit(request.url).netloc} cannot be reached") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, UnicodeError) as error:
        raise ToolError(f"the service broke off or spoke no HTTP ({type(error).__name__})") from error
    return _masked(said, keys)


def with_secrets(request: Request, secrets: Sequence[Secret]) -> Request:
    """The request with its secrets in their places. Raises ToolError where one is not set."""
    for secret in secrets:
        value = secret.value()
        match secret.kind:
            case "bearer":
                value = f"Bearer {value}"
            case "basic":
                value = f"Basic {base64.b64encode(value.encode()).decode()}"
        if secret.place == "query":
            sign = "&" if "?" in request.url else "?"
            pair = f"{quote(secret.name, safe='')}={quote(value, safe='')}"
            request = replace(request, url=f"{request.url}{sign}{pair}")
        elif secret.place == "cookie":
            before = request.headers.get("Cookie", "")
            pair = f"{secret.name}={quote(value, safe='')}"
            request = replace(request, headers={**request.headers, "Cookie": f"{before}; {pair}".lstrip("; ")})
        else:
            request = replace(request, headers={**request.headers, secret.name: value})
    return request


def _masked(text: str, keys: Sequence[str]) -> str:
    for key in keys:
        for form in (key, base64.b64encode(key.encode()).decode(), quote(key, safe="")):
            text = text.replace(form, "[secret]")
    return text


async def _followed(request: Request, service: Service) -> str:
    import httpx2

    limits = httpx2.Timeout(None, connect=CONNECT_SECONDS)  # the time for everything is the caller's
    verify = service.tls or _trusted()
    headers = {"User-Agent": "chatbot", "Accept-Encoding": "identity", **request.headers}
    async with httpx2.AsyncClient(timeout=limits, verify=verify, follow_redirects=False) as client:
        for _ in range(MAX_REDIRECTS + 1):
            content = request.content
            async with client.stream(request.method, request.url, headers=headers, content=content) as response:
                if not response.has_redirect_location:
                    return await _answer(request, response, service)
                request = replace(request, url=_next(request, response))
    raise ToolError(f"the service leads on more than {MAX_REDIRECTS} times")


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that the system trusts: reading them takes a fifth of a second."""
    import httpx2

    return httpx2.create_ssl_context()


def _next(request: Request, response: httpx2.Response) -> str:
    """Where a redirect leads. Raises ToolError where it is not followed."""
    target = urljoin(request.url, response.headers["Location"])
    asked = f"{request.method} was answered {response.status_code}, which leads to {_shown(target)}"
    if request.method not in _SAFE:
        raise ToolError(f"{asked}; only requests that read are sent on")
    if urlsplit(target)[:2] != urlsplit(request.url)[:2]:
        raise ToolError(f"{asked}: another server, which is not asked")
    return target


def _shown(url: str) -> str:
    return re.sub(r"[^ -~]", "?", url.partition("?")[0])[:200]


async def _answer(request: Request, response: httpx2.Response, service: Service) -> str:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    body = await _body(response, service.max_bytes)
    is_text = not kind or kind.startswith("text/") or any(part in kind for part in ("json", "xml", "yaml", "form"))
    said = _decoded(body, response) if is_text else f"({len(body):,} bytes of {kind[:80]}, which are not shown)"
    if response.is_success:
        place = response.headers.get("Location", "")
        return said.strip() or f"done: {response.status_code}{', at ' + _shown(place) if place else ''}, and no more"
    status = f"{response.status_code} {response.reason_phrase}".strip()
    asked = f"{request.method} {urlsplit(request.url).path[:200]} was answered {status}"
    said = said.strip()[:MAX_SAID]
    raise AnsweredNo(f"{asked}: {said}" if said else asked, response.status_code, dict(response.headers))


async def _body(response: httpx2.Response, max_bytes: int) -> bytes:
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise ToolError(f"the answer is compressed ({coding[:40]!r}), which was not asked for")
    data = bytearray()
    async for piece in response.aiter_raw():
        data += piece
        if len(data) > max_bytes:
            raise ToolError(f"the answer is larger than {max_bytes / 1_000_000:g} MB")
    return bytes(data)


def _decoded(body: bytes, response: httpx2.Response) -> str:
    try:
        return body.decode(response.charset_encoding or "utf-8", "replace")
    except LookupError:  # an encoding that nobody knows
        return body.decode("utf-8", "replace")
