"""HTML: what a reader of the page sees, without what stands around it on every page of its site."""

from __future__ import annotations

from chatbot.decoding import decode
from chatbot.errors import KnowledgeError
from chatbot.html_text import encoding_of, main_text
from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.formats.section_anchors import section_anchors


def convert(data: bytes) -> Converted:
    """The main text, in the encoding that the page names or its letters tell. Raises KnowledgeError for no text."""
    try:
        page, _ = decode(data, encoding_of(data))
    except ValueError as error:
        raise KnowledgeError(str(error)) from error
    text = main_text(page)
    return Converted(text, anchors=section_anchors(text), has_lines=False)
