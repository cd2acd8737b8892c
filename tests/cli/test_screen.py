import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.cli.screen import Screen, neutral
from chatbot.errors import UsageError


@given(st.text())
def test_no_control_character_but_newline_and_tab_reaches_the_screen(text: str) -> None:
    shown = neutral(text)

    assert not [c for c in shown if (ord(c) < 0x20 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0]
    assert not [c for c in shown if 0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069]
    shown.encode("utf-8")


@given(st.lists(st.text(alphabet="\x1b[]2J;m0a\x07\x9b"), max_size=8))
def test_a_sequence_split_over_pieces_of_a_stream_is_as_harmless_as_a_whole_one(pieces: list[str]) -> None:
    assert "".join(map(neutral, pieces)) == neutral("".join(pieces))


def test_an_error_is_one_line_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(plain=True).error(UsageError("the file\nis gone", hint="look for it"))

    assert capsys.readouterr().err == "chatbot: the file is gone — look for it\n"


def test_a_table_aligns_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(plain=True).table([("chat", "answers"), ("rewrite", "questions")], ("NAME", "FOR"))

    assert capsys.readouterr().out.splitlines() == ["NAME     FOR", "chat     answers", "rewrite  questions"]
