"""PDF files for tests, written byte by byte, so that each test says what is in its file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


_NOTES = 1_000
"""The number of the first object that is a note."""


@dataclass(frozen=True)
class Words:
    """A line of text at a place of a page, in points from the lower left corner."""

    text: str
    left: float = 72
    bottom: float = 720
    size: float = 10


def paragraph(*lines: str, top: float = 720, left: float = 72, size: float = 10) -> list[Words]:
    return [Words(line, left, top - 12 * number, size) for number, line in enumerate(lines)]


def pdf(
    *pages: Sequence[Words],
    title: str = "",
    bookmarks: Sequence[tuple[str, int]] = (),
    pictures: Sequence[int] = (),
    password: str = "",
    notes: Mapping[int, Sequence[str]] | None = None,
) -> bytes:
    """A file with these pages. bookmarks: titles, each with its page from 0. pictures: pages that show one.

    notes: what people wrote onto a page, from 0, each the inside of an annotation's dictionary.
    """
    notes = notes or {}
    objects: dict[int, bytes] = {3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", 4: _picture()}
    objects[5] = b"<< /Title (%s) >>" % _escaped(title)
    first = 10
    for index, words in enumerate(pages):
        content = b"".join(
            b"BT /F %g Tf %g %g Td (%s) Tj ET\n" % (each.size, each.left, each.bottom, _escaped(each.text))
            for each in words
        )
        content += b"q 400 0 0 600 100 100 cm /P Do Q\n" if index in pictures else b""
        resources = b"<< /Font << /F 3 0 R >> /XObject << /P 4 0 R >> >>"
        objects[first + 2 * index] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources %s /Contents %d 0 R /Annots [%s] >>"
            % (resources, first + 2 * index + 1, _references(index, notes))
        )
        for number, inside in enumerate(notes.get(index, ()), _NOTES + 100 * index):
            objects[number] = b"<< /Type /Annot /Rect [0 0 9 9] %s >>" % inside.encode("cp1252")
        objects[first + 2 * index + 1] = _stream(content)
    kids = b" ".join(b"%d 0 R" % (first + 2 * index) for index in range(len(pages)))
    objects[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages))
    marks = first + 2 * len(pages)
    fields = b" ".join(_references(index, notes) for index in notes)
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R /Outlines %d 0 R /AcroForm << /Fields [%s] >> >>" % (marks, fields)
    objects.update(_outline(marks, bookmarks, first))
    return _file(objects, password)


def _references(page: int, notes: Mapping[int, Sequence[str]]) -> bytes:
    numbers = range(_NOTES + 100 * page, _NOTES + 100 * page + len(notes.get(page, ())))
    return b" ".join(b"%d 0 R" % number for number in numbers)


def _outline(number: int, bookmarks: Sequence[tuple[str, int]], first: int) -> Mapping[int, bytes]:
    last = number + len(bookmarks)
    objects = {
        number: b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>" % (number + 1, last, last - number)
    }
    if not bookmarks:
        objects[number] = b"<< /Type /Outlines /Count 0 >>"
    for index, (title, page) in enumerate(bookmarks, number + 1):
        following = b"/Next %d 0 R" % (index + 1) if index < last else b""
        objects[index] = b"<< /Title (%s) /Parent %d 0 R %s /Dest [%d 0 R /Fit] >>" % (
            _escaped(title),
            number,
            following,
            first + 2 * page,
        )
    return objects


def _file(objects: Mapping[int, bytes], password: str) -> bytes:
    written, places = b"%PDF-1.4\n", {}
    trailer = b"/Root 1 0 R /Info 5 0 R"
    if password:
        owner, user = _keys(password)
        trailer += b" /ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (
            owner.hex().encode(),
            user.hex().encode(),
        )
    for number, content in sorted(objects.items()):
        places[number] = len(written)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(written)
    written += b"xref\n0 1\n0000000000 65535 f \n"
    written += b"".join(b"%d 1\n%010d 00000 n \n" % item for item in sorted(places.items()))
    return written + b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (max(places) + 1, trailer, start)


def _keys(password: str) -> tuple[bytes, bytes]:
    """What a reader checks a password with: PDF 1.4, section 3.5.2, revision 2."""
    padded = (password.encode() + _PADDING)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + (0xFFFFFFFC).to_bytes(4, "little") + b"\0").digest()[:5]
    return owner, _rc4(key, _PADDING)


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i, byte in zip(range(256), cycle(key)):
        j = (j + state[i] + byte) % 256
        state[i], state[j] = state[j], state[i]
    made, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        made.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(made)


def _picture() -> bytes:
    head = (
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>"
    )
    return head + b"\nstream\n\0\nendstream"


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def _escaped(text: str) -> bytes:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("cp1252")
