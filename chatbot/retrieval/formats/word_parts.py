"""Word files, with what mammoth passes over in a form that it reads.

In: an opened Word file. Out: the file with the results of simple fields, the letters below ruby, text with a direction
of its own and boxes of newer programs as text like any other, equations in a line, and without what its writer hid.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import Element, SubElement, tostring
from zipfile import ZIP_STORED, ZipFile

from chatbot.retrieval.formats.archive import part, xml
from chatbot.retrieval.formats.word_formulas import formula

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_V = "{urn:schemas-microsoft-com:vml}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

_MARKS = (b"fldSimple", b"oMath", b"ruby", b":dir", b":bdo", b"txbxContent", b"vanish", b":cr")
"""What parts hold that have to be rewritten; most have none of it."""

_PICTURES = "word/media/"

_WRAPPERS = frozenset(f"{_W}{name}" for name in ("fldSimple", "dir", "bdo", "ruby", "rubyBase"))
"""Elements in whose place their children stand."""

_DROPPED = frozenset(f"{_W}{name}" for name in ("rt", "rubyPr", "fldData"))
_FORMULAS = (f"{_M}oMath", f"{_M}oMathPara")
_OFF = ("0", "false", "off")


def readable(data: bytes) -> bytes:
    """The file as it is to be read, without its pictures where it had to be written anew.

    Raises KnowledgeError where a part is damaged.
    """
    made = BytesIO()
    with ZipFile(BytesIO(data)) as archive:
        changed = dict(_changed(archive))
        if not changed:
            return data
        with ZipFile(made, "w", ZIP_STORED) as copy:
            for name in dict.fromkeys(archive.namelist()):
                if not name.startswith(_PICTURES):
                    copy.writestr(name, changed.get(name) or part(archive, name) or b"")
    return made.getvalue()


def _changed(archive: ZipFile) -> Iterator[tuple[str, bytes]]:
    """The parts that have to be rewritten."""
    for name in dict.fromkeys(archive.namelist()):
        if name.startswith("word/") and name.endswith(".xml"):
            content = part(archive, name) or b""
            if any(mark in content for mark in _MARKS) and (root := xml(archive, name)) is not None:
                yield name, _rewritten(root)


def _rewritten(root: Element) -> bytes:
    for element in list(root.iter()):
        children = list(_children(element))
        if children != list(element):
            element[:] = children
    return tostring(root)


def _children(element: Element) -> Iterator[Element]:
    """What is to stand in an element."""
    for child in element:
        if child.tag in _WRAPPERS:
            yield from _children(child)
        elif child.tag in _FORMULAS:
            yield _run(formula(child))
        elif child.tag == f"{_W}cr":
            yield Element(f"{_W}br")
        elif child.tag == f"{_MC}AlternateContent":
            yield from _alternative(child)
        elif child.tag == f"{_W}drawing":
            yield child
            yield from _boxes(child)
        elif child.tag not in _DROPPED and not _is_hidden(child):
            yield child


def _alternative(element: Element) -> Iterator[Element]:
    """The older form of a thing, which mammoth reads, or the text of the newer where only that has any."""
    older = element.find(f"{_MC}Fallback")
    boxes = list(_boxes(element))
    if boxes and (older is None or older.find(f".//{_W}txbxContent") is None):
        yield from boxes
    else:
        yield element


def _boxes(element: Element) -> Iterator[Element]:
    """The text of the boxes in a drawing, in the form that older programs give it; those in a box come with it."""
    contents = list(element.iter(f"{_W}txbxContent"))
    inner = {id(each) for content in contents for each in content.iter(f"{_W}txbxContent") if each is not content}
    for content in contents:
        if id(content) in inner:
            continue
        box = Element(f"{_W}pict")
        SubElement(SubElement(box, f"{_V}shape"), f"{_V}textbox").append(content)
        yield box


def _run(text: str) -> Element:
    run = Element(f"{_W}r")
    SubElement(run, f"{_W}t", {_SPACE: "preserve"}).text = text
    return run


def _is_hidden(run: Element) -> bool:
    mark = run.find(f"{_W}rPr/{_W}vanish") if run.tag == f"{_W}r" else None
    return mark is not None and mark.get(f"{_W}val", "") not in _OFF
