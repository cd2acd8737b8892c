"""Plain text in any encoding: the file as it stands, so that lines are those of the file."""

from __future__ import annotations

from chatbot.decoding import decode
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.converted import Converted


def convert(data: bytes) -> Converted:
    """The decoded text, line ends kept, without byte order mark. Raises KnowledgeError for what is no text."""
    return Converted(text_of(data))


def text_of(data: bytes) -> str:
    """The text in a file, whatever its encoding. Raises KnowledgeError for what is no text."""
    try:
        return decode(data)[0]
    except ValueError as error:
        raise KnowledgeError(str(error)) from error
