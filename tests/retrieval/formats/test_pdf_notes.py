"""What people wrote onto the pages of a PDF."""

from __future__ import annotations

import pytest
from pdf_files import paragraph, pdf

from chatbot.anchors import anchor_text
from chatbot.retrieval.formats.pdf import convert

WIDGET = "/Subtype /Widget"
FILLED = f"{WIDGET} /FT /Tx /T (form1[0].#page[0].street[0]) /V (Quay 7)"


def test_the_fields_of_a_form_stand_below_its_page_with_their_names() -> None:
    named = f"{WIDGET} /FT /Tx /T (f2) /TU (Name of the boat) /V (Tern)"
    found = convert(pdf(paragraph("Application."), paragraph("The end."), notes={0: [FILLED, named]}))
    tern = found.text.index("Tern")

    assert found.text == "Application.\n\nstreet: Quay 7\nName of the boat: Tern\n\nThe end."
    assert anchor_text(found.anchors, tern, tern + 4) == "page 1"


@pytest.mark.parametrize(
    ("note", "line"),
    [
        ("/Subtype /FreeText /Contents (Berth\\n14)", "Berth 14"),
        ("/Subtype /Text /Contents (Ask the mayor)", "Ask the mayor"),
        ("/Subtype /Highlight /Contents (Is this so?)", "Is this so?"),
        (f"{WIDGET} /FT /Ch /Ff 131072 /T (kind) /Opt [(Gold) (Tin)] /V (Gold)", "kind: Gold"),
        (f"{WIDGET} /FT /Btn /T (member) /V /Yes /AS /Yes", "member: Yes"),
        ("/Subtype /Link /Contents (Go on)", ""),
        ("/Subtype /Popup /Contents (Ask the mayor)", ""),
        ("/Subtype /Text /F 2 /Contents (hidden)", ""),
        (f"{WIDGET} /FT /Tx /T (empty)", ""),
        (f"{WIDGET} /FT /Tx /Ff 8192 /T (password) /V (sesame)", ""),
        (f"{WIDGET} /FT /Btn /Ff 65536 /T (send) /V (Send)", ""),
        (f"{WIDGET} /FT /Btn /T (member) /V /Off /AS /Off", ""),
    ],
)
def test_what_is_written_and_shown_is_read(note: str, line: str) -> None:
    assert convert(pdf(paragraph("Text."), notes={0: [note]})).text == "Text." + (f"\n\n{line}" if line else "")


def test_a_page_with_nothing_but_notes_is_a_page_with_text() -> None:
    found = convert(
        pdf([], paragraph("More."), pictures=[0], notes={0: ["/Subtype /FreeText /Contents (Seen.)", FILLED]})
    )

    assert found.text == "Seen.\nstreet: Quay 7\n\nMore."
    assert [anchor.name for anchor in found.anchors] == ["1", "2"]
    assert "pages_without_text" not in found.metadata
