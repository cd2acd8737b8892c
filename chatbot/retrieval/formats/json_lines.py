"""JSON Lines: a value on each line, each read as `json_text` reads a value."""

from __future__ import annotations

from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.formats.json_text import by_line, converted
from chatbot.retrieval.formats.plain_text import text_of


def convert(data: bytes) -> Converted:
    """The values, each named by its line. Raises KnowledgeError with the first line that holds none."""
    return converted(by_line(text_of(data)))
