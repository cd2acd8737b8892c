"""Headings as anchors, for documents that have neither lines nor pages."""

from __future__ import annotations

from chatbot.anchors import Anchor
from chatbot.retrieval.outline import sections


def section_anchors(text: str) -> tuple[Anchor, ...]:
    """An anchor for each section of a text with Markdown's marks: the name of the innermost heading above it."""
    return tuple(
        Anchor(section.start, "section" if section.heading else "", section.heading[-1] if section.heading else "")
        for section in sections(text)
    )
