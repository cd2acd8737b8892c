"""The one way from a tool to an address on the web that a model named: nothing else may open such a connection.

In: a URL. Out: a connection to an address that was looked at, or a refusal. The name is resolved once; every address
it leads to must be public, and the connection goes to one of just these, so that a name which changes its mind leads
nowhere else. This holds for each request, and so for each redirect. Proxies of the environment are not used: nobody
could say where those connect to.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from ipaddress import IPv4Address

from chatbot.errors import ToolError
from chatbot.service.lookup import look_up
from chatbot.service.wire import Address, Wire, reach
from chatbot.tools.addresses import is_public
from chatbot.tools.web_url import PORTS, WebUrl, read_url

MAX_URL = 2_000
"""Characters; longer ones carry data rather than name a page."""

MAX_ADDRESSES = 4
"""Addresses of a host that are tried."""

_AUTHORITY = re.compile(r"(?i)https?://([^/?#]*)")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\u3000]")
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system knows them. Raises OSError."""
    return list(dict.fromkeys(str(entry[4][0]) for entry in await look_up(host, port)))


def public_only(address: str, port: int) -> bool:
    """Whether a connection may go there: to any port of a public address."""
    return is_public(address)


@dataclass(frozen=True, slots=True)
class WebGuard:
    """Says where connections may go."""

    allow: tuple[str, ...] = ()
    """Hosts that may be asked, `docs.example.com`, `*.example.com` or, for another port, `example.com:8080`; empty for
    any host."""
    resolve: Callable[[str, int], Awaitable[Sequence[str]]] = resolve
    """The addresses of a host and a port."""
    may_connect: Callable[[str, int], bool] = public_only
    """Whether a connection may go to this address and port."""

    def check(self, text: str) -> WebUrl:
        """The URL, if it is one that may be asked, as far as that can be told without looking its host up.

        Raises ToolError that says what is wrong with it.
        """
        if len(text) > MAX_URL:
            raise ToolError(f"the URL is longer than {MAX_URL:,} characters")
        authority = _AUTHORITY.match(text)
        if authority is None:
            raise ToolError(f"{_shown(text)} is not a URL of the web", hint="it begins with https:// or http://")
        if _UNSAFE.search(text):
            raise ToolError(f"{_shown(text)} is not a URL: it holds a space, a backslash or a control character")
        if "@" in authority[1]:
            raise ToolError(f"{_shown(text)} names a user or a password", hint="leave out what stands before the @")
        try:
            url = read_url(text)
        except ValueError:
            raise ToolError(f"{_shown(text)} is not a URL") from None
        self.check_url(url)
        return url

    def check_url(self, url: WebUrl) -> None:
        """Raises ToolError where the host or port of a URL is none that may be asked."""
        host, port, usual = url.host, url.origin.port, PORTS[url.scheme]
        if ":" not in host:  # no IPv6 address
            if not _NAME.fullmatch(host) or len(host) > 253:
                raise ToolError(f"{_shown(host)} is no host of the web", hint="it needs a name such as example.com")
            if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) and not _is_plain_ipv4(host):
                raise ToolError(f"{_shown(host)} is an address in an unusual form", hint="write it as 192.0.2.1")
        name = host.rstrip(".")
        forms = (name, f"{name}:{port}") if port == usual else (f"{name}:{port}",)
        listed = any(fnmatchcase(form, pattern.casefold()) for form in forms for pattern in self.allow)
        if self.allow and not listed:
            raise ToolError(f"{_shown(forms[0])} is not among the hosts that the settings allow")
        if not 0 < port < 65_536 or (port != usual and not listed):
            raise ToolError(f"port {port} is not asked", hint="pages are at 80 (http) and 443 (https)")

    async def connect(self, url: WebUrl, tls: ssl.SSLContext | None = None) -> Wire:
        """A connection to an address of the URL's host that was looked at, under the name that the URL gives.

        tls: what certificates are checked with; None for whom the system trusts. Raises ToolError where it may not be
        asked, or any address of the host is not public, and OSError.
        """
        self.check_url(url)
        origin = replace(url.origin, host=url.host.rstrip("."))  # certificates name hosts without it
        return await reach(origin, [_socket_address(each, origin.port) for each in await self._addresses(url)], tls)

    async def _addresses(self, url: WebUrl) -> Sequence[str]:
        host, port = url.host, url.origin.port
        try:
            found = [host] if ":" in host or _is_plain_ipv4(host) else await self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise ToolError(f"there is no host {_shown(host)}", hint="check the name and the network") from error
        if not found or not all(self.may_connect(address, port) for address in found):
            hint = "only public pages are fetched"
            raise ToolError(f"{_shown(host)} does not lie on the public internet", hint=hint)
        return found[:MAX_ADDRESSES]


def _shown(text: str) -> str:
    return repr(text if len(text) <= 100 else f"{text[:99]}…")


def _socket_address(address: str, port: int) -> Address:
    return (socket.AF_INET6, (address, port, 0, 0)) if ":" in address else (socket.AF_INET, (address, port))


def _is_plain_ipv4(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False
