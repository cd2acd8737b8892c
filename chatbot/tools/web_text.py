"""A page from the web as text that a person and a model see alike.

In: the bytes of a page and what its server says of them. Out: text, HTML with Markdown's marks. Refuses what is no
text.
"""

from __future__ import annotations

import re

from chatbot.decoding import decode
from chatbot.errors import ToolError
from chatbot.html_text import encoding_of, html_text
from chatbot.tools.download import Page
from chatbot.tools.visible_text import visible

_HTML = re.compile(rb"\s*<(?:!doctype html|html|head|body|!--)", re.IGNORECASE)


def page_text(page: Page) -> str:
    """The readable text of a page; HTML with Markdown's marks. Raises ToolError for binary data."""
    is_html = page.kind in ("text/html", "application/xhtml+xml") or (not page.kind and _HTML.match(page.data))
    try:
        text, _ = decode(page.data, page.charset or (encoding_of(page.data) if is_html else ""))
    except ValueError as error:
        raise ToolError(f"the page is {error}") from None
    return visible(html_text(text) if is_html else text).strip()
