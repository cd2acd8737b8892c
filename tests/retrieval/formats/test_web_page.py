"""HTML files: the main text, whatever the encoding."""

from __future__ import annotations

import pytest

from chatbot.anchors import anchor_text
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.web_page import convert


@pytest.mark.parametrize("head", ["<meta charset=windows-1251>", ""])
def test_a_page_is_read_in_the_encoding_it_names_or_its_letters_tell(head: str) -> None:
    text = "Все люди рождаются свободными и равными в своем достоинстве и правах."

    found = convert(f"<html>{head}<h1>Право</h1><p>{text}</p>".encode("cp1251"))

    assert found.text == f"# Право\n\n{text}\n"
    assert not found.has_lines


def test_a_passage_is_found_again_by_the_heading_above_it() -> None:
    found = convert(b"<h1>Shop</h1><p>We sell.</p><h2>Hours</h2><p>Nine to five.</p>")
    nine = found.text.index("Nine")

    assert anchor_text(found.anchors, nine, nine + 4) == "section Hours"


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(KnowledgeError, match="binary data"):
        convert(b"MZ\0\1")
