"""What `search` and `ask` say where nothing relevant was found."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from in_process import Run, run_in

HINT = "Was it asked in another language than the documents are in?"


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "chatbot.toml").write_text('model = "extractive"\n')
    (tmp_path / "knowledge" / "returns.md").write_text("# Returns\n\nGoods can be returned within thirty days.\n")
    return partial(run_in, tmp_path, capsys)


def test_the_nearest_passage_is_named_and_how_near_it_comes(here: Run) -> None:
    said = here("search", "How many moons has Mars?").stdout

    assert said.startswith("Nothing relevant was found: returns.md:1 comes nearest, with a relevance of 0.")
    assert said.strip().endswith("of 0.320 needed.")
    assert here("search", "tag:x How many moons has Mars?").stdout.startswith("Nothing")


def test_where_the_encoder_may_not_know_the_language_that_is_said(here: Run) -> None:
    assert HINT in here("search", "Wie viele Monde hat der Planet?").stdout
    assert HINT not in here("search", "How many moons has Mars?").stdout
    assert HINT not in here("search", "Wann ist die Rückgabe", "--where", "path:none/**").stdout


def test_an_answer_that_is_declined_because_nothing_was_found_says_so_beside_it(here: Run) -> None:
    declined = here("ask", "Wie viele Monde hat der Planet?")

    assert declined.stdout.startswith("The documents do not say.")
    assert "returns.md:1 comes nearest" in declined.stderr and HINT in declined.stderr
    assert "nearest" not in here("ask", "How long can goods be returned?").stderr
    assert "nearest" not in here("ask", "Hello").stderr
