import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.visible import visible


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
