"""A PDF's text, page by page."""

from __future__ import annotations

from pathlib import Path

import pytest
from pdf_files import Words, paragraph, pdf

from chatbot.anchors import anchor_text
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.pdf import convert
from chatbot.retrieval.load import read


def place(data: bytes, words: str) -> str:
    found = convert(data)
    start = found.text.index(words)
    return anchor_text(found.anchors, start, start + len(words))


def test_each_piece_knows_its_page() -> None:
    data = pdf(paragraph("On the first page."), paragraph("On the second page."), paragraph("On the third."))

    assert place(data, "second") == "page 2"
    assert place(data, "first page.\n\nOn the second") == "pages 1-2"
    assert convert(data).has_lines is False


def test_a_bookmark_makes_its_line_a_heading_with_or_without_its_number() -> None:
    page = [Words("2.1 Cleaning the filter"), *paragraph("Rinse it under water.", top=700)]

    assert convert(pdf(page, bookmarks=[("Cleaning the filter", 0)])).text == (
        "# 2.1 Cleaning the filter\n\nRinse it under water."
    )


def test_without_bookmarks_larger_lines_are_headings() -> None:
    page = [
        Words("The Pump", bottom=740, size=24),
        Words("Cleaning", bottom=700, size=16),
        *paragraph("Rinse the filter under water.", "Dry it before use, or it will smell.", top=680),
    ]

    found = convert(pdf(page))

    assert found.title == "The Pump"
    assert found.text == (
        "# The Pump\n\n## Cleaning\n\nRinse the filter under water.\nDry it before use, or it will smell."
    )


def test_a_file_that_names_itself_has_that_title() -> None:
    assert convert(pdf(paragraph("Text."), title="Manual of the pump")).title == "Manual of the pump"
    assert convert(pdf(paragraph("Text."), title="Microsoft Word - x.doc")).title == ""
    assert convert(pdf(paragraph("Text."), title="scan0001.pdf")).title == ""


def test_a_word_divided_at_the_end_of_a_line_is_whole() -> None:
    assert "treatment of water" in convert(pdf(paragraph("It improves the treat-", "ment of water."))).text


def test_pages_that_are_pictures_are_named_beside_those_with_text() -> None:
    found = convert(pdf(paragraph("Text."), [], [], paragraph("More."), [], pictures=[1, 2, 4]))

    assert found.metadata == {"pages_without_text": "2-3, 5"}
    assert [anchor.name for anchor in found.anchors] == ["1", "4"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf([], [], pictures=[0, 1]), "scanned: its 2 pages are pictures without text"),
        (pdf([]), "it has no text"),
        (pdf(paragraph("Secret."), password="x"), "protected by a password"),
        (b"not a PDF", "damaged, or no PDF"),
        (b"", "damaged, or no PDF"),
        (pdf(paragraph("Text."))[:300], "damaged, or no PDF"),
    ],
    ids=["scanned", "without text", "password", "no PDF", "empty", "cut off"],
)
def test_what_has_no_text_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(KnowledgeError, match=reason):
        convert(data)


def test_a_file_is_read_by_its_ending(tmp_path: Path) -> None:
    (tmp_path / "Manual.PDF").write_bytes(pdf(paragraph("Rinse the filter.")))

    document = read(tmp_path / "Manual.PDF", "Manual.PDF")

    assert (document.text, document.title, document.format) == ("Rinse the filter.", "Manual", "PDF")
