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
from urllib.parse import quote

from chatbot.errors import ToolError
from chatbot.tools.openapi.request import Request
from chatbot.tools.web_exchange import (
    FAILURES,
    Answer,
    AnsweredNo,
    NotReached,
    Question,
    broken,
    exchange_with_service,
)
from chatbot.tools.web_url import read_url

MAX_BYTES = 2_000_000
"""Of an answer: a hundred times what a model is shown of it."""

MAX_SAID = 2_000
"""Characters of what a service says of an error."""

MAX_REDIRECTS = 3

_SAFE = ("GET", "HEAD", "OPTIONS")


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
    keys = [secret.value() for secret in secrets]
    request = with_secrets(replace(request, headers={**request.headers, **service.headers}), secrets)
    try:
        url = read_url(request.url)
    except ValueError:
        raise ToolError("the address of the service is no URL", hint="tell the user") from None
    headers = {"accept-encoding": "identity", **request.headers}
    try:
        async with asyncio.timeout(service.seconds):
            said = await _followed(Question(request.method, url, headers, request.content), service)
    except TimeoutError as error:
        raise ToolError(f"the service did not answer within {service.seconds:g} s") from error
    except AnsweredNo as error:
        raise AnsweredNo(_masked(error.message, keys), error.status_code, error.headers) from None
    except FAILURES as error:
        place = f" at {url.origin.authority}" if isinstance(error, NotReached) else ""
        raise broken(error, f"the service{place}") from error
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


async def _followed(question: Question, service: Service) -> str:
    for _ in range(MAX_REDIRECTS + 1):
        async with exchange_with_service(question, service.tls) as answer:
            if not answer.leads_on:
                return await _answer(question, answer, service)
            question = _next(question, answer)
    raise ToolError(f"the service leads on more than {MAX_REDIRECTS} times")


def _next(question: Question, answer: Answer) -> Question:
    """What a redirect leads to. Raises ToolError where it is not followed."""
    target = question.url.led_to(answer.place)
    asked = f"{question.method} was answered {answer.status}, which leads to {_shown(target)}"
    if question.method not in _SAFE:
        raise ToolError(f"{asked}; only requests that read are sent on")
    try:
        url = read_url(target)
    except ValueError:
        raise ToolError(f"{asked}: no URL") from None
    if url.origin != question.url.origin:
        raise ToolError(f"{asked}: another server, which is not asked")
    return replace(question, url=url)


def _shown(url: str) -> str:
    return re.sub(r"[^ -~]", "?", url.partition("?")[0])[:200]


async def _answer(question: Question, answer: Answer, service: Service) -> str:
    kind = answer.kind
    body = await answer.body("the answer", service.max_bytes)
    is_text = not kind or kind.startswith("text/") or any(part in kind for part in ("json", "xml", "yaml", "form"))
    said = _decoded(body, answer) if is_text else f"({len(body):,} bytes of {kind[:80]}, which are not shown)"
    if answer.is_good:
        place = f", at {_shown(answer.place)}" if answer.place else ""
        return said.strip() or f"done: {answer.status}{place}, and no more"
    asked = f"{question.method} {question.url.target.partition('?')[0][:200]} was answered {answer.said}"
    said = said.strip()[:MAX_SAID]
    raise AnsweredNo(f"{asked}: {said}" if said else asked, answer.status, answer.headers)


def _decoded(body: bytes, answer: Answer) -> str:
    try:
        return body.decode(answer.charset or "utf-8", "replace")
    except LookupError:  # an encoding that nobody knows
        return body.decode("utf-8", "replace")
