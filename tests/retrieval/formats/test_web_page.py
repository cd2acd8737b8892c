"""HTML files: the main text, whatever the encoding."""

from __future__ import annotations

import pytest

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.web_page import convert


@pytest.mark.parametrize("head", ["<meta charset=windows-1251>", ""])
def test_a_page_is_read_in_the_encoding_it_names_or_its_letters_tell(head: str) -> None:
    text = "Все люди рождаются свободными и равными в своем достоинстве и правах."

    found = convert(f"<html>{head}<h1>Право</h1><p>{text}</p>".encode("cp1251"))

    assert found.text == f"# Право\n\n{text}\n"
    assert not found.has_lines


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(KnowledgeError, match="binary data"):
        convert(b"MZ\0\1")
