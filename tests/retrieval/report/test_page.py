"""The report of an index in a real browser: closed to everything outside, and usable on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from browser import PROGRAM, Browser
from words import Words

from chatbot.errors import KnowledgeError
from chatbot.retrieval import Knowledge
from chatbot.retrieval.report.figures import SIZES, Dot, Figures, Label, TypeOfFile
from chatbot.retrieval.report.page import page, write_page
from chatbot.retrieval.store import Profile

needs_browser = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium here")

HOSTILE = "<script>alert(1)</script>"
TIPS = "[...document.querySelectorAll('.tip')].filter((each) => each.offsetHeight).map((each) => each.textContent)"

FIGURES = Figures(
    place="manuals",
    embedder="minilm",
    documents=1_240,
    chunks=88_001,
    types=(
        TypeOfFile("PDF", (0, 3, 900, 310, 0, 2), 2_345_678_901, 88_000, 754.2),
        TypeOfFile(f"type {HOSTILE}", (25, 0, 0, 0, 0, 0), 999, 1, 0.001),
    ),
    skipped=(
        ("files ending in .png are not read", tuple(f"pictures/{number}.png" for number in range(120))),
        (f"reason {HOSTILE}", ("x" * 300,)),
    ),
    lengths=tuple(range(0, 300, 2)),
    window=254,
    dots=tuple(Dot(f"Document {number} {HOSTILE}", number % 10 / 9, number // 10 / 9) for number in range(100)),
    labels=(Label(("valves", "pumps"), 0.02, 0.5), Label(("internationalisation" * 3,), 0.98, 0.5)),
    slowest=(Profile("a/" * 90 + "end.pdf", "", is_file=True, format="PDF", size=4_000_000, seconds=29.5, chunks=900),),
)
EMPTY = Figures("empty", "minilm", 0, 0, (), (), (), 254, (), (), ())


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "out" / "index.html"
    write_page(FIGURES, path)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as started:
        yield started


def test_nothing_in_the_page_is_markup_but_the_pages_own() -> None:
    text = page(FIGURES)
    assert "<script" not in text and text.count(">Document 9 &lt;script&gt;") == 1
    policy = unescape(text.split('content="', 1)[1].split('"')[0])
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy


def test_figures_are_told_in_units_that_people_read() -> None:
    text = page(FIGURES)
    for told in ("1,240 documents, 88,001 passages", "2.35 GB", "12 min 34 s", "999 B", "29.50 s", "and 20 more"):
        assert told in text
    assert "22 passages of these cannot be read to the end." in text and "Counted on 150 of 88,001." in text


def test_classes_of_size_that_nobody_is_in_are_left_out() -> None:
    text = page(FIGURES)
    assert len(FIGURES.types[0].sizes) == len(SIZES) + 1
    assert ">&lt; 1 kB<" in text and ">10 MB and more<" in text and ">&lt; 10 MB<" not in text


def test_an_empty_index_has_a_page() -> None:
    text = page(EMPTY)
    assert "0 documents, 0 passages" in text and "every file that was looked at is in the index" in text


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="cannot be written"):
        write_page(EMPTY, tmp_path)


def test_knowledge_writes_the_report_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A title\n\nA text.\n")
    knowledge = Knowledge(tmp_path / "docs", index=tmp_path / "i.db", embedder=Words())

    knowledge.write_report(tmp_path / "r.html", [("b.png", "not read")])

    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "1 document, 1 passage" in text and "A title (a.md:1)" in text and "b.png" in text


@needs_browser
@pytest.mark.parametrize("width", [375, 1200])
def test_it_fits_the_screen_and_asks_for_nothing(browser: Browser, written: Path, width: int) -> None:
    shown = browser.open(written, width=width)
    assert shown.value("document.documentElement.scrollWidth") <= width
    assert shown.requests == [written.as_uri()] and shown.console == []
    places = shown.value("['d0', 'd99'].map((id) => getComputedStyle(document.getElementById(id)).left)")
    assert places[0] == "0px" and float(places[1].removesuffix("px")) > width / 2


@needs_browser
def test_a_keyboard_reads_the_map_dot_by_dot(browser: Browser, written: Path) -> None:
    shown = browser.open(written)
    assert shown.value(TIPS) == []
    for _ in range(4):  # over the two reasons to the map, and into it
        if shown.value("document.activeElement.name") != "dot":
            shown.press("Tab")
    for _ in range(3):
        shown.press("ArrowRight")
    assert shown.value(TIPS) == [f"Document 3 {HOSTILE}"]


@needs_browser
def test_what_is_pointed_at_is_named(browser: Browser, written: Path) -> None:
    shown = browser.open(written)
    shown.value("document.getElementById('d55').scrollIntoView()")
    x, y = shown.value(
        "(() => { const box = document.getElementById('d55').getBoundingClientRect();"
        " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
    )
    browser.call("Input.dispatchMouseEvent", shown.session, type="mouseMoved", x=x, y=y)
    assert shown.value(TIPS) == [f"Document 55 {HOSTILE}"]


@needs_browser
def test_a_dark_screen_gets_a_dark_page(browser: Browser, written: Path) -> None:
    assert browser.open(written).is_dark_in_the_dark()


@needs_browser
def test_a_screen_reader_meets_tables_dots_and_reasons(browser: Browser, written: Path) -> None:
    names = browser.open(written).names()
    assert ("heading", "Left out, and why") in names
    assert [role for role, _ in names].count("radio") == 100
    assert ("radio", f"Document 7 {HOSTILE}") in names
    assert ("rowheader", "PDF") in names and any(role in ("image", "img") for role, _ in names)
