"""Headings as places."""

from __future__ import annotations

from chatbot.anchors import anchor_text
from chatbot.retrieval.formats.section_anchors import section_anchors

TEXT = "Before.\n\n# Pump\n\n## Cleaning\n\nRinse.\n\n## Storage\n\nDry."


def test_a_piece_lies_in_the_innermost_section() -> None:
    anchors = section_anchors(TEXT)

    def place(words: str) -> str:
        return anchor_text(anchors, TEXT.index(words), TEXT.index(words) + len(words))

    assert place("Before") == ""
    assert place("Rinse") == "section Cleaning"
    assert place("Rinse.\n\n## Storage\n\nDry.") == "section Cleaning to section Storage"
