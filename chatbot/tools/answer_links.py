"""What an answer may show of addresses: an image that loads, or a link that is clicked, tells its host all it holds.

In: an answer's text and what was said before it. Out: the text without images of elsewhere, and without links that a
document's words are built into, or that lead to a host that only a document named, other than by the address it gave.
A link that the user gave, or whose address stands in a document as it is, carries nothing new. Secrets are cut out too.
`OutgoingText` does the same for a text that streams, and holds back what it cannot judge yet.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from chatbot.messages import Message
from chatbot.tools.argument_origins import UNTRUSTED, standing_in, words
from chatbot.tools.encodings import readings
from chatbot.tools.pattern import matches_any
from chatbot.tools.secret_values import Secrets
from chatbot.tools.shared_text import Shingles, squeezed

_REST = r"[^\s<>\"'`\])}|]"
_ADDRESS = re.compile(
    rf"(?:\b[A-Za-z][A-Za-z0-9+.-]{{1,15}}://|(?<![\w:/])//(?=[\w-]+\.\w)|\bwww\.|\bmailto:){_REST}+", re.IGNORECASE
)
_IMAGE = re.compile(r"!\[(?P<label>[^\]]{0,1000})\]\((?P<to>[^)]{0,5000})\)")
_REFERRED_IMAGE = re.compile(r"!(\[[^\]]{0,1000}\])(?!\()")
_LINK = re.compile(r"\[(?P<label>[^\]]{0,1000})\]\((?P<to>[^)]{0,5000})\)")
_LOADS = re.compile(
    r"<\s*(?:img|image|iframe|embed|object|video|audio|source|link|script|svg|form|input|base|meta)\b[^>]*>?", re.I
)
_WHOLE = re.compile(rf"{_LOADS.pattern}|!?{_LINK.pattern}", re.IGNORECASE)
_UNFINISHED = re.compile(
    r"(?:!?\[[^\]\n]{0,500}(?:\](?:\([^)\n]{0,3000}|\[[^\]\n]{0,200})?)?"  # an image, a link, a marker
    r"|<[^>\n]{0,3000}"
    r"|(?<!\S)(?:\S{1,3}\s+){1,400}\S{0,3}"  # perhaps something that is spelt out
    r"|!|\S{1,3000})\Z"
)


@dataclass(frozen=True)
class Heard:
    """What was said before an answer."""

    said: tuple[str, ...] = ()
    """By the user."""
    others: tuple[str, ...] = ()
    """By documents and tools."""

    @classmethod
    def of(cls, messages: Iterable[Message], said: Iterable[str] = (), others: Iterable[str] = ()) -> Heard:
        """What the messages hold, and more."""
        parts = [part for message in messages for part in message.parts]
        users = (part.text for part in parts if part.origin == "user")
        theirs = (part.text for part in parts if part.origin in UNTRUSTED)
        return cls((*users, *said), (*theirs, *others))

    @cached_property
    def foreign_words(self) -> frozenset[str]:
        """Words that only documents and tools said."""
        spoken = {word for text in self.said for word in words(text)}
        return frozenset(word for text in self.others for word in words(text)) - spoken

    def only_others_name(self, host: str) -> bool:
        """Whether documents or tools name the host, and the user does not."""
        name = re.compile(rf"(?<![\w.-])(?:[\w-]+\.)*{re.escape(host)}(?![\w-]|\.\w)", re.IGNORECASE)
        return any(map(name.search, self.others)) and not any(map(name.search, self.said))

    @cached_property
    def squeezed(self) -> tuple[bytes, ...]:
        """What documents and tools said, to be compared."""
        return tuple(map(squeezed, self.others))


@dataclass(frozen=True, slots=True)
class Outlet:
    """What leaves in an answer."""

    trusted: tuple[str, ...] = ()
    """Patterns of addresses that may be told anything."""
    secrets: Secrets = field(default_factory=Secrets)

    def clean(self, text: str, heard: Heard) -> str:
        """The text as it may be shown."""
        text = self.secrets.redacted(text)
        if not re.search(r"[/:<]|!\[", text):
            return text
        text = _LOADS.sub(lambda match: self._loaded(match[0], heard), text)
        text = _IMAGE.sub(lambda match: self._image(match, heard), text)
        text = _REFERRED_IMAGE.sub(r"\1", text)
        text = _LINK.sub(lambda match: self._link(match, heard), text)
        return _ADDRESS.sub(lambda match: self._bare(match[0], heard), text)

    def _loaded(self, tag: str, heard: Heard) -> str:
        """A tag that makes a browser load something; one that names nothing of elsewhere stays."""
        said = html.unescape(tag).replace("\\", "/")
        given = all(self._given(each, heard) for each in _ADDRESS.findall(said))
        return tag if given and (_ADDRESS.search(said) or not re.search("[:/]/", said)) else "(an image was left out)"

    def _image(self, image: re.Match[str], heard: Heard) -> str:
        to = _target(image["to"])
        if _is_local(to) or self._given(to, heard):
            return image[0]
        return f"{image['label']} (an image of {_host(to)} was left out)".lstrip()

    def _link(self, link: re.Match[str], heard: Heard) -> str:
        to = _target(link["to"])
        if _is_local(to) or not self._tells(to, heard):
            return link[0]
        return f"{link['label']} (a link to {_host(to)} was left out)".lstrip()

    def _bare(self, address: str, heard: Heard) -> str:
        end = len(address.rstrip(".,;:!?*_~"))
        return f"(a link to {_host(address)} was left out)" if self._tells(address[:end], heard) else address

    def _given(self, address: str, heard: Heard) -> bool:
        """Whether the user gave the address, or it is trusted."""
        return matches_any(self.trusted, address) or any(standing_in(address, text) for text in heard.said)

    def _tells(self, address: str, heard: Heard) -> bool:
        """Whether the address would tell its host something that a document or a tool said."""
        if self._given(address, heard) or any(standing_in(address, text) for text in heard.others):
            return False
        if any(heard.only_others_name(host) for host in _hosts(address)):
            return True
        hidden = [squeezed(address), *(squeezed(found) for _, found in readings(address))]
        if any(Shingles(hidden).shared(text) for text in heard.squeezed):
            return True
        _, _, query = re.sub(r"[#;]", "?", address).partition("?")
        asked = " ".join((query, *(found for _, found in readings(query)))) if query else ""
        return not heard.foreign_words.isdisjoint(words(asked))


class OutgoingText:
    """`Outlet.clean` for a text that comes in pieces. heard: what has been said by the time of each piece."""

    def __init__(self, outlet: Outlet, heard: Callable[[], Heard]) -> None:
        self._outlet = outlet
        self._heard = heard
        self._held = ""

    def feed(self, text: str) -> str:
        """What can be shown by now."""
        self._held += text
        match = _UNFINISHED.search(self._held)
        end = match.start() if match else len(self._held)
        end = next((whole.start() for whole in _WHOLE.finditer(self._held) if whole.start() < end < whole.end()), end)
        ready, self._held = self._held[:end], self._held[end:]
        return self._outlet.clean(ready, self._heard()) if ready else ""

    def flush(self) -> str:
        """The rest."""
        rest, self._held = self._held, ""
        return self._outlet.clean(rest, self._heard()) if rest else ""


def _target(written: str) -> str:
    """The address of a link, without its title and without what hides it from a reader of the source."""
    to = html.unescape(written).strip().lstrip("<")
    return re.split(r"[\s>]", to, maxsplit=1)[0].replace("\\", "/") if to else ""


def _is_local(to: str) -> bool:
    return to.startswith("data:image/") or not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//|www\.", to)


def _hosts(address: str) -> Iterator[str]:
    """The host of an address, and the domains that it is a part of."""
    labels = _host(address).partition(":")[0].removeprefix("www.").split(".")
    return (".".join(labels[at:]) for at in range(max(1, len(labels) - 1)))


def _host(address: str) -> str:
    rest = re.sub(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?/*", "", address)
    return re.split(r"[/?#\\]", rest, maxsplit=1)[0].rpartition("@")[2][:80] or "elsewhere"
