"""PDF: the text of its pages in the file's own reading order, what people wrote onto them, and page numbers as anchors.

The text is what the file's letters say; pages that are pictures have none, and are counted in `pages_without_text`.
Refuses a file that needs a password, one without any text, and one that is damaged beyond reading.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.converted import PAGES_WITHOUT_TEXT, Converted
from chatbot.retrieval.formats.pdf_layout import Bookmark, Line, laid_out, largest
from chatbot.retrieval.formats.pdf_notes import notes

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

MOST_PAGES = 20_000
MOST_BOOKMARKS = 10_000

MOST_TITLE = 300

_CONTROL = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""What fonts without names for their letters come to."""
_FILE = re.compile(r"\.\w{2,5}$")
_NO_TITLES = ("untitled", "(anonymous)", "microsoft word - ", "microsoft powerpoint - ", "slide 1")
"""What programs write where nobody gave a title."""


def convert(data: bytes) -> Converted:
    """The text of all pages. Raises KnowledgeError."""
    document = _opened(data)
    document.init_forms()  # before any page is opened
    pages, written = list(_pages(document)), notes(document)
    silent = [number for number, lines in enumerate(pages, 1) if not lines and number not in written]
    if len(silent) == len(pages):
        raise KnowledgeError(_without_text(document, len(pages)))
    text, anchors = laid_out(pages, _bookmarks(document), written)
    metadata = {PAGES_WITHOUT_TEXT: _ranges(silent)} if silent else {}
    return Converted(text, _title(document) or largest(pages[0]), tuple(anchors), metadata, has_lines=False)


def _opened(data: bytes) -> PdfDocument:
    import pypdfium2
    from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", 0) in (FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY):
            raise KnowledgeError("protected by a password") from error
        raise KnowledgeError("damaged, or no PDF") from error
    if not 0 < len(document) <= MOST_PAGES:
        raise KnowledgeError(f"more than {MOST_PAGES:,} pages" if len(document) else "it has no pages")
    return document


def _pages(document: PdfDocument) -> Iterator[list[Line]]:
    """The lines of each page; none of a page that cannot be read."""
    import pypdfium2

    for number in range(len(document)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            yield []
            continue
        yield list(_lines(page))
        page.close()


def _lines(page: PdfPage) -> Iterator[Line]:
    letters = page.get_textpage()
    start = 0
    for text in _CONTROL.sub(" ", letters.get_text_range()).split("\r\n"):
        first = start + len(text) - len(text.lstrip())
        last = start + len(text.rstrip()) - 1
        start += len(text) + 2
        if text.strip():
            top, height = _place(letters, first)
            yield Line(text.strip(), top, _place(letters, last)[0], height)


def _place(letters: PdfTextPage, at: int) -> tuple[float, float]:
    """Where the letter at an offset of the text stands, from the lower edge, and how large its font is; in points."""
    from pypdfium2 import raw

    letter = raw.FPDFText_GetCharIndexFromTextIndex(letters, at)
    across, above, turned = ctypes.c_double(), ctypes.c_double(), raw.FS_MATRIX()
    raw.FPDFText_GetCharOrigin(letters, letter, ctypes.byref(across), ctypes.byref(above))
    if not raw.FPDFText_GetMatrix(letters, letter, ctypes.byref(turned)):
        return above.value, 0.0
    return above.value, raw.FPDFText_GetFontSize(letters, letter) * math.hypot(turned.c, turned.d)


def _bookmarks(document: PdfDocument) -> list[Bookmark]:
    import pypdfium2

    found: list[Bookmark] = []
    try:
        for mark in document.get_toc():
            target = mark.get_dest()
            page = target.get_index() if target else None
            if page is not None:
                found.append(Bookmark(mark.level, mark.get_title(), page))
            if len(found) >= MOST_BOOKMARKS:
                break
    except pypdfium2.PdfiumError:  # the pages are there all the same
        return found
    return found


def _title(document: PdfDocument) -> str:
    """What the file calls itself; empty where that is no title."""
    title = " ".join(document.get_metadata_value("Title").split())
    return "" if title.lower().startswith(_NO_TITLES) or len(title) > MOST_TITLE or _FILE.search(title) else title


def _without_text(document: PdfDocument, pages: int) -> str:
    """Why there is no text: pictures of pages, or nothing at all."""
    from pypdfium2 import PdfiumError
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    try:
        has_picture = any(True for _ in document[0].get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=3))
    except PdfiumError:
        return "damaged: its pages cannot be read"
    if has_picture:
        return f"scanned: its {pages} pages are pictures without text" if pages > 1 else "scanned: a picture of a page"
    return "it has no text"


def _ranges(numbers: list[int]) -> str:
    """`3, 7-9`."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, part)) for part in parts)
