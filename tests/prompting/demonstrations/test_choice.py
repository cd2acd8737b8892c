"""What a prompt file says of its examples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chatbot.errors import PromptError
from chatbot.prompting import Prompt
from chatbot.prompting.demonstrations import Choice, Demonstration

PromptMaker = Callable[..., Prompt]


def choice_of(make_prompt: PromptMaker, examples: str) -> Choice | None:
    said = f"metadata: {{chatbot: {{examples: {examples}}}}}\n"
    return make_prompt("user:\nx", inputs="question: {kind: string}", frontmatter=said).settings.examples


def test_what_is_not_said_has_a_default(make_prompt: PromptMaker, tmp_path: Path) -> None:
    (tmp_path / "pool.jsonl").write_text('{"question": "a", "answer": "b"}', encoding="utf-8")
    assert choice_of(make_prompt, "{from: pool.jsonl}") == Choice("pool.jsonl", 4, "first", 0, "as_selected", None, ())


def test_all_of_it_can_be_said(make_prompt: PromptMaker, tmp_path: Path) -> None:
    (tmp_path / "pool.jsonl").write_text('{"question": "a", "answer": "b"}', encoding="utf-8")
    examples = (
        "{from: pool.jsonl, k: 8, select: nearest, seed: 7, order: by_file, tokens: 1500, by: question, label: answer}"
    )
    said = Choice("pool.jsonl", 8, "nearest", 7, "by_file", 1500, ("question",), "answer")
    assert choice_of(make_prompt, examples) == said
    assert choice_of(make_prompt, examples.replace("by: question", "by: [question]")) == said


def test_a_label_is_the_rows_its_answer_or_an_input() -> None:
    row = Demonstration({"level": 3}, "yes", label="easy")
    assert Choice("p").label_of(row) == "easy"
    assert Choice("p", label="answer").label_of(row) == "yes"
    assert Choice("p", label="level").label_of(row) == "3"
    assert Choice("p", label="topic").label_of(row) == ""


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        ("{k: 3}", "examples need a file"),
        ("[pool.jsonl]", "examples must be a table"),
        ("{from: pool.jsonl, k: 0}", "k must be at least 1"),
        ("{from: pool.jsonl, select: nearst}", "did you mean 'nearest'"),
        ("{from: pool.jsonl, order: sorted}", "order must be one of"),
        ("{from: pool.jsonl, number: 3}", "unknown key 'number'"),
        ("{from: pool.jsonl, by: qestion}", "'qestion' is none.*did you mean 'question'"),
        ("{from: pool.jsonl, by: [question, 3]}", "by names inputs of the prompt, and 3 is none"),
        ("{from: pool.jsonl, label: lable}", "label must be one of label, answer, .*did you mean 'label'"),
        ("{from: pool.jsonl, tokens: 0}", "tokens must be at least 1"),
        ("{from: pool.jsonl, seed: x}", "seed must be a whole number"),
    ],
)
def test_every_mistake_in_a_file_is_told_with_its_line(make_prompt: PromptMaker, examples: str, said: str) -> None:
    with pytest.raises(PromptError, match=rf"made\.prompty:\d+: .*{said}"):
        choice_of(make_prompt, examples)
