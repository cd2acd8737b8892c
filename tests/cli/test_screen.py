import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.cli.screen import Screen, as_json
from chatbot.errors import UsageError
from chatbot.visible import Readable, readable


def test_what_is_written_is_readable_before_it_reaches_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(plain=True)
    screen.write("a\x1b[2Jb\n")
    screen.line("c\u202ed")
    screen.hanging("· ", "e\x9bf")
    screen.table([("g\x07", "h\u200b")], ("\x1b", "B"))
    screen.notice("i\x1b]52;c;aGk=\x07")

    out, err = capsys.readouterr()
    assert out.splitlines() == ["a␛[2Jb", "c⟨U+202E⟩d", "· e⟨U+009B⟩f", "␛   B", "g␇  h⟨U+200B⟩"]
    assert err == "i␛]52;c;aGk=␇\n"


@given(st.lists(st.text(alphabet="a\r\n\x1b❤\ufe0f\u200dא\u200f")))
def test_text_in_pieces_is_written_as_the_whole_would_be(pieces: list[str]) -> None:
    text = Readable()
    whole = "".join(pieces).removesuffix("\r")

    assert "".join(map(text.piece, pieces)) == readable(whole)


def test_a_cell_of_a_table_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(plain=True).table([("a\nchatbot: all is well", "b\tc")], ("NAME", "FOR"))

    assert capsys.readouterr().out.splitlines()[1] == "a␊chatbot: all is well  b␉c"


@given(st.text())
def test_json_is_readable_and_says_the_same(text: str) -> None:
    written = as_json({"text": text})

    assert readable(written) == written
    assert json.loads(written) == {"text": text}


def test_a_text_for_a_program_is_not_changed(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(plain=True).exactly("a\x1bb\u200b\r\n")

    assert capsys.readouterr().out == "a\x1bb\u200b\r\n"


def test_an_error_is_one_line_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(plain=True).error(UsageError("the file\nis gone", hint="look for it"))

    assert capsys.readouterr().err == "chatbot: the file is gone — look for it\n"


def test_a_table_aligns_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(plain=True).table([("chat", "answers"), ("rewrite", "questions")], ("NAME", "FOR"))

    assert capsys.readouterr().out.splitlines() == ["NAME     FOR", "chat     answers", "rewrite  questions"]
