"""P6: a prompt that leaves no room is found, by the model's own counting."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.prompting import Prompt
from chatbot.prompting.lint import Counting, Finding, Sized, examine, lint_file

from .made import File, Lint


def by_words(context: int) -> Counting:
    return Counting("a model", lambda text: len(text.split()), context)


def file_of(words: int, *, head: str = "") -> File:
    return File("system:\n" + "word " * words + "\nuser:\n{{ question }}", ["question"], head)


@pytest.fixture
def sizes(lint: Lint, tmp_path: Path) -> Lint:
    """What the rules on size find with a model that reads a hundred words."""

    def found(file: File) -> list[Finding]:
        lint(file)
        return [each for each in lint_file(tmp_path / "made.prompty", by_words(100)) if each.rule.startswith("P6")]

    return found


REPLY = "model: {options: {maxOutputTokens: 60}}"


@pytest.mark.parametrize("file", [file_of(101), file_of(41, head=REPLY), file_of(1000)], ids=["text", "reply", "both"])
def test_a_prompt_longer_than_the_context_is_an_error(file: File, sizes: Lint) -> None:
    [finding] = sizes(file)
    assert (finding.rule, finding.severity, finding.line) == (
        "P601",
        "error",
        file.text.split("\n").index("system:") + 1,
    )


@pytest.mark.parametrize("file", [file_of(76), file_of(100), file_of(30, head=REPLY)], ids=["76", "100", "reply"])
def test_a_prompt_that_leaves_little_room_is_a_warning(file: File, sizes: Lint) -> None:
    [finding] = sizes(file)
    assert (finding.rule, finding.severity) == ("P602", "warning")


@pytest.mark.parametrize("file", [file_of(75), file_of(1), file_of(15, head=REPLY)], ids=["75", "1", "reply"])
def test_a_prompt_that_leaves_room_is_left_alone(file: File, sizes: Lint) -> None:
    assert sizes(file) == []


def test_without_a_model_nothing_is_counted(lint: Lint) -> None:
    assert not [each for each in lint(file_of(100_000)) if each.rule.startswith("P6")]


def test_examples_count_as_often_as_they_are_shown(sizes: Lint, tmp_path: Path) -> None:
    pool = [{"question": f"a b c {number}", "answer": "e"} for number in range(40)]
    [finding] = sizes(
        File("Solve.\nuser:\n{{ question }}", ["question"], ours="examples: {from: pool.jsonl, k: 20}", pool=pool)
    )
    assert "1 tokens of text and 100 of examples" in finding.message
    assert finding.change.endswith("k: 10}")
    assert Sized(examine(Prompt.load(tmp_path / "made.prompty")), by_words(100)).tokens == 101
