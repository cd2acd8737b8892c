"""Bytes of a file or a page to text, whoever wrote them.

A byte order mark decides, then the name that the sender gives, then UTF-8; what is none of these is read as
Windows-1252, in which most text lies that is not Unicode. Refuses what is no text.
"""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_FAMILIES = (
    *("utf-8", "utf-16", "utf-32", "ascii", "iso8859", "cp", "koi8", "mac-", "tis-620", "ptcp"),
    *("big5", "gb", "hz", "shift_jis", "euc_", "iso2022_", "johab"),
)
"""How the names of encodings begin that text is in. Python knows others: rot13, utf-7, idna."""

_FALLBACK = "windows-1252"

_TEXT = frozenset(b"\t\n\r\f\x1b")
"""Control characters that text may hold: logs have coloured lines."""


def decode(data: bytes, named: str = "") -> tuple[str, str]:
    """The text and the name of the encoding it was in. Raises ValueError for what is no text.

    named: the encoding that the sender names. Bytes that have no meaning in it are replaced: a page with one wrong byte
    is still a page.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _text(data.decode(encoding, "replace")), encoding.removesuffix("-sig")
    if known := text_encoding(named):
        return _text(data.decode(known, "replace")), known
    try:
        return _text(data.decode("utf-8")), "utf-8"
    except UnicodeDecodeError:
        if any(byte < 0x20 and byte not in _TEXT for byte in data):
            raise ValueError("binary data, not text") from None
        return data.decode(_FALLBACK, "replace"), _FALLBACK


def text_encoding(name: str) -> str:
    """The encoding of this name as Python calls it; empty where there is none in which pages and files are written."""
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return ""
    if found in ("ascii", "iso8859-1"):  # who says so mostly means its superset: https://encoding.spec.whatwg.org
        return _FALLBACK
    return found if found.startswith(_FAMILIES) else ""


def _text(text: str) -> str:
    if "\0" in text:
        raise ValueError("binary data, not text")
    return text
