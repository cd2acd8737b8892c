"""Office files and books for tests, with the few parts that a reader needs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
P = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

ENCRYPTED = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(500)
"""As much of an encrypted office file as tells that it is one."""

OLD = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1_000)


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return made.getvalue()


def relations(targets: Mapping[str, tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="{name}" Type="{KINDS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def core(title: str, creator: str) -> str:
    return (
        '<c:coreProperties xmlns:c="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title>'
        f"<dc:creator>{escape(creator)}</dc:creator></c:coreProperties>"
    )


def word(body: str, *, title: str = "", creator: str = "", **more: str) -> bytes:
    """A Word file. body: WordprocessingML, as `styled` makes it. more: other parts of the folder `word`."""
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/></w:style>'
        for name in ("Title", "heading 1", "heading 2")
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations({"r1": ("officeDocument", "word/document.xml")}),
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": relations({name: (name, f"{name}.xml") for name in ("styles", *more)}),
        "word/styles.xml": f"<w:styles {W}>{styles}</w:styles>",
        "docProps/core.xml": core(title, creator),
    }
    return archive(parts | {f"word/{name}.xml": content for name, content in more.items()})


def styled(text: str, style: str = "") -> str:
    form = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{form}<w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def slides(*shapes: str, notes: Mapping[int, str] | None = None, title: str = "", creator: str = "") -> bytes:
    """A PowerPoint file. shapes: DrawingML of each slide, as `shape` makes it. notes: by number of the slide."""
    notes = notes or {}
    numbers = range(1, len(shapes) + 1)
    order = "".join(f'<p:sldId id="{255 + number}" r:id="r{number}"/>' for number in numbers)
    parts = {
        "ppt/presentation.xml": f"<p:presentation {P}><p:sldIdLst>{order}</p:sldIdLst></p:presentation>",
        # the last file is the first slide: their order is that of the presentation
        "ppt/_rels/presentation.xml.rels": relations(
            {f"r{number}": ("slide", f"slides/slide{len(shapes) - number}.xml") for number in numbers}
        ),
        "docProps/core.xml": core(title, creator),
    }
    for number, shape_ in enumerate(shapes, 1):
        name = f"slide{len(shapes) - number}.xml"
        parts[f"ppt/slides/{name}"] = f"<p:sld {P}><p:cSld><p:spTree>{shape_}</p:spTree></p:cSld></p:sld>"
        if number in notes:
            parts[f"ppt/slides/_rels/{name}.rels"] = relations({"n": ("notesSlide", f"../notesSlides/{name}")})
            body = shape(notes[number], kind="body") + shape(str(number), kind="sldNum")
            parts[f"ppt/notesSlides/{name}"] = f"<p:notes {P}><p:cSld><p:spTree>{body}</p:spTree></p:cSld></p:notes>"
    return archive(parts)


def shape(*lines: str, kind: str | None = None) -> str:
    """A shape with a text. kind: of the place that it fills; None for a text box."""
    place = "" if kind is None else f"<p:ph type={quoteattr(kind)}/>" if kind else "<p:ph idx='1'/>"
    text = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in lines)
    return f"<p:sp><p:nvSpPr><p:nvPr>{place}</p:nvPr></p:nvSpPr><p:txBody>{text}</p:txBody></p:sp>"


def grid(*rows: Sequence[str]) -> str:
    """A table of a slide."""
    cells = "".join(
        "<a:tr>"
        + "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{escape(cell)}</a:t></a:r></a:p></a:txBody></a:tc>" for cell in row)
        + "</a:tr>"
        for row in rows
    )
    return (
        f"<p:graphicFrame><a:graphic><a:graphicData><a:tbl>{cells}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )


def sheets(**named: Mapping[str, str | float | bool]) -> bytes:
    """An Excel file. named: the cells of each sheet by their place, `B3`."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="r{number}"/>' for number, name in enumerate(named, 1)
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations({"r1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{KINDS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            {f"r{number}": ("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(named) + 1)}
        ),
    }
    for number, cells in enumerate(named.values(), 1):
        rows: dict[int, str] = {}
        for place, value in cells.items():
            row = int(place.lstrip("ABCDEFGH"))
            rows[row] = rows.get(row, "") + _cell(place, value)
        data = "".join(f'<row r="{row}">{content}</row>' for row, content in sorted(rows.items()))
        parts[f"xl/worksheets/sheet{number}.xml"] = f"<worksheet {main}><sheetData>{data}</sheetData></worksheet>"
    return archive(parts)


def _cell(place: str, value: str | float | bool) -> str:
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def book(
    chapters: Mapping[str, str],
    *,
    title: str = "",
    creator: str = "",
    contents: Mapping[str, str] | None = None,
    **more: str,
) -> bytes:
    """An EPUB. chapters: pages by the names of their files. contents: the names of chapters. more: of META-INF."""
    links = "".join(f'<li><a href="{page}">{escape(name)}</a></li>' for page, name in (contents or {}).items())
    items = "".join(f'<item id="{name}" href="text/{name}" media-type="application/xhtml+xml"/>' for name in chapters)
    order = "".join(f'<itemref idref="{name}"/>' for name in ("nav", *chapters))
    return archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<metadata><dc:title>{escape(title)}</dc:title><dc:creator>{escape(creator)}</dc:creator></metadata>"
            f'<manifest><item id="nav" href="text/nav.xhtml" properties="nav"/>{items}</manifest>'
            f"<spine>{order}</spine></package>",
            "OEBPS/text/nav.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><body><ol>{links}</ol></body></html>',
            **{f"OEBPS/text/{name}": page for name, page in chapters.items()},
            **{f"META-INF/{name}.xml": content for name, content in more.items()},
        }
    )
