"""An address of the web in one reading, so that what is checked of it is what is asked.

In: text. Out: scheme, host, port and what is asked for there, or a ValueError. Names in other letters than ASCII are
encoded as IDNA 2008 has it (RFC 5891), where `ß` stays itself; forms of other letters, such as `①` or full width, are
no names.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from chatbot.service.wire import Origin

PORTS = {"http": 80, "https": 443}
"""Schemes that are spoken, each at its own port."""

_KEPT = "/?%:@!$&'()*+,;=~[]|"
"""What stands in paths and queries as it was given, beside letters and digits; `%` begins what is encoded already."""

_LETTERS = frozenset(["Ll", "Lm", "Lo", "Mn", "Mc", "Nd"])
"""Categories of Unicode that names are made of, near enough: RFC 5892 has them one by one."""

_DOTS = re.compile("[.\u3002\uff0e\uff61]")


@dataclass(frozen=True, slots=True)
class WebUrl:
    """A URL with http or https, a host, and nobody's name or password."""

    scheme: str
    host: str
    """As it is looked up: ASCII, in small letters; an IPv6 address without brackets."""
    port: int | None
    """None where it is the scheme's own."""
    target: str
    """Path and query, ready to be asked for."""
    fragment: str = ""

    def __str__(self) -> str:
        """The whole, in one spelling."""
        return f"{self.scheme}://{self.origin.authority}{self.target}{'#' if self.fragment else ''}{self.fragment}"

    @property
    def origin(self) -> Origin:
        """Where a connection leads."""
        return Origin(self.scheme == "https", self.host, PORTS[self.scheme] if self.port is None else self.port)

    def led_to(self, place: str) -> str:
        """Where a redirect to this place leads, unchecked; a place that is none stays as it is."""
        try:
            return urljoin(str(self), place.replace(" ", "%20"))  # some write a space there, as browsers allow
        except ValueError:
            return place


def read_url(text: str) -> WebUrl:
    """The URL that a text is. Raises ValueError where it is none, or names a user or a password."""
    parts = urlsplit(text)
    if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc:
        raise ValueError("no URL of the web")
    port = parts.port if parts.port != PORTS[parts.scheme] else None
    target = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    return WebUrl(parts.scheme, _looked_up(parts.hostname), port, target, quote(parts.fragment, safe=_KEPT))


def _looked_up(host: str) -> str:
    if "%" in host:
        raise ValueError("a host with an interface of this machine, or encoded")
    if ":" in host:
        return str(IPv6Address(host))
    return ".".join(map(_label, _DOTS.split(unicodedata.normalize("NFC", host.lower()))))


def _label(label: str) -> str:
    if label.isascii():
        return label
    plain = unicodedata.normalize("NFKC", label) == label
    if not plain or not all(letter in "-_" or unicodedata.category(letter) in _LETTERS for letter in label):
        raise ValueError("a name in letters that no name has")
    return f"xn--{label.encode('punycode').decode()}"
