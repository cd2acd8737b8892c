"""What people wrote onto the pages of a PDF: the fields of a form that they filled, the notes and texts they put there.

In: an opened document whose forms are begun. Out: by page, a line for each. Left out are empty fields, buttons,
passwords, signatures, and what is not shown.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

MOST_NOTES = 10_000

_INDEX = re.compile(r"\[\d+\]")
"""How forms of some programs number the parts of a field's name: `form1[0].page[2].street[0]`."""

_HIDDEN = 1 << 1 | 1 << 5
"""Flags of what is neither shown on the screen nor printed there (PDF 32000-1, table 165)."""
_PASSWORD = 1 << 13
"""Flag of a field (the same, table 228)."""

Read = Callable[[object, int], int]
"""A function of PDFium that writes UTF-16 into so many bytes, and says how many it would need."""


def notes(document: PdfDocument) -> Mapping[int, Sequence[str]]:
    """The lines of each page that has any, by its number from 1."""
    import pypdfium2

    found: dict[int, Sequence[str]] = {}
    left = MOST_NOTES
    for number in range(1, len(document) + 1):
        try:
            page = document[number - 1]
        except pypdfium2.PdfiumError:
            continue
        if lines := _of_page(document, page, left):
            found[number] = lines
            left -= len(lines)
        page.close()
    return found


def _of_page(document: PdfDocument, page: PdfPage, most: int) -> list[str]:
    from pypdfium2 import raw

    lines: dict[str, None] = {}
    for index in range(min(most, raw.FPDFPage_GetAnnotCount(page))):
        note = raw.FPDFPage_GetAnnot(page, index)
        if note:
            if not raw.FPDFAnnot_GetFlags(note) & _HIDDEN and (line := _line(document, note)):
                lines[line] = None  # buttons of which one is chosen all say which
            raw.FPDFPage_CloseAnnot(note)
    return list(lines)


def _line(document: PdfDocument, note: object) -> str:
    """What one of them says; empty where that is nothing."""
    from pypdfium2 import raw

    kind = raw.FPDFAnnot_GetSubtype(note)
    if kind in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
        return ""
    if kind != raw.FPDF_ANNOT_WIDGET:
        return _text(lambda into, size: raw.FPDFAnnot_GetStringValue(note, b"Contents", into, size))
    form = document.formenv
    if form is None or raw.FPDFAnnot_GetFormFieldFlags(form, note) & _PASSWORD:
        return ""
    if raw.FPDFAnnot_GetFormFieldType(form, note) in (raw.FPDF_FORMFIELD_PUSHBUTTON, raw.FPDF_FORMFIELD_SIGNATURE):
        return ""
    value = _text(lambda into, size: raw.FPDFAnnot_GetFormFieldValue(form, note, into, size))
    if not value or value == "Off":
        return ""
    said = _text(lambda into, size: raw.FPDFAnnot_GetFormFieldAlternateName(form, note, into, size))
    name = _text(lambda into, size: raw.FPDFAnnot_GetFormFieldName(form, note, into, size))
    label = said or _INDEX.sub("", name).rpartition(".")[2]
    return f"{label}: {value}" if label else value


def _text(read: Read) -> str:
    """What a function of PDFium gives, in one line."""
    from pypdfium2 import raw

    size = read(None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    read(ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return " ".join(buffer.raw.decode("utf-16-le", "replace").rstrip("\0").split())
