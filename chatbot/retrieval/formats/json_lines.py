"""JSON Lines: a value on each line, each read as `json_text` reads a value."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.formats.json_text import Record, converted
from chatbot.retrieval.formats.plain_text import text_of


def convert(data: bytes) -> Converted:
    """The values, each named by its line. Raises KnowledgeError with the first line that holds none."""
    return converted(_records(text_of(data)))


def _records(text: str) -> Iterator[Record]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield "line", str(number), json.loads(line)
            except ValueError as error:
                raise KnowledgeError(f"no JSON on line {number}: {error}") from error
            except RecursionError as error:
                raise KnowledgeError(f"line {number} is nested too deeply") from error
