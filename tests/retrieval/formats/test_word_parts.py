"""What mammoth passes over in Word's files."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from office_files import archive, styled, word

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.word import convert
from chatbot.retrieval.formats.word_parts import readable

MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
WPS = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
VML = "urn:schemas-microsoft-com:vml"


def run(text: str, form: str = "") -> str:
    return f'<w:r>{form and f"<w:rPr>{form}</w:rPr>"}<w:t xml:space="preserve">{text}</w:t></w:r>'


def box(text: str) -> str:
    return (
        f"<w:drawing><wps:txbx xmlns:wps='{WPS}'><w:txbxContent>{styled(text)}</w:txbxContent></wps:txbx></w:drawing>"
    )


def choice(newer: str, older: str) -> str:
    fallback = f"<mc:Fallback>{older}</mc:Fallback>" if older else ""
    newest = f"<mc:Choice Requires='wps'>{newer}</mc:Choice>"
    return f"<mc:AlternateContent xmlns:mc='{MC}'>{newest}{fallback}</mc:AlternateContent>"


def old_box(text: str) -> str:
    content = f"<w:txbxContent>{styled(text)}</w:txbxContent>"
    return f"<w:pict><v:shape xmlns:v='{VML}'><v:textbox>{content}</v:textbox></v:shape></w:pict>"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (run("Figure ") + f'<w:fldSimple w:instr=" SEQ Figure ">{run("3")}</w:fldSimple>', "Figure 3"),
        (f"<w:bdo w:val='rtl'><w:dir w:val='rtl'>{run('שלום')}</w:dir></w:bdo>", "שלום"),
        (f"<w:r><w:ruby><w:rt>{run('かんじ')}</w:rt><w:rubyBase>{run('漢字')}</w:rubyBase></w:ruby></w:r>", "漢字"),
        (
            run("So ") + f"<m:oMath xmlns:m='{MATH}'><m:r><m:t>E=1</m:t></m:r></m:oMath>" + run(" holds."),
            "So E=1 holds.",
        ),
        ("<w:r><w:t>one</w:t><w:cr/><w:t>two</w:t></w:r>", "one\ntwo"),
        (run("seen") + run("hidden", "<w:vanish/>") + run(" too", "<w:vanish w:val='0'/>"), "seen too"),
        (run("By the box") + f"<w:r>{box('In it')}</w:r>", "By the box\n\nIn it"),
        (run("By it") + f"<w:r>{choice(box('In it'), '')}</w:r>", "By it\n\nIn it"),
        (run("By it") + f"<w:r>{choice(box('In it'), '<w:pict/>')}</w:r>", "By it\n\nIn it"),
        (run("By it") + f"<w:r>{choice(box('In it'), old_box('In it'))}</w:r>", "By it\n\nIn it"),
    ],
    ids=[
        "field",
        "direction",
        "ruby",
        "equation",
        "line",
        "hidden",
        "box",
        "newer box",
        "box or picture",
        "both boxes",
    ],
)
def test_all_text_of_a_paragraph_is_read_once(body: str, text: str) -> None:
    assert convert(word(f"<w:p>{body}</w:p>")).text == f"{text}\n"


def test_a_file_without_any_of_it_stays_as_it_is_and_another_loses_its_pictures() -> None:
    data = word(styled("Text."))
    hidden = BytesIO(word(f"<w:p>{run('Text.')}{run('hidden', '<w:vanish/>')}</w:p>"))
    with ZipFile(hidden, "a") as file:
        file.writestr("word/media/image1.png", b"a picture")

    assert readable(data) is data
    assert b"a picture" not in readable(hidden.getvalue())
    assert convert(hidden.getvalue()).text == "Text.\n"


def test_a_broken_part_is_said() -> None:
    with pytest.raises(KnowledgeError, match=r"damaged: word/document\.xml is no XML"):
        readable(archive({"word/document.xml": "<w:p><w:fldSimple>"}))
