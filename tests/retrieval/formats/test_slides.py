"""A PowerPoint file's text, slide by slide."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from office_files import ENCRYPTED, archive, grid, relations, shape, slides

from chatbot.anchors import anchor_text
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.slides import convert
from chatbot.retrieval.load import read


def test_slides_come_in_their_order_and_a_piece_knows_its_slide() -> None:
    data = slides(shape("The Pump", kind="ctrTitle"), shape("Rinse it.", kind="body"), shape("Dry it.", kind="body"))

    found = convert(data)

    assert found.text == "# The Pump\n\nRinse it.\n\nDry it."
    assert anchor_text(found.anchors, found.text.index("Dry"), len(found.text)) == "slide 3"
    assert found.has_lines is False


def test_a_slide_has_its_title_first_then_texts_and_tables_then_notes() -> None:
    whole = (
        shape("Rinse", "Dry", kind="")
        + shape("Cleaning", kind="title")
        + grid(["Part", "Price"], ["A|B", "12"])
        + shape("Hot!")
        + shape("7", kind="sldNum")
        + shape("Made by us", kind="ftr")
    )

    assert convert(slides(whole, notes={1: "Water is enough."})).text == (
        "# Cleaning\n\n- Rinse\n- Dry\n\n| Part | Price |\n|---|---|\n| A\\|B | 12 |\n\nHot!\n\nNotes: Water is enough."
    )


def test_the_numbers_of_a_chart_are_read() -> None:
    c = "xmlns:c='http://schemas.openxmlformats.org/drawingml/2006/chart'"
    shown = f"<a:graphic><a:graphicData><c:chart {c} r:id='c1'/></a:graphicData></a:graphic>"
    data = BytesIO(slides(shape("Sales", kind="title") + f"<p:graphicFrame>{shown}</p:graphicFrame>"))
    points = "<c:cat><c:pt idx='0'><c:v>East</c:v></c:pt></c:cat><c:val><c:pt idx='0'><c:v>19</c:v></c:pt></c:val>"
    with ZipFile(data, "a") as file:
        file.writestr("ppt/slides/_rels/slide0.xml.rels", relations({"c1": ("chart", "../charts/chart1.xml")}))
        chart = f"<c:chart><c:ser>{points}</c:ser></c:chart>"
        file.writestr("ppt/charts/chart1.xml", f"<c:chartSpace {c}>{chart}</c:chartSpace>")

    assert convert(data.getvalue()).text.split("\n\n") == ["# Sales", "| East | 19 |"]


def test_a_group_is_looked_into_and_its_second_form_is_not() -> None:
    names = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    inner = f"<p:grpSp>{shape('inside')}</p:grpSp>"
    forms = f"<mc:Choice>{inner}</mc:Choice><mc:Fallback>{inner}</mc:Fallback>"
    either = f"<mc:AlternateContent {names}>{forms}</mc:AlternateContent>"

    assert convert(slides(either)).text == "inside"


def test_a_slide_without_text_has_no_anchor_and_is_counted() -> None:
    found = convert(slides(shape(""), shape("Text.")))

    assert [(each.start, each.name) for each in found.anchors] == [(0, "2")]


def test_a_deck_that_names_itself(tmp_path: Path) -> None:
    (tmp_path / "a.pptx").write_bytes(slides(shape("Text."), title="Pumps", creator="The makers"))

    document = read(tmp_path / "a.pptx", "a.pptx")

    assert (document.title, document.metadata, document.format) == ("Pumps", {"author": "The makers"}, "PowerPoint")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (ENCRYPTED, "protected by a password"),
        (b"text", "damaged, or no PowerPoint file"),
        (archive({"a.txt": "text"}), "damaged, or no PowerPoint file"),
        (archive({"ppt/presentation.xml": "<p>"}), "damaged: ppt/presentation.xml is no XML"),
    ],
    ids=["encrypted", "text", "another archive", "broken XML"],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(KnowledgeError, match=reason):
        convert(data)
