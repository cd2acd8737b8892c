"""HTML: what a reader of the page sees."""

from __future__ import annotations

from chatbot.html_text import decode_html
from chatbot.retrieval.formats.converted import Converted


def convert(data: bytes) -> Converted:
    """The readable text. Raises UnicodeDecodeError where the page is not in the encoding it names, or UTF-8."""
    return Converted(decode_html(data))
