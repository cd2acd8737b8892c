"""Lint as a whole: the shipped prompts are clean, a broken file is a finding, and findings come in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.cli.prompts_new_command import STARTER
from chatbot.errors import NotFoundError
from chatbot.prompting import Prompt
from chatbot.prompting.lint import KNOWN, RULES, lint, lint_file

PROMPTS = Path(__file__).parents[2] / "prompts"


@pytest.mark.parametrize("path", sorted(PROMPTS.glob("*.prompty")), ids=lambda path: path.stem)
def test_a_shipped_prompt_is_clean(path: Path) -> None:
    assert lint_file(path) == []


def test_the_prompt_that_new_writes_is_clean(tmp_path: Path) -> None:
    path = tmp_path / "mine.prompty"
    path.write_text(STARTER.format(name="mine"), encoding="utf-8")
    assert lint_file(path) == lint(Prompt.load(path)) == []


def test_rules_have_ids_of_their_own_and_reasons_that_are_sentences() -> None:
    assert len(set(KNOWN)) == len(KNOWN)
    assert all(rule.why[0].isupper() and rule.why.endswith(".") for rule in RULES)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("---\nnmae: x\n---\nHello.", 2, "unknown key 'nmae'"),
        ("---\nname: [\n---\nHello.", 2, "this is not YAML"),
        ("---\n---\nHello.\n{% if %}", 4, "the template is wrong"),
        ("---\nname: x\nHello.", 1, "the frontmatter is not closed"),
        ("---\nsample: {}\n---\n", 2, "version 1"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_an_error_with_its_line(
    text: str, line: int, what: str, tmp_path: Path
) -> None:
    path = tmp_path / "broken.prompty"
    path.write_text(text, encoding="utf-8")
    [finding] = lint_file(path)
    assert (finding.rule, finding.severity, finding.line, finding.path) == ("P002", "error", line, path)
    assert what in finding.message
    assert finding.change


def test_a_mistake_in_a_pool_is_told_in_the_pool(tmp_path: Path) -> None:
    (tmp_path / "pool.jsonl").write_text('{"question": "a", "answer": "b"}\n{"question": 1}\n', encoding="utf-8")
    path = tmp_path / "pooled.prompty"
    path.write_text(
        "---\nmetadata: {chatbot: {examples: {from: pool.jsonl}}}\ninputs: {question: {kind: string, required: true}}\n"
        "---\nSolve {{ question }}",
        encoding="utf-8",
    )
    [finding] = lint_file(path)
    assert (finding.path.name, finding.line, finding.rule) == ("pool.jsonl", 2, "P002")


def test_a_file_that_is_not_there_is_no_finding(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        lint_file(tmp_path / "nothing.prompty")


def test_findings_come_in_the_order_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "made.prompty"
    path.write_text(
        "---\ninputs: [{name: text}, {name: b, default: x}]\n---\nSum up {{ text }} now.\nNever be kind. Be kind.\nA: ",
        encoding="utf-8",
    )
    lines = [finding.line for finding in lint_file(path)]
    assert lines == sorted(lines)
    assert len(lines) > 3
