"""Text from strangers, so that a person and a model see the same.

In: a text of a file, a page or a service. Out: one in which nothing is invisible: no control characters, and none of
the marks without width in which words can be hidden from the people who read it.
"""

from __future__ import annotations

import re

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Control, tag and direction characters, fillers, spaces without width; not joiners, which scripts and emoji need."""


def visible(text: str) -> str:
    """The text without what cannot be seen, lines ended by line feeds."""
    return _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: object, limit: int) -> str:
    """A text of a service on one line of at most `limit` characters; empty for what is no text."""
    said = " ".join(visible(text).split()) if isinstance(text, str) else ""
    return said if len(said) <= limit else f"{said[: limit - 1]}…"
