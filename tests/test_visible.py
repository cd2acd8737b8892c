import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.visible import hidden, readable, visible


@pytest.mark.parametrize(
    ("hidden", "name"),
    [
        ("\u200b", "U+200B"),  # zero-width space
        ("\u202e", "U+202E"),  # right-to-left override
        ("\U000e0041", "U+E0041"),  # tag letter A
        ("\ufe0f", "U+FE0F"),  # variation selector
        ("\U000e0101", "U+E0101"),
        ("\u3164", "U+3164"),  # Hangul filler
        ("\x1b", "U+001B"),
        ("\u2028", "U+2028"),
    ],
)
def test_a_character_that_nobody_sees_is_written_out(hidden: str, name: str) -> None:
    assert visible(f"read{hidden} only") == f"read⟨{name}⟩ only"


def test_text_that_can_be_seen_stays_as_it_is() -> None:
    text = "Größe: 5 µm — 漢字, עברית, हिन्दी\n\tand 🙂"
    assert visible(text) == text


@given(st.text())
def test_what_is_shown_holds_no_format_or_control_character(text: str) -> None:
    shown = visible(text)
    assert not [each for each in shown if unicodedata.category(each) in ("Cf", "Cc", "Cs") and each not in "\n\t"]


def test_what_hides_in_a_text_is_named_once_in_its_order() -> None:
    assert hidden("pay\u202e001\u200b now\u202e\r\n\U000e0041") == ["⟨U+202E⟩", "⟨U+200B⟩", "⟨U+E0041⟩"]
    assert hidden("👩\u200d💻 in plain sight\tand\nheart ❤\ufe0f") == []


@given(st.text())
def test_nothing_hides_just_where_the_readable_form_is_the_text(text: str) -> None:
    assert (hidden(text) == []) == (readable(text) == text.replace("\r\n", "\n"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;t\x07", "␛]0;t␇"),
        ("\x9b2J", "⟨U+009B⟩2J"),
        ("a\r\nb\rc", "a\nb␍c"),
        ("pay\u202e001", "pay⟨U+202E⟩001"),
        ("read\u200b\u2060\ufeff", "read⟨U+200B⟩⟨U+2060⟩⟨U+FEFF⟩"),
        ("hi\U000e0041", "hi⟨U+E0041⟩"),
        ("a\ufe0f", "a⟨U+FE0F⟩"),
        ("a\u200db", "a⟨U+200D⟩b"),
        ("a\U000e0101", "a⟨U+E0101⟩"),
        ("a\ud800", "a⟨U+D800⟩"),
        ("\u2028", "⟨U+2028⟩"),
    ],
)
def test_what_commands_or_hides_is_written_out_for_reading(text: str, shown: str) -> None:
    assert readable(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "❤\ufe0f 👩\u200d👩\u200d👧 1\ufe0f⃣",  # emoji
        "می\u200cخواهم क्\u200dष",  # joiners of Persian and Hindi
        "שלום\u200f!",
        "10\u202f000\u00a0€",
        "\uf0b7 a bullet of some font",
    ],
)
def test_what_writing_needs_stays_for_reading(text: str) -> None:
    assert readable(text) == text


@given(st.text())
def test_nothing_readable_commands_a_terminal(text: str) -> None:
    shown = readable(text)

    assert not [each for each in shown if unicodedata.category(each) in ("Cc", "Cs") and each not in "\n\t"]
    assert not [each for each in shown if 0x202A <= ord(each) <= 0x202E or 0x2066 <= ord(each) <= 0x2069]
    assert not [each for each in shown if 0xE0000 <= ord(each) < 0xE1000 or each in "\u200b\u2060\ufeff\u00ad"]
    assert readable(shown) == shown
    shown.encode("utf-8")
