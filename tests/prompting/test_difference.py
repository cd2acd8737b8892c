"""Two prompts differ in what they mean, not in how they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.prompting import Prompt
from chatbot.prompting.difference import Change, Difference, difference

FILE = """---
name: first
description: The first
metadata: {chatbot: {strategy: few_shot, examples: {from: pool.jsonl, k: 2}}}
model: {options: {temperature: 0.5, maxOutputTokens: 100}}
inputs:
  - {name: question, kind: string, required: true}
  - {name: tone, kind: string, default: kind}
---
system:
Answer.

user:
{{ question }}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pool.jsonl").write_text('{"question": "a", "answer": "b"}\n', encoding="utf-8")
    return tmp_path


def differ(folder: Path, text: str) -> Difference:
    (folder / "first.prompty").write_text(FILE, encoding="utf-8")
    (folder / "second.prompty").write_text(text, encoding="utf-8")
    return difference(Prompt.load(folder / "first.prompty"), Prompt.load(folder / "second.prompty"))


NOTHING = Difference(True, (), (), (), (), ())


@pytest.mark.parametrize(
    ("written", "otherwise"),
    [
        ("The first", "The second"),
        ("k: 2}", "k: 2, select: first, seed: 0}"),
        ("strategy: few_shot", "strategy: {name: few_shot}"),
        ("  - {name: tone, kind: string, default: kind}", "  - {name: tone, default: kind, description: A tone}"),
        ("temperature: 0.5, maxOutputTokens: 100", "maxOutputTokens: 100, temperature: 0.5"),
    ],
    ids=["description", "defaults", "strategy", "input", "order"],
)
def test_what_is_written_otherwise_and_means_the_same_is_no_difference(
    written: str, otherwise: str, folder: Path
) -> None:
    assert differ(folder, FILE.replace(written, otherwise)) == NOTHING


def test_inputs_that_came_went_or_changed_are_told(folder: Path) -> None:
    text = FILE.replace("name: tone, kind: string, default: kind", "name: level, kind: integer, default: 2")
    found = differ(folder, text.replace("required: true", "enumValues: [a, b]"))
    assert found.inputs == (
        Change("question", "string, required", 'string, one of ["a", "b"]'),
        Change("tone", "string, default kind", None),
        Change("level", None, "integer, default 2"),
    )


def test_settings_and_sampling_are_told_by_the_names_of_the_file(folder: Path) -> None:
    text = FILE.replace("few_shot", "{name: self_consistency, samples: 5}").replace("k: 2", "k: 1")
    found = differ(folder, text.replace("maxOutputTokens: 100", "topP: 0.9"))
    assert found.settings == (
        Change("strategy.name", "few_shot", "self_consistency"),
        Change("examples.k", "2", "1"),
        Change("strategy.samples", None, "5"),
    )
    assert found.sampling == (Change("maxOutputTokens", "100", None), Change("topP", None, "0.9"))
    assert not found.same_hash


def test_a_pool_of_other_content_is_a_difference(folder: Path) -> None:
    (folder / "other.jsonl").write_text('{"question": "a", "answer": "c"}\n', encoding="utf-8")
    found = differ(folder, FILE.replace("pool.jsonl", "other.jsonl"))
    assert [change.name for change in found.settings] == ["examples.from", "content of the examples"]


def test_the_text_is_told_as_a_unified_diff(folder: Path) -> None:
    found = differ(folder, FILE.replace("Answer.", "Answer briefly."))
    assert found.body[2:] == (
        "@@ -1,5 +1,5 @@",
        " system:",
        "-Answer.",
        "+Answer briefly.",
        " ",
        " user:",
        " {{ question }}",
    )
    assert not found.same_hash
