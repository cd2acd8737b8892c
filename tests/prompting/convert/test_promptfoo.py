"""promptfoo's configurations: prompts in all their forms, tests, and what is never run."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.errors import PromptError
from chatbot.prompting.convert.promptfoo import read
from chatbot.prompting.convert.tree import Name, Text, Turn, Value

CONFIGURATION = """description: Sums
prompts:
  - label: sum
    raw: |
      [{"role": "system", "content": "You add."},
       {"role": "user", "content": "{{ question }}"}]
    config: {temperature: 0, max_tokens: 9}
  - second
providers: [openai:gpt-4o-mini, {id: other, config: {x: 1}}]
tests:
  - description: small
    vars: {question: "2+2?", unused: x}
    assert:
      - {type: contains, value: "4"}
      - {type: not-equals, value: "5"}
      - {type: cost, threshold: 0.1}
      - {type: regex, value: "("}
  - vars: {question: x}
    assert: [{type: llm-rubric, value: is kind}]
  - vars: {}
    assert: [{type: contains, value: "4"}]
scenarios: []
"""


def test_a_configuration_is_read_with_its_tests() -> None:
    draft, losses = (read_ := read(Path("promptfooconfig.yaml"), CONFIGURATION)).draft, read_.losses

    assert (draft.name, draft.description, draft.model) == ("sum", "Sums", "openai:gpt-4o-mini")
    assert (draft.sampling.temperature, draft.sampling.max_tokens) == (0, 9)
    assert draft.body == (Turn("system"), Text("You add."), Turn("user"), Value(Name("question")))
    assert draft.tests == (
        {
            "inputs": {"question": "2+2?"},
            "assert": [{"kind": "contains", "expect": "4"}, {"kind": "not_matches", "expect": r"\A5\Z"}],
        },
    )
    assert [loss.split(":")[0] for loss in losses] == [
        "1 more prompts",
        'the provider "other"',
        "what is set for the provider other",
        "an assertion of test 1",
        "an assertion of test 1",
        "an assertion of test 2",
        "test 2, of which nothing is left to expect",
        "the value unused of test 1, which the prompt has no input for",
        "test 2, whose inputs do not fit",
        "`scenarios`",
    ]


@pytest.mark.parametrize("name", ["prompt.txt", "prompt.json", "deep/prompt.md"])
def test_a_prompt_in_a_file_beside_it_is_read(tmp_path: Path, name: str) -> None:
    text = '[{"role": "user", "content": "Hi {{ name }}"}]' if name.endswith("json") else "Hi {{ name }}\n---\nsecond"
    (tmp_path / "deep").mkdir()
    (tmp_path / name).write_text(text, encoding="utf-8")
    draft = read(tmp_path / "promptfooconfig.yaml", f"prompts: [file://{name}]").draft

    assert draft.body == (Turn("user"), Text("Hi "), Value(Name("name")))


@pytest.mark.parametrize(
    "reference",
    ["file://run.py:ask", "file://run.js", "exec:rm -rf x", "https://host/p.txt", "langfuse://x", "file://p.yaml"],
)
def test_nothing_that_a_file_names_is_run_or_fetched(tmp_path: Path, reference: str) -> None:
    (tmp_path / "run.py").write_text("raise SystemExit", encoding="utf-8")
    with pytest.raises(PromptError, match="is run or fetched"):
        read(tmp_path / "promptfooconfig.yaml", f"prompts: ['{reference}']")


@pytest.mark.parametrize("reference", ["../out.txt", "/etc/hostname.txt", "link.txt"])
def test_files_are_read_from_the_same_folder_only(tmp_path: Path, reference: str) -> None:
    (tmp_path / "out.txt").write_text("secret", encoding="utf-8")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.txt").symlink_to(tmp_path / "out.txt")
    with pytest.raises(PromptError, match=r"path inside|leads out of"):
        read(inside / "promptfooconfig.yaml", f"prompts: [file://{reference}]")


def test_a_template_that_is_not_portable_has_its_line() -> None:
    with pytest.raises(PromptError, match="is not part of the portable") as caught:
        read(Path("c.yaml"), 'description: d\nprompts:\n  - raw: "{% set x = 1 %}"\n')
    assert caught.value.message.startswith("c.yaml:3: ")
