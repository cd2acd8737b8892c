import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.decoding import decode, text_encoding

TEXT = "naïve – “quoted” €5\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_with_a_mark_or_in_utf_8_needs_no_name(encoding: str) -> None:
    assert decode(TEXT.encode(encoding))[0] == TEXT


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE])
def test_a_mark_outweighs_the_name(mark: bytes) -> None:
    encoding = "utf-16-be" if mark == codecs.BOM_UTF16_BE else "utf-16-le"
    assert decode(mark + TEXT.encode(encoding), "utf-8")[0] == TEXT


def test_what_is_not_unicode_is_read_as_most_such_text_is() -> None:
    assert decode(TEXT.encode("windows-1252")) == (TEXT, "windows-1252")


@pytest.mark.parametrize("name", ["Shift_JIS", " euc-jp ", "gb18030"])
def test_the_name_that_the_sender_gives_is_believed(name: str) -> None:
    assert decode("漢字".encode(name.strip()), name)[0] == "漢字"


def test_latin_1_means_its_superset_as_in_browsers() -> None:
    assert decode("“€5”".encode("windows-1252"), "iso-8859-1") == ("“€5”", "windows-1252")


def test_a_wrong_byte_is_replaced_where_the_encoding_is_named() -> None:
    assert decode(b"caf\xe9!", "utf-8")[0] == "caf�!"


@pytest.mark.parametrize("data", [b"MZ\x90\x00\x03", b"\xff\x01\x02\x80", "a\0b".encode("utf-16"), b"text\0"])
def test_binary_data_is_no_text(data: bytes) -> None:
    with pytest.raises(ValueError, match="binary data"):
        decode(data)


@pytest.mark.parametrize("name", ["", " ", "rot13", "idna", "utf-7", "unicode_escape", "punycode", "nonsense", "a\0b"])
def test_what_is_no_encoding_of_text_has_no_name(name: str) -> None:
    assert text_encoding(name) == ""


@given(st.binary(max_size=200), st.sampled_from(["", "utf-8", "latin-1", "utf-16", "big5", "hz", "iso-2022-jp"]))
def test_any_bytes_are_text_or_are_refused(data: bytes, name: str) -> None:
    try:
        text, encoding = decode(data, name)
    except ValueError:
        return
    assert "\0" not in text and encoding
