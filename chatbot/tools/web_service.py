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
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import quote, urlencode

from chatbot.errors import ProjectError, ToolError
from chatbot.service.exchange import PACKED
from chatbot.service.loopback import is_here
from chatbot.tools.visible_text import one_line
from chatbot.tools.web_exchange import FAILURES, AnsweredNo, Question, broken, exchange_with_service
from chatbot.tools.web_url import read_url

MAX_BYTES = 2_000_000
"""Of an answer; those of the services here have some ten thousand."""

SECONDS = 15.0
"""For an answer, everything included."""

MAX_REASON = 200
"""Characters of what a service says of its refusal."""

_HOST = re.compile(r"[a-z0-9._:-]+")


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
        return await self._ask("GET", f"{path}?{urlencode(values, quote_via=quote)}")

    async def post(self, path: str, values: Mapping[str, object]) -> Mapping[str, object]:
        """The JSON object that a POST of JSON answers. Raises ToolError, in one line."""
        return await self._ask("POST", path, json.dumps(dict(values)).encode())

    async def _ask(self, method: str, path: str, content: bytes | None = None) -> Mapping[str, object]:
        headers = {"accept": "application/json", "accept-encoding": "gzip", **self.headers}
        headers |= {"content-type": "application/json"} if content is not None else {}
        question = Question(method, read_url(f"{self.url.rstrip('/')}/{path}"), headers, content)
        try:
            async with asyncio.timeout(SECONDS), exchange_with_service(question) as answer:
                said = _object(await answer.body("the answer", MAX_BYTES, PACKED))
        except TimeoutError:
            raise ToolError(f"{self.name} did not answer within {SECONDS:g} s") from None
        except ToolError as error:
            raise ToolError(f"{self.name}: {error}") from None
        except FAILURES as error:
            raise ToolError(f"{self.name}: {broken(error)}") from error
        if not answer.is_good:
            why = one_line(self._reason(said), MAX_REASON)
            problem = f"{self.name} answered {answer.said}{': ' if why else ''}{why}"
            raise AnsweredNo(problem, answer.status, answer.headers)
        if said is None:
            raise ToolError(f"{self.name} answered what is no JSON object")
        return said

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
        url = read_url(value)
    except ValueError:
        url = None
    if url is None or not _HOST.fullmatch(url.host) or "?" in url.target or url.fragment:
        raise ProjectError(f"{where} is {value!r}, not a URL", hint="such as https://example.com, without a query")
    if keyed and url.scheme != "https" and not is_here(url.host):
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
