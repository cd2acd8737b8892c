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


IN_OTHER_ENCODINGS = [
    ("cp1251", "Все люди рождаются свободными и равными в своем достоинстве и правах."),
    ("koi8-r", "Все люди рождаются свободными и равными в своем достоинстве и правах."),
    ("cp1250", "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw."),
    ("cp1253", "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα."),
    ("cp1254", "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler."),
    ("cp1255", "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם."),
    ("cp1256", "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق."),
    ("shift_jis", "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。"),
    ("euc_kr", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다."),
    ("big5", "人人生而自由,在尊嚴和權利上一律平等。他們賦有理性和良心,並應以兄弟關係的精神相對待。"),
    ("gb18030", "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。"),
    ("utf-16-le", "All human beings are born free and equal in dignity and rights."),
    ("utf-16-be", "All human beings are born free and equal in dignity and rights."),
]


@pytest.mark.parametrize(("encoding", "text"), IN_OTHER_ENCODINGS, ids=[name for name, _ in IN_OTHER_ENCODINGS])
def test_a_text_that_names_no_encoding_is_read_in_the_one_in_which_it_makes_sense(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding))[0] == text


def test_letters_far_down_tell_the_encoding_too() -> None:
    text = "Some words in front. " * 20_000 + "Все люди рождаются свободными и равными в своем достоинстве и правах."

    assert decode(text.encode("cp1251")) == (text, "cp1251")


@pytest.mark.parametrize("name", ["Shift_JIS", " euc-jp ", "gb18030"])
def test_the_name_that_the_sender_gives_is_believed(name: str) -> None:
    assert decode("漢字".encode(name.strip()), name)[0] == "漢字"


def test_latin_1_means_its_superset_as_in_browsers() -> None:
    assert decode("“€5”".encode("windows-1252"), "iso-8859-1") == ("“€5”", "windows-1252")


def test_a_wrong_byte_is_replaced_where_the_encoding_is_named() -> None:
    assert decode(b"caf\xe9!", "utf-8")[0] == "caf�!"


def test_a_few_wrong_bytes_do_not_change_the_other_letters() -> None:
    lines = "Die Prüfung kostet zwölf Euro, für Schüler fünf.\n".encode() * 20

    assert decode(lines + b"broken \xff line\n" + lines)[0].count("Prüfung") == 40
    assert decode("Die Prüfung kostet 12 €".encode()[:-1]) == ("Die Prüfung kostet 12 \ufffd", "utf-8")
    assert decode("Prüfung Ã¼".encode("windows-1252"))[0] == "Prüfung Ã¼", "two bytes that look like a letter"


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
