"""Files that somebody made to break their reader, and good ones damaged at random."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from collections.abc import Callable, Mapping

from office_files import KINDS, P, W, archive, book, grid, relations, shape, sheets, slides, styled, word
from pdf_files import Words, paragraph, pdf

S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
DEEP = 5_000

SEEDS: Mapping[str, tuple[bytes, ...]] = {
    "pdf": (
        pdf(paragraph("Rinse the filter.", "Dry it."), paragraph("Store it."), bookmarks=[("Rinse", 0), ("Store", 1)]),
        pdf([Words("The Pump", size=24), *paragraph("Text (with brackets).", top=600)], title="Manual", pictures=[0]),
    ),
    "word": (
        word(styled("The Pump", "Title") + styled("Cleaning", "heading1") + styled("Rinse it.") * 20, title="Manual"),
        word(f"<w:tbl><w:tr><w:tc>{styled('a')}</w:tc><w:tc>{styled('b')}</w:tc></w:tr></w:tbl>"),
    ),
    "slides": (
        slides(
            shape("Pump", kind="title") + shape("a", "b", kind="body"), grid(["a", "b"], ["1", "2"]), notes={1: "n"}
        ),
    ),
    "sheets": (sheets(Prices={"A1": "Part", "B1": "Price", "A2": "Filter", "B2": 12.5, "A3": True}, Empty={}),),
    "epub": (
        book(
            {"one.xhtml": "<html><body><h1>One</h1><p>Rinse it.</p><ul><li>a</li></ul></body></html>"},
            contents={"one.xhtml": "One"},
        ),
    ),
}
"""Good files, by the converter that reads them."""

CONVERTERS = tuple(SEEDS)


def damaged(number: int) -> tuple[str, bytes]:
    """The name of a converter, and a file that is damaged in a way of its own."""
    chance = random.Random(number)
    kind = CONVERTERS[number % len(CONVERTERS)]
    data = chance.choice(SEEDS[kind])
    way: Callable[[bytes, random.Random], bytes] = chance.choice(
        [_cut_off, _flipped, _overwritten, _moved, _within, _within]
    )
    if chance.random() < 0.05:
        kind = chance.choice(CONVERTERS)  # under a wrong ending
    return kind, way(data, chance)


def _cut_off(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _flipped(data: bytes, chance: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(chance.choice([1, 4, 40])):
        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    return bytes(made)


def _overwritten(data: bytes, chance: random.Random) -> bytes:
    at, length = chance.randrange(len(data)), chance.choice([1, 4, 8, 100])
    value = chance.choice([bytes(length), b"\xff" * length, b"9" * length, b"<" * length, chance.randbytes(length)])
    return data[:at] + value + data[at + length :]


def _moved(data: bytes, chance: random.Random) -> bytes:
    """A piece put elsewhere, or said a thousand times."""
    first, last = sorted(chance.randrange(len(data)) for _ in range(2))
    at = chance.randrange(len(data))
    return data[:at] + data[first:last][:1_000] * chance.choice([1, 1, 1_000]) + data[at:]


def _within(data: bytes, chance: random.Random) -> bytes:
    """One part of an archive damaged and packed again, so that the damage gets to what reads the part."""
    if not data.startswith(b"PK"):
        return _overwritten(data, chance)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    name = chance.choice([name for name, content in parts.items() if content])
    parts[name] = chance.choice([_cut_off, _flipped, _overwritten, _moved])(parts[name], chance)
    return archive(parts)


def crafted(port: int) -> Mapping[str, tuple[str, bytes]]:
    """Attacks by name, each with the converter it is for. port: a server here, which nobody may call."""
    url = f"http://127.0.0.1:{port}/x"
    outside = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY u SYSTEM "{url}">]>'
    grow = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "lol">{grow}<!ENTITY e "&e11;">]>'
    attacks: dict[str, tuple[str, bytes]] = {}
    for name, head in (("outside", outside), ("growing", bomb)):
        body = f"{head}<w:document {W}><w:body><w:p><w:r><w:t>&e;</w:t></w:r></w:p></w:body></w:document>"
        attacks[f"entities {name}, Word"] = "word", _with(SEEDS["word"][0], "word/document.xml", body)
        row = '<row r="1"><c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row>'
        sheet = f"{head}<worksheet {S}><sheetData>{row}</sheetData></worksheet>"
        attacks[f"entities {name}, Excel"] = "sheets", _with(SEEDS["sheets"][0], "xl/worksheets/sheet1.xml", sheet)
        slide = f"{head}<p:sld {P}><p:cSld><p:spTree><a:t>&e;</a:t></p:spTree></p:cSld></p:sld>"
        attacks[f"entities {name}, slides"] = "slides", _with(SEEDS["slides"][0], "ppt/slides/slide1.xml", slide)
        attacks[f"entities {name}, book"] = (
            "epub",
            _with(SEEDS["epub"][0], "OEBPS/book.opf", f"{head}<package>&e;</package>"),
        )
    attacks |= _nested() | _loops()
    link = f'<Relationship Id="i" Type="{KINDS}/image" Target="{url}" TargetMode="External"/>'
    attacks["a picture elsewhere"] = "word", _with(SEEDS["word"][0], "word/_rels/document.xml.rels", f"<x>{link}</x>")
    attacks["parts outside"] = (
        "slides",
        archive(
            {
                "ppt/presentation.xml": f'<p:presentation {P}><p:sldId r:id="r1"/></p:presentation>',
                "ppt/_rels/presentation.xml.rels": relations({"r1": ("slide", "../../../../etc/passwd")}),
                "../../outside.xml": "<x/>",
                "/outside.xml": "<x/>",
            }
        ),
    )
    script = f"<html><body><script src='{url}'></script><img src='{url}'/><p>text</p></body></html>"
    attacks["a page that loads others"] = "epub", book({"a.xhtml": script})
    return attacks


def _with(data: bytes, name: str, content: str | bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return archive({each: file.read(each) for each in file.namelist()} | {name: content})


def _nested() -> dict[str, tuple[str, bytes]]:
    open_, close = "<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"
    table, end = "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"
    group, out = "<p:grpSp>", "</p:grpSp>"
    return {
        "nested fields": ("word", word(open_ * DEEP + styled("x") + close * DEEP)),
        "nested tables": ("word", word(table * 5_000 + styled("x") + end * 5_000)),
        "nested groups": ("slides", slides(group * DEEP + shape("x") + out * DEEP)),
        "nested lists": ("epub", book({"a.xhtml": "<ul><li>" * DEEP + "x"})),
        "nested quotations": ("epub", book({"a.xhtml": "<blockquote>" * DEEP + "x"})),
        "nested arrays": ("pdf", pdf(paragraph("x")).replace(b"/Subtype /Type1", b"/X " + b"[" * DEEP + b"]" * DEEP)),
    }


def bombs() -> Mapping[str, tuple[str, bytes]]:
    """Small files that become large, by name, each with the converter it is for."""
    nothing = bytes(300_000_000)
    packer = zlib.compressobj(1)
    stream = b"".join(packer.compress(b"BT /F 10 Tf (x) Tj ET\n" * 1_000_000) for _ in range(20)) + packer.flush()
    content = b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)
    page = pdf([Words("MARK")])
    start = page.index(b"<< /Length", page.index(b"11 0 obj"))
    near = sheets(S={"A1": "x", "B1": 1.0})
    with zipfile.ZipFile(io.BytesIO(near)) as file:
        far = file.read("xl/worksheets/sheet1.xml").replace(b'r="B1"', b'r="XFD1048576"')
    return {
        "300 MB of nothing, Word": ("word", _with(SEEDS["word"][0], "word/document.xml", nothing)),
        "300 MB of nothing, Excel": ("sheets", _with(SEEDS["sheets"][0], "xl/worksheets/sheet1.xml", nothing)),
        "a cell far away": ("sheets", _with(near, "xl/worksheets/sheet1.xml", far)),
        "a million paragraphs": ("epub", book({"a.xhtml": "<p>word</p>" * 1_000_000})),
        "one long line": ("epub", book({"a.xhtml": "<p>" + "word " * 3_000_000})),
        "tags without end": ("epub", book({"a.xhtml": "<" * 1_000_000})),
        "a page that unpacks to 440 MB": ("pdf", page[:start] + content + page[page.index(b"endobj", start) :]),
    }


def _loops() -> dict[str, tuple[str, bytes]]:
    page = pdf(paragraph("x"), bookmarks=[("x", 0), ("y", 0)])
    return {
        "pages in a circle": ("pdf", page.replace(b"/Kids [10 0 R]", b"/Kids [2 0 R]")),
        "many pages that are none": ("pdf", page.replace(b"/Count 1 >>", b"/Count 2000000000 >>")),
        "bookmarks in a circle": ("pdf", page.replace(b"/Next 14 0 R", b"/Next 13 0 R /First 13 0 R")),
        "a font that is itself": ("pdf", page.replace(b"/BaseFont /Helvetica", b"/BaseFont 3 0 R /ToUnicode 3 0 R")),
    }
