"""One request to the web and its answer, over a connection of its own that is closed when the answer has been read.

In: how the connection comes about, and what is asked. Out: the head of the answer, and its body within a limit, as it
comes and unpacked. The bytes and their meaning are `chatbot.service`'s; time is bounded by who asks. What fails is one
of FAILURES, which `broken` puts into words.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, Awaitable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chatbot.errors import ToolError
from chatbot.inflating import Inflating
from chatbot.service.connection import Connection, Gibberish, Head
from chatbot.service.wire import Wire, asked, dial, proxy_for
from chatbot.tools.web_url import WebUrl

CONNECT_SECONDS = 5.0
"""To connect to a host, with all its addresses and TLS."""

MAX_REASON = 60
"""Characters that are shown of what stands beside a status."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class NotReached(Exception):
    """No connection came about; its cause says why."""


FAILURES = (NotReached, Gibberish, OSError)
"""What can be wrong with a server and the connection to it. A TimeoutError is an OSError."""


class AnsweredNo(ToolError):
    """An answer with the status of an error."""

    def __init__(self, message: str, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(message)
        self.status_code = status
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a server."""

    method: str
    url: WebUrl
    headers: Mapping[str, str]
    """In place of those that every request has; names in any case."""
    content: bytes | None = None


class Answer:
    """An answer whose head has come; its body is read once."""

    def __init__(self, head: Head, connection: Connection) -> None:
        self.status = head.status
        self.headers = head.headers
        self._reason = head.reason
        self._connection = connection

    @property
    def said(self) -> str:
        """Status and reason: `404 Not Found`."""
        return f"{self.status} {self._reason[:MAX_REASON]}".rstrip()

    @property
    def is_good(self) -> bool:
        """Whether it is what was asked for."""
        return 200 <= self.status < 300

    @property
    def place(self) -> str:
        """Where it says that something is, or else is to be asked for."""
        place = self.headers.get("location", "")
        try:
            return place.encode("latin-1").decode()  # many write UTF-8 there
        except UnicodeError:
            return place

    @property
    def leads_on(self) -> bool:
        """Whether it redirects."""
        return self.status in _REDIRECTS and bool(self.place)

    @property
    def kind(self) -> str:
        """Content type in small letters, without parameters; empty where none is said."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """Encoding of the body; empty where none is said."""
        found = re.search(r";\s*charset\s*=\s*[\"']?([^\s\"';]+)", self.headers.get("content-type", ""), re.IGNORECASE)
        return found[1] if found else ""

    async def body(self, what: str, max_bytes: int, packed: Collection[str] = ()) -> bytes:
        """The body, unpacked. what: it is, for messages. packed: ways to compress that were asked for.

        Raises ToolError where it is too large, as it comes or unpacked, or compressed in another way, and FAILURES.
        """
        coding = self.headers.get("content-encoding", "").strip().lower()
        if coding not in ("", "identity", *packed):
            raise ToolError(f"{what} is compressed in a way that was not asked for ({coding[:40]!r})")
        inflating = Inflating() if coding in packed else None
        data, came = bytearray(), 0
        while piece := await self._connection.piece():
            came += len(piece)
            for part in [piece] if inflating is None else _inflated(inflating, piece):
                data += part
                if len(data) > max_bytes:
                    break
            if max(came, len(data)) > max_bytes:
                raise ToolError(f"{what} is larger than {max_bytes / 1_000_000:g} MB")
        if inflating is not None and inflating.is_cut:
            raise Gibberish("what it compressed ends early")
        return bytes(data)


@asynccontextmanager
async def exchange(connecting: Awaitable[Wire], question: Question, proxy: str = "") -> AsyncGenerator[Answer, None]:
    """The answer to a question. connecting: gives the connection. proxy: what that leads through, if anything.

    Raises FAILURES, and ToolError where a header holds what none can.
    """
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            connection = Connection(await connecting)
    except OSError as error:
        raise NotReached from error
    try:
        target, told = asked(question.url.origin, proxy, question.url.target)
        try:
            connection.send(question.method, target, [*_headers(question).items(), *told], question.content or b"")
        except ValueError:  # which shows the header, and so perhaps a key
            raise ToolError("the request cannot be sent: it holds what HTTP cannot write") from None
        yield Answer(await connection.head(), connection)
    finally:
        connection.close()


@asynccontextmanager
async def exchange_with_service(question: Question, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Answer, None]:
    """The same of a service that the settings name, which may lie anywhere; proxies of the environment are used."""
    proxy = proxy_for(question.url.origin)
    async with exchange(dial(question.url.origin, proxy, tls), question, proxy) as answer:
        yield answer


def broken(error: Exception, who: str = "the server") -> ToolError:
    """What is said of one of FAILURES, in one line and without what the server sent."""
    if not isinstance(error, NotReached):
        return ToolError(f"{who} broke off or spoke no HTTP ({type(error).__name__})")
    if isinstance(error.__cause__, ssl.SSLError):
        return ToolError(f"{who}'s certificate cannot be trusted, or its TLS is broken")
    within = f" within {CONNECT_SECONDS:g} s" if isinstance(error.__cause__, TimeoutError) else ""
    return ToolError(f"{who} cannot be reached{within}")


def _inflated(inflating: Inflating, piece: bytes) -> Iterator[bytes]:
    try:
        yield from inflating.feed(piece)
    except ValueError as error:
        raise Gibberish(str(error)) from error


def _headers(question: Question) -> dict[str, str]:
    headers = {"host": question.url.origin.authority, "user-agent": "chatbot", "connection": "close"}
    if question.content is not None or question.method in ("POST", "PUT", "PATCH"):
        headers["content-length"] = str(len(question.content or b""))
    return headers | {name.lower(): value for name, value in question.headers.items()}
