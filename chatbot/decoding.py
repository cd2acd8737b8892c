"""Bytes of a file or a page to text, whoever wrote them.

A byte order mark decides, then the name that the sender gives, then UTF-8, also where a few bytes of it are wrong; of
what is none of these the letters tell how they are written, and where they are too few for that it is read as
Windows-1252, in which most text lies that is not Unicode. Refuses what is no text.
"""

from __future__ import annotations

import codecs
import re

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

_WIDE = ("utf-16", "utf-32")
"""Encodings in whose bytes there are zeros."""

_NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
"""Control characters other than those that text may hold: logs have coloured lines."""

_SAMPLE = 100_000
"""Bytes by which an encoding is told: enough for any, and a quarter of a second at most."""

_LETTER = re.compile(rb"[^\x01-\x7f]")
_FEWEST = 4
"""Letters other than those of ASCII from which something can be told."""

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_RIGHT_TO_WRONG = 10
"""Letters of several bytes for one wrong byte: in other encodings hardly any two bytes look like such a letter."""

_SURE = 0.05
"""Below this confidence chardet's answer is no better than the fallback: it is about a letter or two."""


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
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        if "\0" not in text:
            return text, "utf-8"
    encoding = "utf-8" if _is_mostly_utf8(data) else _told_by_letters(data)
    if _NO_TEXT.search(data) and not encoding.startswith(_WIDE):
        raise ValueError("binary data, not text")
    return _text(data.decode(encoding, "replace")), encoding


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether a few bytes are wrong, or the last letter is cut off: one line of a log does not change all others."""
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd") - data.count("\ufffd".encode())
    letters = sum(map(len, _BEYOND_ASCII.findall(text))) - text.count("\ufffd")
    cut_off = wrong == 1 and text.endswith("\ufffd")
    return wrong > 0 and letters >= (1 if cut_off else _RIGHT_TO_WRONG * wrong)


def _told_by_letters(data: bytes) -> str:
    """The encoding in which the letters of a text make words of a language."""
    import chardet

    first = _LETTER.search(data)
    start = max(0, first.start() - 64) // 4 * 4 if first else 0
    sample = data[start : start + _SAMPLE]
    if len(_LETTER.findall(sample)) < _FEWEST:
        return _FALLBACK
    found = chardet.detect(sample, max_bytes=_SAMPLE)
    sure = found["encoding"] is not None and found["confidence"] >= _SURE
    return (text_encoding(found["encoding"] or "") if sure else "") or _FALLBACK


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
