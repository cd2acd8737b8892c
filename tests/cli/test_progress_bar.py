"""A bar for those who look at a terminal, and for nobody else."""

from __future__ import annotations

import io
import re
import sys
from typing import Literal

import pytest

from chatbot.cli.progress_bar import ProgressBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn(
    monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, *, term: str = "xterm", unit: Literal["bytes", ""] = ""
) -> str:
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLUMNS", "120")
    with ProgressBar("reading", unit=unit) as bar:
        for done in range(4):
            bar.show(done * 1_000_000, 3_000_000)
    return screen.getvalue()


def test_a_terminal_shows_how_far_the_work_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "reading" in drawn(monkeypatch, Terminal())


def test_of_bytes_it_shows_how_many_and_how_many_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    bar = drawn(monkeypatch, Terminal(), unit="bytes")

    assert "3.0/3.0 MB" in bar and "B/s" in bar
    assert "B/s" not in drawn(monkeypatch, Terminal())


def test_it_is_never_drawn_with_another_total_than_that_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    drawings = re.findall(r"[\d.]+/([\d.]+ \w+)", drawn(monkeypatch, Terminal(), unit="bytes"))

    assert set(drawings) == {"3.0 MB"}


def test_a_pipe_and_a_simple_terminal_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, io.StringIO()) == ""
    assert drawn(monkeypatch, Terminal(), term="dumb") == ""
