"""What came from the web as text that a person and a model see alike.

In: the bytes of a page, or a text of a service. Out: text in which nothing is invisible: no control characters, and
none of the marks without width in which a page can hide words from the people who read it. Refuses what is no text.
"""

from __future__ import annotations

import re

from chatbot.decoding import decode
from chatbot.errors import ToolError
from chatbot.html_text import encoding_of, html_text
from chatbot.tools.download import Page

_HTML = re.compile(rb"\s*<(?:!doctype html|html|head|body|!--)", re.IGNORECASE)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Control, tag and direction characters, fillers, spaces without width; not joiners, which scripts and emoji need."""


def page_text(page: Page) -> str:
    """The readable text of a page; HTML with Markdown's marks. Raises ToolError for binary data."""
    is_html = page.kind in ("text/html", "application/xhtml+xml") or (not page.kind and _HTML.match(page.data))
    try:
        text, _ = decode(page.data, page.charset or (encoding_of(page.data) if is_html else ""))
    except ValueError as error:
        raise ToolError(f"the page is {error}") from None
    return visible(html_text(text) if is_html else text).strip()


def visible(text: str) -> str:
    """The text without what cannot be seen, lines ended by line feeds."""
    return _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: object, limit: int) -> str:
    """A text of a service on one line of at most `limit` characters; empty for what is no text."""
    said = " ".join(visible(text).split()) if isinstance(text, str) else ""
    return said if len(said) <= limit else f"{said[: limit - 1]}…"
