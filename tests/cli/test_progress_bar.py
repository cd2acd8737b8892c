"""A bar for those who look at a terminal, and for nobody else."""

from __future__ import annotations

import io
import sys

import pytest

from chatbot.cli.progress_bar import ProgressBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn(monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, *, term: str = "xterm") -> str:
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", term)
    with ProgressBar("reading") as bar:
        bar.show(1, 2)
        bar.show(2, 2)
    return screen.getvalue()


def test_a_terminal_shows_how_far_the_work_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "reading" in drawn(monkeypatch, Terminal())


def test_a_pipe_and_a_simple_terminal_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, io.StringIO()) == ""
    assert drawn(monkeypatch, Terminal(), term="dumb") == ""
