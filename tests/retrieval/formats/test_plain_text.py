"""Plain text: the file as it stands, in any encoding."""

from __future__ import annotations

import pytest

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.plain_text import convert


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1252"])
def test_the_text_is_that_of_the_file_to_the_character(encoding: str) -> None:
    text = "The café’s “naïve” owner\r\n\r\npaid €5.\n"

    found = convert(text.encode(encoding))

    assert found.text == text
    assert found.has_lines and not found.anchors


@pytest.mark.parametrize("data", [b"MZ\0\1", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", bytes(range(256))])
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(KnowledgeError, match="binary data, not text"):
        convert(data)
