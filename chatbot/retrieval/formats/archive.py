"""Archives that documents are kept in: ZIP files with XML parts, as of office programs and EPUB.

In: a file's bytes. Out: the opened archive, or its parts. Refuses what is encrypted, what is no such archive, and what
unpacks to more than a document holds; sizes are those that the archive states, and reading stops at them.
"""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Mapping
from io import BytesIO
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError, fromstring
from zipfile import BadZipFile, LargeZipFile, ZipFile

from chatbot.errors import KnowledgeError

MOST_UNPACKED = 400_000_000
"""Bytes of all parts: a workbook of a million rows takes half of it."""

MOST_PARTS = 20_000

_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
"""How the files of old office programs begin, and the encrypted ones of new."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def opened(data: bytes, name: str) -> ZipFile:
    """The archive. `name`: of the format, for people. Raises KnowledgeError."""
    if data.startswith(_COMPOUND):
        if _ENCRYPTED in data:
            raise KnowledgeError("protected by a password")
        raise KnowledgeError(f"a file of an older format, not {name}")
    try:
        archive = ZipFile(BytesIO(data))
    except (BadZipFile, LargeZipFile, ValueError, NotImplementedError, OSError) as error:
        raise KnowledgeError(f"damaged, or no {name}") from error
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise KnowledgeError(f"it unpacks to more than {MOST_UNPACKED // 1_000_000} MB")
    if any(part.flag_bits & 1 for part in parts):
        raise KnowledgeError("protected by a password")
    return archive


def part(archive: ZipFile, path: str) -> bytes | None:
    """The bytes of a part; None where there is none. Raises KnowledgeError where they are damaged."""
    try:
        return archive.read(path)
    except KeyError:
        return None
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError) as error:
        raise KnowledgeError(f"damaged: {path} cannot be unpacked") from error


def xml(archive: ZipFile, path: str) -> Element | None:
    """A part that is XML; None where there is none. Raises KnowledgeError where it is damaged.

    Expat loads no entities from outside, and stops where those inside grow beyond a hundredfold.
    """
    data = part(archive, path)
    if data is None:
        return None
    try:
        return fromstring(data)  # noqa: S314  # see above
    except (ParseError, ValueError, LookupError) as error:
        raise KnowledgeError(f"damaged: {path} is no XML") from error


def relations(archive: ZipFile, path: str) -> Mapping[str, tuple[str, str]]:
    """What a part of an office file refers to, by identifier: the last word of its kind, and the path of the part."""
    folder, name = posixpath.split(path)
    found = xml(archive, f"{folder}/_rels/{name}.rels")
    return {
        each.get("Id", ""): (each.get("Type", "").rpartition("/")[2], beside(path, each.get("Target", "")))
        for each in (() if found is None else found)
        if each.get("TargetMode") != "External"
    }


def beside(path: str, reference: str) -> str:
    """The path of a part that another refers to."""
    reference = unquote(reference.partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), reference)).lstrip("/")


def properties(archive: ZipFile) -> Mapping[str, str]:
    """`title` and `creator` of an office file, where it has any."""
    found = xml(archive, "docProps/core.xml")
    texts = {name: "" if found is None else " ".join(_text(found, name).split()) for name in ("title", "creator")}
    return {name: text for name, text in texts.items() if text}


def _text(found: Element, name: str) -> str:
    return found.findtext(f"{{http://purl.org/dc/elements/1.1/}}{name}") or ""
