"""A Word file's text, by its styles."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_files import ENCRYPTED, OLD, W, archive, styled, word

from chatbot.anchors import anchor_text
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.word import convert
from chatbot.retrieval.load import read

TABLE = (
    "<w:tbl><w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr><w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr></w:tbl>"
).format(*map(styled, ("Part", "Price", "Filter", "12")))


def test_styles_become_headings_and_a_piece_names_the_one_above_it() -> None:
    data = word(
        styled("The Pump", "Title")
        + styled("Read this first.")
        + styled("Cleaning", "heading1")
        + styled("Rinse the filter.")
        + styled("By hand", "heading2")
        + styled("Use warm water.")
    )

    found = convert(data)

    assert found.text == (
        "# The Pump\n\nRead this first.\n\n# Cleaning\n\nRinse the filter.\n\n## By hand\n\nUse warm water.\n"
    )
    start = found.text.index("warm")
    assert anchor_text(found.anchors, start, start + 4) == "section By hand"
    assert found.has_lines is False


def test_a_table_has_rows() -> None:
    assert "| Part | Price |\n|---|---|\n| Filter | 12 |" in convert(word(TABLE)).text


def test_what_was_deleted_is_gone_and_what_was_inserted_is_there() -> None:
    body = (
        "<w:p><w:ins><w:r><w:t>New</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>Old</w:delText></w:r></w:del><w:r><w:t> text.</w:t></w:r></w:p>"
    )

    assert convert(word(body)).text == "New text.\n"


def test_a_form_field_and_a_footnote_are_text() -> None:
    notes = f'<w:footnotes {W}><w:footnote w:id="2">{styled("By hand only.")}</w:footnote></w:footnotes>'
    body = (
        f"<w:sdt><w:sdtContent>{styled('In a field.')}</w:sdtContent></w:sdt>"
        '<w:p><w:r><w:t>Rinse it.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    )

    assert convert(word(body, footnotes=notes)).text == "In a field.\n\nRinse it.[1]\n\n1. By hand only.\n"


def test_an_arrow_in_the_text_is_no_way_back_from_a_footnote() -> None:
    assert convert(word(styled("Pressure ↑ when the valve closes."))).text == "Pressure ↑ when the valve closes.\n"


def test_a_file_that_names_itself_and_its_author(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(word(styled("Text."), title="Manual", creator="The makers"))

    document = read(tmp_path / "a.docx", "a.docx")

    assert (document.title, document.metadata, document.format) == ("Manual", {"author": "The makers"}, "Word")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (ENCRYPTED, "protected by a password"),
        (OLD, "a file of an older format, not Word file"),
        (b"text", "damaged, or no Word file"),
        (archive({"a.txt": "text"}), "damaged, or no Word file"),
        (word("<w:p>"), "damaged"),
    ],
    ids=["encrypted", "older", "text", "another archive", "broken XML"],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "a.docx").write_bytes(data)
    with pytest.raises(KnowledgeError, match=reason):
        read(tmp_path / "a.docx", "a.docx")
