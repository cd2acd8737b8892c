"""Every example runs as it stands, from its own words, in a fresh workspace."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from starter import copy_index

REPOSITORY = Path(__file__).parent.parent
EXAMPLES = sorted((REPOSITORY / "examples").glob("*.py"))

PRINTS = {
    "ask_a_service": ['findBook({"number": "42"}) -> {"number": 42, "shelf": "Q 335"', "Book 42 is lent until Friday."],
    "ask_your_documents": ["temperature", "[1]", ".md:"],
    "call_a_function": ['order_status({"order_id": "17"}) -> shipped on Monday', "Order 17 was shipped on Monday."],
    "stream_in_an_app": ["ada: ", "grace: ", "sources: "],
}
"""What each example must print."""


def test_each_example_has_its_expectation() -> None:
    assert [path.stem for path in EXAMPLES] == sorted(PRINTS)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_prints_what_it_promises(path: Path, tmp_path: Path, starter: Path) -> None:
    for name in ("examples", "knowledge", "prompts"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    shutil.copy(REPOSITORY / "chatbot.toml", tmp_path)
    copy_index(starter, tmp_path)

    command = [sys.executable, f"examples/{path.name}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)

    assert (done.returncode, done.stderr) == (0, "")
    for words in PRINTS[path.stem]:
        assert words in done.stdout


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_says_how_it_is_run(path: Path) -> None:
    assert f"examples/{path.name}" in path.read_text(encoding="utf-8").split('"""')[1]
