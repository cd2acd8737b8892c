"""A book's text, chapter by chapter."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_files import archive, book

from chatbot.anchors import anchor_text
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.epub import convert
from chatbot.retrieval.load import read

PAGE = "<html><head><title>All About Pumps</title></head><body>{}</body></html>"
CHAPTERS = {"one.xhtml": PAGE.format("<p>Rinse it.</p>"), "two.xhtml": PAGE.format("<h1>Drying</h1><p>Dry it.</p>")}


def test_a_piece_knows_its_chapter() -> None:
    found = convert(book(CHAPTERS, contents={"one.xhtml": "Cleaning", "two.xhtml#top": "Drying well"}))

    assert found.text == "# Cleaning\n\nRinse it.\n\n# Drying\n\nDry it."
    assert anchor_text(found.anchors, found.text.index("Rinse"), len(found.text)) == (
        "chapter Cleaning to chapter Drying well"
    )
    assert found.has_lines is False


def test_without_contents_the_headings_name_the_chapters() -> None:
    found = convert(book(CHAPTERS))

    assert [(each.kind, each.name) for each in found.anchors] == [("", ""), ("chapter", "Drying")]


def test_a_page_is_read_in_the_encoding_it_names() -> None:
    page = '<?xml version="1.0" encoding="iso-8859-1"?>' + PAGE.format("<p>Öl</p>")

    assert convert(book({"a.xhtml": page.encode("latin-1")})).text == "Öl"  # type: ignore[dict-item]


def test_a_book_names_itself(tmp_path: Path) -> None:
    (tmp_path / "a.epub").write_bytes(book(CHAPTERS, title="Pumps", creator="The makers"))

    document = read(tmp_path / "a.epub", "a.epub")

    assert (document.title, document.metadata, document.format) == ("Pumps", {"author": "The makers"}, "EPUB")


LOCKED = '<encryption><CipherData><CipherReference URI="OEBPS/text/{}"/></CipherData></encryption>'


def test_a_book_with_encrypted_fonts_is_read_and_one_with_encrypted_text_is_not() -> None:
    assert convert(book(CHAPTERS, encryption=LOCKED.format("a.ttf"))).text
    with pytest.raises(KnowledgeError, match="protected against copying"):
        convert(book(CHAPTERS, encryption=LOCKED.format("one.xhtml")))


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"text", "damaged, or no EPUB"), (archive({"a.txt": "text"}), "damaged, or no EPUB")],
    ids=["text", "another archive"],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(KnowledgeError, match=reason):
        convert(data)
