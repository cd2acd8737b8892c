"""Markdown and plain text: the file as it stands, so that offsets and lines are those of the file."""

from __future__ import annotations

from chatbot.retrieval.formats.converted import Converted


def convert(data: bytes) -> Converted:
    """The decoded text, byte order mark and line ends kept. Raises UnicodeDecodeError where it is not UTF-8."""
    return Converted(data.decode("utf-8"))
