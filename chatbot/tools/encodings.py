"""Texts that are hidden in a text: what comes out when it is decoded in the ways that programs and models encode.

In: a text. Out: each reading of it or of a part of it, with the way in which it was hidden, and the readings of those.
Work is bounded whatever the text; nothing is executed, and what expands without end is cut.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import zlib
from collections.abc import Callable, Iterator
from urllib.parse import unquote_plus

from chatbot.visible import INVISIBLE

DEPTH = 3
"""Encodings inside encodings that are undone."""

SHORT = 4_000
"""Characters of a text that is looked at in every way: what spaces divide is joined, mirrored text decoded further."""

MOST_READINGS = 400
MOST_CHARACTERS = 400_000
"""Of all readings together."""

_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_TAGS = re.compile("[\U000e0020-\U000e007e]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_PRINTABLE = re.compile(rb"[\t\n\r -~]{6,}")
_BASE32 = re.compile(r"[A-Za-z2-7]{16,}={0,6}")
_ASCII85 = re.compile(r"[!-u]{12,}")
_BASE85 = re.compile(r"[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{12,}")
_HEX = re.compile(r"(?:(?:0x|\\x|%)?[0-9A-Fa-f]{2}[\s:,;-]{0,2}){8,}")
_NUMBERS = re.compile(r"(?:\b\d{1,3}\b[\s,;]{0,2}){8,}")
_BITS = re.compile(r"(?:[01]{7,8}[\s,]{0,2}){8,}")
_QUOTED = re.compile(r"=[0-9A-Fa-f]{2}")
_MARKED = re.compile(r"[%&\\=]|U\+|~>")
_DIGITS = re.compile(r"\d+")
_LONG = re.compile(r"\S{8,}")
_ESCAPE = re.compile(r"\\u\{?([0-9A-Fa-f]{4,6})\}?|\\x([0-9A-Fa-f]{2})|\\([0-7]{3})|U\+([0-9A-Fa-f]{4,6})\s?")


def readings(text: str) -> Iterator[tuple[str, str]]:
    """Pairs of how it was hidden (`base64`, `url > hex`, …) and what comes out; the text itself is not among them."""
    text = text[:MOST_CHARACTERS]
    queue, seen, spent = [("", text, 0)], {text}, 0
    if _is_prose(text):
        mirrored = text[::-1]
        yield from (("reversed", mirrored), ("rot13", codecs.decode(text, "rot13")))
        yield "reversed > rot13", codecs.decode(mirrored, "rot13")
        return
    for how, given, depth in queue:  # grows while it is read
        for name, decode in _WAYS.items():
            for found in decode(given):
                if found in seen or len(found) < 4:
                    continue
                if len(seen) > MOST_READINGS or (spent := spent + len(found)) > MOST_CHARACTERS:
                    return
                seen.add(found)
                path = f"{how} > {name}" if how else name
                yield path, found
                if depth + 1 < DEPTH and (len(found) <= SHORT or name not in _MIRRORS):
                    queue.append((path, found, depth + 1))


def _is_prose(text: str) -> bool:
    """Whether nothing but mirroring can hide in the text: plain words, short names and few numbers."""
    if not text.isascii() or _MARKED.search(text) or len(_DIGITS.findall(text)) >= 8:
        return False
    return all(_is_word(run.strip(".,;:!?()[]{}'\"-").replace("-", "")) for run in _LONG.findall(text))


def _is_word(run: str) -> bool:
    """Whether it is written as words are: small letters, perhaps behind a capital one."""
    return run.isalpha() and run[1:].islower()


def _url(text: str) -> Iterator[str]:
    if "%" in text:
        yield unquote_plus(text, errors="ignore")


def _entities(text: str) -> Iterator[str]:
    if "&" in text:
        yield html.unescape(text)


def _escapes(text: str) -> Iterator[str]:
    if "\\" in text or "U+" in text:
        yield _ESCAPE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    number = int(match[3], 8) if match[3] else int(match[1] or match[2] or match[4], 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else ""


def _quoted(text: str) -> Iterator[str]:
    if len(_QUOTED.findall(text)) >= 4:
        plain = text.replace("=\n", "")
        yield _as_text(_QUOTED.sub(lambda match: chr(int(match[0][1:], 16)), plain).encode("latin-1", "ignore"))


def _invisible(text: str) -> Iterator[str]:
    if text.isascii():
        return
    for run in _TAGS.findall(text):
        yield "".join(chr(ord(each) - 0xE0000) for each in run)
    yield _INVISIBLE.sub("", text)


def _base64(text: str) -> Iterator[str]:
    for run in _runs(_BASE64, text):
        standard = run.rstrip("=").translate({45: "+", 95: "/"})
        for start in range(4 if len(run) < 4_000 else 1):  # letters may be glued to its front
            shifted = standard[start:]
            shifted = shifted[: len(shifted) - (len(shifted) % 4 == 1)]
            data = _decoded(base64.b64decode, shifted + "=" * (-len(shifted) % 4))
            yield from _inflated(data)
            yield _as_text(data)


def _base32(text: str) -> Iterator[str]:
    for run in _runs(_BASE32, text):
        letters = run.rstrip("=").upper()
        letters = letters[: len(letters) - (len(letters) % 8 in (1, 3, 6))]
        yield _as_text(_decoded(base64.b32decode, letters + "=" * (-len(letters) % 8)))


def _base85(text: str) -> Iterator[str]:
    for run in _runs(_BASE85, text):
        for start in range(5):  # letters may be glued to its front
            yield _as_text(_decoded(base64.b85decode, run[start:]))
    for run in _runs(_ASCII85, text.replace("<~", " ").replace("~>", " ")):
        for start in range(5):
            yield _as_text(_decoded(base64.a85decode, run[start:]))


def _hex(text: str) -> Iterator[str]:
    for match in _HEX.finditer(text):
        digits = re.sub(r"0x|\\x|[^0-9A-Fa-f]", "", match[0])
        for start in (0, 1):
            even = digits[start : len(digits) - (len(digits) - start) % 2]
            yield _as_text(bytes.fromhex(even))


def _numbers(text: str) -> Iterator[str]:
    for match in _NUMBERS.finditer(text):
        yield _as_text(bytes(number for number in map(int, re.findall(r"\d+", match[0])) if number < 256))


def _bits(text: str) -> Iterator[str]:
    for match in _BITS.finditer(text):
        parts = re.findall(r"[01]+", match[0])
        digits = "".join(part.zfill(8) for part in parts) if len(parts) > 1 else parts[0]
        yield _as_text(bytes(int(digits[at : at + 8], 2) for at in range(0, len(digits) - 7, 8)))


def _reversed(text: str) -> Iterator[str]:
    yield text[::-1]


def _rot13(text: str) -> Iterator[str]:
    yield codecs.decode(text, "rot13")


_WAYS: dict[str, Callable[[str], Iterator[str]]] = {
    "url": _url,
    "html": _entities,
    "escapes": _escapes,
    "quoted-printable": _quoted,
    "invisible": _invisible,
    "base64": _base64,
    "base32": _base32,
    "base85": _base85,
    "hex": _hex,
    "numbers": _numbers,
    "bits": _bits,
    "reversed": _reversed,
    "rot13": _rot13,
}


_MIRRORS = ("reversed", "rot13")
"""Ways that make as much text again of any text."""


def _runs(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """Matches that are no plain words, also in the text without what may divide them: spaces, or the ends of lines."""
    joined = re.sub(r"[\s.,:;|]+" if len(text) <= SHORT else r"\r?\n", "", text)
    for each in (text, joined) if joined != text else (text,):
        yield from (run for run in pattern.findall(each) if not _is_word(run))


def _decoded(decode: Callable[[str], bytes], run: str) -> bytes:
    try:
        return decode(run)
    except (ValueError, binascii.Error):
        return b""


def _inflated(data: bytes) -> Iterator[str]:
    if data[:2] == b"\x1f\x8b" or data[:1] == b"\x78":
        try:
            yield _as_text(zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(data, 100_000))
        except zlib.error:
            return


def _as_text(data: bytes) -> str:
    """The bytes as text, or the parts of them that are: what comes out of decoding what was never encoded is noise."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return " ".join(run.decode() for run in _PRINTABLE.findall(data))
    return text if all(each.isprintable() or each.isspace() for each in text) else ""
