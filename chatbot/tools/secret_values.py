"""Values that must not leave: keys and passwords, found by what they are and not by how their field is called.

In: texts, on their way to a tool, to a model or to a screen. Out: whether a secret is in one, or the text without it.
A secret is found also where it is encoded (`encodings`) or spelt with separators, since whoever wants it out will write
it so. What cannot be cut out is withheld whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from chatbot.tools.encodings import readings
from chatbot.tools.shared_text import squeezed, unsqueezed

SHORTEST = 8
"""Characters of a value that is a secret: shorter ones stand in any text by chance."""

MASK = "[secret]"
WITHHELD = "[withheld: it holds a secret]"

_NAMES = re.compile(r"(?:^|_)(?:API_?KEY|(?:ACCESS|PRIVATE|SECRET)_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD)(?:_|$)", re.I)
_ORDINARY = re.compile(r"\s|^[./~]|^\w+://|^[A-Za-z]?[a-z]+$|^\d{,11}$")
_RUN = re.compile(r"[^\s<>\"'`()\[\]{}]{8,}")


class Secrets:
    """The values. Those that are too short to be told from other text are left out."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values = tuple(sorted({each for each in values if len(each) >= SHORTEST}, key=len, reverse=True))
        self._small = tuple(small for each in self._values if len(small := squeezed(each)) >= SHORTEST)

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Secrets:
        """The values of the variables that are named like a key, a token or a password.

        Left out are paths, addresses, plain words and short numbers: they would be cut out of honest text.
        """
        named = (value.strip().removeprefix("Basic ") for name, value in environment.items() if _NAMES.search(name))
        return cls(value for value in named if not _ORDINARY.search(value))

    def __bool__(self) -> bool:
        return bool(self._values)

    def within(self, text: str) -> bool:
        """Whether a secret is in the text, plain or in disguise."""
        return bool(self._values) and (self._plainly(text) or any(self._plainly(found) for _, found in readings(text)))

    def redacted(self, text: str) -> str:
        """The text without secrets: each cut out, or with the run, the line or the text that hides it."""
        if not self.within(text):
            return text
        for value in self._values:
            text = text.replace(value, MASK)
        for narrowed in (self._without_spelt, self._without_runs, self._without_lines):
            text = narrowed(text)
            if not self.within(text):
                return text
        return WITHHELD

    def _plainly(self, text: str) -> bool:
        if any(value in text for value in self._values):
            return True
        small = squeezed(text)
        return any(value in small for value in self._small)

    def _without_spelt(self, text: str) -> str:
        """Without secrets that only case or separators disguise."""
        for value in self._small:
            while (at := squeezed(text).find(value)) >= 0:
                text = text.replace(unsqueezed(text, at, len(value)), MASK)
        return text

    def _without_runs(self, text: str) -> str:
        return _RUN.sub(self._mask(MASK), text)

    def _without_lines(self, text: str) -> str:
        return re.sub(r"[^\n]+", self._mask(WITHHELD), text)

    def _mask(self, mask: str) -> Callable[[re.Match[str]], str]:
        return lambda match: mask if self.within(match[0]) else match[0]
