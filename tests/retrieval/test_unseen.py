"""What nobody can see leaves a document, and what carries meaning stays."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.anchors import Anchor
from chatbot.retrieval.formats.converted import Converted
from chatbot.retrieval.unseen import cleaned, seen


@pytest.mark.parametrize(
    "text",
    [
        "👩‍💻 👩🏽‍🚀 🏳️‍🌈 ❤️ ©️ #️⃣ ↔️",
        "می‌خواهم",  # Persian, whose words a joiner parts
        "ක්‍රීඩා ন্‍ ന്‍",  # Indic letters that joiners form
        "ᠨᠠᠢ᠌",
        "ไทย\u200bเขียน",
        "漢字、カナ\u3000空白",
        "a\u00a0b\u2009c\u202fd\u2028e\x85f\tg\r\nh\fi",
        "e\u0301 ü ﬁ \ue000",
    ],
)
def test_what_carries_meaning_stays(text: str) -> None:
    assert seen(text) == text


def test_the_bytes_of_a_picture_in_the_text_go_and_the_lines_stay() -> None:
    picture = "![Sails](data:image/png;base64," + "iVBORw0KGgo/" * 500 + ")\nBelow.\n"
    made = cleaned(Converted(picture, anchors=(Anchor(0, "cell", "1"), Anchor(picture.index("Below"), "cell", "2"))))

    assert made.text == "![Sails](data:image/png;base64,)\nBelow.\n"
    assert [anchor.start for anchor in made.anchors] == [0, made.text.index("Below")]
    assert seen("data:image/png;base64,iVBORw0KGgo=") == "data:image/png;base64,iVBORw0KGgo=", "a short one is readable"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeff# Title", "# Title"),
        ("pay\u200bment exam\u00adple wo\u2060rd", "payment example word"),
        ("user\u202ecod.exe\u202c \u2066x\u2069 \u200fשלום\u200e", "usercod.exe x שלום"),
        ("see" + "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all") + " this", "see this"),
        ("a" + "\ufe00\ufe0f\ufe01" + "b", "ab"),
        ("😀" + "".join(chr(0xE0100 + byte) for byte in b"hidden") + "!", "😀!"),
        ("می‌‌‌‌خ", "میخ"),
        ("\x1b[1;31mred\x1b[0m \x07bell\x9b", "red bell"),
        ("a\u3164\u2800b", "a b"),
        ("a\ud800b", "a\ufffdb"),
        ("latin\u200dletters\u200cjoined", "latinlettersjoined"),
    ],
)
def test_what_hides_something_goes(text: str, expected: str) -> None:
    assert seen(text) == expected


TEXT = st.text(
    st.characters() | st.sampled_from("\u200b\u200c\u200d\u202e\ufe0f\ufeff\u00ad\U000e0041👩\u0645\u0947\n a")
)


@given(TEXT)
def test_nothing_else_changes_and_once_is_enough(text: str) -> None:
    found = seen(text)

    assert seen(found) == found
    assert found.count("\n") == text.count("\n")
    shown = [character for character in text if unicodedata.category(character)[0] in "LNPS" and character not in "ㅤﾠ⠀ᅟᅠ"]
    assert [character for character in found if character in shown and character not in " �"] == [
        character for character in shown if character not in " �"
    ]
    assert not any(0xE0000 <= ord(each) <= 0xE0FFF or 0x202A <= ord(each) <= 0x202E for each in found)


@given(st.lists(st.tuples(st.integers(0, 9), TEXT), max_size=8))
def test_anchors_stay_at_their_text(parts: list[tuple[int, str]]) -> None:
    text, anchors = "", []
    for number, part in parts:
        anchors.append(Anchor(len(text), "page", str(number)))
        text += f"x{part}"

    found = cleaned(Converted(text, anchors=tuple(anchors)))

    assert [anchor.name for anchor in found.anchors] == [str(number) for number, _ in parts]
    assert all(found.text[anchor.start] == "x" for anchor in found.anchors)


def test_names_are_cleaned_too() -> None:
    found = cleaned(
        Converted("a", "T\u200bitle", (Anchor(0, "sheet", "P\u202er", "g\u00ad"),), {"t\u200bag": "x\u2060", "n": 1})
    )

    assert (found.title, found.anchors, found.metadata) == (
        "Title",
        (Anchor(0, "sheet", "Pr", "g"),),
        {"tag": "x", "n": 1},
    )


def test_a_text_of_nothing_else_is_empty() -> None:
    assert seen("\u200b\u202e" * 1_000_000) == ""
