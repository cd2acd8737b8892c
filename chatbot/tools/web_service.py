"""A service of the web that the settings name, asked for JSON.

In: the base URL that a person set, a path, and values. Out: what the service answers, as Python values. Unlike a URL
that a model names, this one may lie anywhere, also on this machine, and proxies of the environment are used; but it
leads on to nothing else: redirects are not followed. Refuses what is too large, too slow or no JSON; no message holds
the URL, which may hold a key, nor what stands in a header.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import cast

import httpx2

from chatbot.errors import ProjectError, ToolError
from chatbot.tools.download import body, broken, refused
from chatbot.tools.visible_text import one_line
from chatbot.tools.web_guard import system_tls

MAX_BYTES = 2_000_000
"""Of an answer; those of the services here have some ten thousand."""

SECONDS = 15.0
"""For an answer, everything included."""

MAX_REASON = 200
"""Characters of what a service says of its refusal."""

_HOST = re.compile(rb"[a-z0-9._:-]+")


@dataclass(frozen=True, slots=True)
class WebService:
    """A service and how it is asked."""

    name: str
    """As people know it; errors name it."""
    url: str
    """What all paths are added to."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request: where keys belong."""
    reason: tuple[str, ...] = ("reason",)
    """Keys, one within the other, under which its answers say why they refuse."""

    async def get(self, path: str, values: Mapping[str, str]) -> Mapping[str, object]:
        """The JSON object that a GET answers. Raises ToolError, in one line."""
        return await self._ask(httpx2.Request("GET", self._at(path), params=values, headers=self._all_headers()))

    async def post(self, path: str, values: Mapping[str, object]) -> Mapping[str, object]:
        """The JSON object that a POST of JSON answers. Raises ToolError, in one line."""
        return await self._ask(httpx2.Request("POST", self._at(path), json=dict(values), headers=self._all_headers()))

    def _at(self, path: str) -> str:
        return f"{self.url.rstrip('/')}/{path}"

    def _all_headers(self) -> dict[str, str]:
        return {"User-Agent": "chatbot", "Accept": "application/json", "Accept-Encoding": "gzip", **self.headers}

    async def _ask(self, request: httpx2.Request) -> Mapping[str, object]:
        try:
            async with asyncio.timeout(SECONDS), httpx2.AsyncClient(timeout=None, verify=system_tls()) as client:
                response = await client.send(request, stream=True)
                try:
                    said = await body(response, MAX_BYTES)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise ToolError(f"{self.name} did not answer within {SECONDS:g} s") from None
        except ToolError as error:
            raise ToolError(f"{self.name}: {error}") from None
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, zlib.error, OSError) as error:
            raise ToolError(f"{self.name}: {broken(error)}") from error
        answer = _object(said)
        if not response.is_success:
            problem = refused(response, self.name)
            why = one_line(self._reason(answer), MAX_REASON)
            raise ToolError(f"{problem}: {why}" if why else str(problem)) from problem.__cause__
        if answer is None:
            raise ToolError(f"{self.name} answered what is no JSON object")
        return answer

    def _reason(self, answer: object) -> object:
        for key in self.reason:
            answer = answer.get(key) if isinstance(answer, dict) else None
        return answer


def service_url(value: str, where: str, *, keyed: bool = False) -> str:
    """The base URL that an option names. Raises ProjectError for what is none.

    where: the option, for the message. keyed: a key goes there, so that it must be https unless it stays on this
    machine.
    """
    try:
        url = httpx2.URL(value)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    if (
        url.scheme not in ("http", "https")
        or not _HOST.fullmatch(url.raw_host)
        or url.userinfo
        or url.query
        or url.fragment
    ):
        raise ProjectError(f"{where} is {value!r}, not a URL", hint="such as https://example.com, without a query")
    if keyed and url.scheme != "https" and not _is_here(url.host):
        raise ProjectError(f"{where} is {value!r}: a key would go there unencrypted", hint="use https")
    return value


def key_from(variable: str, where: str) -> str:
    """The key in an environment variable that an option names. Raises ProjectError where none is there.

    where: the table of the option, for the message.
    """
    key = os.environ.get(variable, "").strip()
    if not key:
        said = f"the environment variable {variable}, which holds the key, is not set"
        raise ProjectError(f"{where}: {said}", hint="keys are not written into the settings")
    if not (key.isascii() and key.isprintable()):
        raise ProjectError(f"{where}: what {variable} holds is no key", hint="copy it again")
    return key


def _object(data: bytes) -> Mapping[str, object] | None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return cast(Mapping[str, object], found) if isinstance(found, dict) else None


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
