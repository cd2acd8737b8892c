"""What Rich draws for this program holds no command but Rich's own."""

from __future__ import annotations

import io
import sys

import pytest
from rich.markdown import Markdown
from rich.text import Text

from chatbot.cli.console import Console


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setenv("FORCE_COLOR", "1")
    return Console()


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_colours_are_sent_and_commands_in_the_text_are_not(console: Console) -> None:
    console.print(Text("a\x1b]0;title\x1b\\b\x9b2J\u202ec", style="bold"))

    assert written(console) == "\x1b[1ma␛]0;title␛\\b⟨U+009B⟩2J⟨U+202E⟩c\x1b[0m\n"


def test_no_text_becomes_a_link_whose_target_nobody_sees(console: Console) -> None:
    console.print(Markdown("[shop](https://evil.example) <http://x.example/%1b%5d0;owned%1b%5c>"))

    assert "\x1b]" not in written(console)
    assert "shop" in written(console)
