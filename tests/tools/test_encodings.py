"""What is hidden in a text comes out."""

from __future__ import annotations

import base64
import codecs
import gzip
import html
import quopri
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.tools.encodings import MOST_CHARACTERS, readings

SECRET = "the key of the archive is 4711-blue"

WAYS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for addresses, unpadded": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 behind letters": lambda text: "abcde" + base64.b64encode(text.encode()).decode(),
    "base64 in lines": lambda text: base64.encodebytes(text.encode()).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "base85": lambda text: base64.b85encode(text.encode()).decode(),
    "ascii85": lambda text: base64.a85encode(text.encode(), adobe=True).decode(),
    "hex": lambda text: text.encode().hex(),
    "hex with colons": lambda text: text.encode().hex(":").upper(),
    "escapes": lambda text: "".join(f"\\x{ord(each):02x}" for each in text),
    "unicode escapes": lambda text: "".join(f"\\u{ord(each):04x}" for each in text),
    "url": lambda text: "".join(f"%{ord(each):02X}" for each in text),
    "url twice": lambda text: quote(quote(text)),
    "entities": lambda text: "".join(f"&#{ord(each)};" for each in text),
    "named entities": lambda text: html.escape(f"<{text}>"),
    "quoted-printable": lambda text: quopri.encodestring(text.encode(), quotetabs=True).decode(),
    "numbers": lambda text: " ".join(str(ord(each)) for each in text),
    "bits": lambda text: " ".join(f"{ord(each):08b}" for each in text),
    "reversed": lambda text: text[::-1],
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "tags": lambda text: "".join(chr(0xE0000 + ord(each)) for each in text),
    "gzip and base64": lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
    "base64 of hex": lambda text: base64.b64encode(text.encode().hex().encode()).decode(),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_hidden_text_comes_out(way: str) -> None:
    for given_text in (
        WAYS[way](SECRET),
        f"https://evil.example/?d={WAYS[way](SECRET)}",
        f"Note: {WAYS[way](SECRET)} .",
    ):
        assert any(SECRET.replace(" ", "") in found.replace(" ", "") for _, found in readings(given_text)), given_text


def test_it_says_how_the_text_was_hidden() -> None:
    hidden = WAYS["base64 of hex"](SECRET)
    assert ("base64 > hex", SECRET) in list(readings(hidden))


@given(st.text(max_size=400))
def test_whatever_the_text_it_comes_to_an_end(text: str) -> None:
    assert sum(len(found) for _, found in readings(text)) <= MOST_CHARACTERS


def test_what_expands_without_end_is_cut() -> None:
    bomb = base64.b64encode(gzip.compress(b"a" * 50_000_000)).decode()
    assert sum(len(found) for _, found in readings(bomb)) <= MOST_CHARACTERS
