"""Word: a document's text by its styles, with the heading that a piece stands under as anchor.

Headings, lists, tables, footnotes, equations and text boxes are kept as Markdown; pictures, page heads, hidden text and
what a tracked change deleted are not. A Word file knows no pages: they come about where it is shown. Refuses what is
encrypted or damaged.
"""

from __future__ import annotations

import re
from io import BytesIO

from chatbot.errors import KnowledgeError
from chatbot.html_text import html_text
from chatbot.retrieval.formats.archive import opened, properties
from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.formats.section_anchors import section_anchors
from chatbot.retrieval.formats.word_parts import readable

STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
"""
"""Beside what mammoth makes of headings, lists and notes by itself."""

_BACK = re.compile(r'<a href="#[^"]*">↑</a>')
"""What leads from a footnote back to its mark."""


def convert(data: bytes) -> Converted:
    """The text of the document. Raises KnowledgeError."""
    from mammoth import convert_to_html
    from mammoth.images import img_element

    archive = opened(data, "Word file")
    if not any(name.startswith("word/") for name in archive.namelist()):
        raise KnowledgeError("damaged, or no Word file")
    named = properties(archive)
    made = convert_to_html(BytesIO(readable(data)), style_map=STYLES, convert_image=img_element(lambda picture: {}))
    text = html_text(_BACK.sub("", made.value))
    metadata = {"author": named["creator"]} if "creator" in named else {}
    return Converted(text, named.get("title", ""), section_anchors(text), metadata, has_lines=False)
