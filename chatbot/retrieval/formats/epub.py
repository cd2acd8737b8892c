"""EPUB: the chapters of a book in reading order, each with its name as anchor.

The names are those of the book's table of contents. Left out are the table itself and pictures. Refuses a book whose
text is encrypted, and what is damaged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from chatbot.anchors import Anchor
from chatbot.decoding import decode
from chatbot.errors import KnowledgeError
from chatbot.html_text import html_text
from chatbot.retrieval.formats.archive import beside, opened, part, xml
from chatbot.retrieval.formats.converted import Converted

_NAMED = re.compile(rb"""<\?xml[^>]{0,200}encoding=["']([\w-]{1,40})""")
_TITLE = re.compile(r"<title\b[^>]*>.*?</title\s*>", re.IGNORECASE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} +(.+)", re.MULTILINE)


def convert(data: bytes) -> Converted:
    """The text of all chapters. Raises KnowledgeError."""
    archive = opened(data, "EPUB")
    path, book = _book(archive)
    names = _names(archive, path, book)
    parts: list[str] = []
    anchors: list[Anchor] = []
    length = 0
    for chapter in _chapters(archive, path, book):
        text = _text(archive, chapter, names.get(chapter, ""))
        if text:
            name = names.get(chapter) or (found[1] if (found := _HEADING.search(text)) else "")
            if name or not anchors:
                anchors.append(Anchor(length, "chapter" if name else "", name))
            parts.append(text)
            length += len(text) + 2
    author = _said(book, "creator")
    return Converted(
        "\n\n".join(parts), _said(book, "title"), tuple(anchors), {"author": author} if author else {}, has_lines=False
    )


def _book(archive: ZipFile) -> tuple[str, Element]:
    """The part that lists all others, and where it lies."""
    container = xml(archive, "META-INF/container.xml")
    path = next((each.get("full-path", "") for each in _all(container, "rootfile")), "")
    book = xml(archive, path) if path else None
    if book is None:
        raise KnowledgeError("damaged, or no EPUB")
    return path, book


def _chapters(archive: ZipFile, path: str, book: Element) -> Iterator[str]:
    """The parts with text, in reading order. Raises KnowledgeError where one is encrypted."""
    items = {each.get("id"): each for each in _all(book, "item")}
    locked = {
        beside("", each.get("URI", "")) for each in _all(xml(archive, "META-INF/encryption.xml"), "CipherReference")
    }
    for each in _all(book, "itemref"):
        item = items.get(each.get("idref"))
        if item is not None and "nav" not in item.get("properties", "").split():
            chapter = beside(path, item.get("href", ""))
            if chapter in locked:
                raise KnowledgeError("protected against copying")
            yield chapter


def _names(archive: ZipFile, path: str, book: Element) -> Mapping[str, str]:
    """The names of chapters by the tables of contents of EPUB 3 and 2; the first of a part counts."""
    names: dict[str, str] = {}
    for item in _all(book, "item"):
        where = beside(path, item.get("href", ""))
        if "nav" in item.get("properties", "").split():
            for link in _all(xml(archive, where), "a"):
                names.setdefault(beside(where, link.get("href", "")), _flat(link))
        elif item.get("media-type") == "application/x-dtbncx+xml":
            for point in _all(xml(archive, where), "navPoint"):
                target = next((each.get("src", "") for each in _all(point, "content")), "")
                names.setdefault(beside(where, target), _flat(next(_all(point, "text"), None)))
    return names


def _text(archive: ZipFile, chapter: str, name: str) -> str:
    data = part(archive, chapter) or b""
    found = _NAMED.match(data.lstrip())
    try:
        page, _ = decode(data, found[1].decode("ascii") if found else "")
    except ValueError as error:
        raise KnowledgeError(f"damaged: {chapter} is no text") from error
    text = html_text(_TITLE.sub("", page)).strip()  # the title of most is that of the whole book
    return f"# {name}\n\n{text}" if text and name and not _HEADING.search(text) else text


def _said(book: Element, name: str) -> str:
    return _flat(next(_all(book, name), None))


def _flat(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _all(element: Element | None, name: str) -> Iterator[Element]:
    """All elements of that name below, in whichever namespace."""
    return (
        each
        for each in (() if element is None else element.iter())
        if isinstance(each.tag, str) and each.tag.rpartition("}")[2] == name
    )
