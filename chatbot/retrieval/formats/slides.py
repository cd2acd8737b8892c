"""PowerPoint: the slides in order, each with its title as heading, texts, tables, charts and notes; numbers as anchors.

What stands on a slide comes in the order in which the file lists it. Left out are dates, footers and numbers that
stand on every slide, and what a picture shows. Refuses what is encrypted or damaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from chatbot.anchors import Anchor
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.archive import opened, properties, relations, xml
from chatbot.retrieval.formats.charts import chart_text
from chatbot.retrieval.formats.converted import Converted

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""What old programs show instead of the same thing in a newer form."""

_MAIN = "ppt/presentation.xml"
_TITLES = ("title", "ctrTitle")
_LISTS = ("body", "obj", "")
_LEFT_OUT = ("dt", "ftr", "sldNum", "hdr", "sldImg")


def convert(data: bytes) -> Converted:
    """The text of all slides. Raises KnowledgeError."""
    archive = opened(data, "PowerPoint file")
    named = properties(archive)
    parts: list[str] = []
    anchors: list[Anchor] = []
    length = 0
    for number, path in enumerate(_slides(archive), 1):
        text = _slide(archive, path)
        if text:
            anchors.append(Anchor(length, "slide", str(number)))
            parts.append(text)
            length += len(text) + 2
    metadata = {"author": named["creator"]} if "creator" in named else {}
    return Converted("\n\n".join(parts), named.get("title", ""), tuple(anchors), metadata, has_lines=False)


def _slides(archive: ZipFile) -> Iterator[str]:
    main = xml(archive, _MAIN)
    if main is None:
        raise KnowledgeError("damaged, or no PowerPoint file")
    targets = relations(archive, _MAIN)
    for each in main.iter(f"{_P}sldId"):
        kind, path = targets.get(each.get(f"{_R}id", ""), ("", ""))
        if kind == "slide":
            yield path


def _slide(archive: ZipFile, path: str) -> str:
    slide = xml(archive, path)
    if slide is None:
        return ""
    targets = relations(archive, path)
    blocks = list(_blocks(archive, slide, targets))
    titles = [text for kind, text in blocks if kind in _TITLES]
    title = " ".join(" ".join(titles).split())
    notes = [
        text
        for kind, target in targets.values()
        if kind == "notesSlide" and (found := xml(archive, target)) is not None
        for _, text in _blocks(archive, found, {})
    ]
    others = [text for kind, text in blocks if kind not in _TITLES]
    head = [f"# {title}"] if title else []
    return "\n\n".join([*head, *others, *(f"Notes: {text}" for text in notes)])


def _blocks(archive: ZipFile, slide: Element, targets: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The shapes with a text, each with the kind of place it fills on the slide."""
    waiting = list(reversed(slide))
    while waiting:
        shape = waiting.pop()
        kind, text = "", ""
        if shape.tag == f"{_P}sp":
            place = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
            kind = "text" if place is None else place.get("type", "")
            text = "" if kind in _LEFT_OUT else _paragraphs(shape.find(f"{_P}txBody"), is_list=kind in _LISTS)
        elif shape.tag == f"{_A}tbl":
            kind, text = "table", _table(shape)
        elif shape.tag.endswith("}relIds"):
            kind, text = "diagram", _diagram(archive, targets.get(shape.get(f"{_R}dm", ""), ("", ""))[1])
        elif shape.tag == f"{_C}chart":
            found = xml(archive, targets.get(shape.get(f"{_R}id", ""), ("", ""))[1])
            kind, text = "chart", "" if found is None else chart_text(found)
        elif shape.tag != _FALLBACK:
            waiting.extend(reversed(shape))
        if text.strip():
            yield kind, text


def _paragraphs(body: Element | None, *, is_list: bool) -> str:
    lines = []
    for paragraph in () if body is None else body.iter(f"{_A}p"):
        text = _text(paragraph)
        form = paragraph.find(f"{_A}pPr")
        if text and is_list and (form is None or form.find(f"{_A}buNone") is None):
            text = "  " * int("0" if form is None else form.get("lvl", "0")) + f"- {text}"
        lines.append(text)
    if is_list and sum(map(bool, lines)) == 1:
        return "".join(lines).strip().removeprefix("- ")
    return "\n".join(filter(None, lines))


def _table(table: Element) -> str:
    rows = [[_cell(cell) for cell in row.iter(f"{_A}tc")] for row in table.iter(f"{_A}tr")]
    lines = ["| " + " | ".join(row) + " |" for row in rows if row]
    return "\n".join([*lines[:1], "|" + "---|" * len(rows[0]), *lines[1:]]) if lines else ""


def _cell(cell: Element) -> str:
    return " ".join(filter(None, (_text(paragraph) for paragraph in cell.iter(f"{_A}p")))).replace("|", "\\|")


def _diagram(archive: ZipFile, path: str) -> str:
    found = xml(archive, path) if path else None
    return "" if found is None else "\n".join(filter(None, (_text(each) for each in found.iter(f"{_A}p"))))


def _text(paragraph: Element) -> str:
    """In one line."""
    pieces = (" " if each.tag == f"{_A}br" else each.text or "" for each in paragraph.iter() if each.tag in _WRITTEN)
    return " ".join("".join(pieces).split())


_WRITTEN = (f"{_A}t", f"{_A}br")
