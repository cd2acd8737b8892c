"""GitHub Models' files: rows of test data and evaluators become tests, braces only where they are variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.errors import PromptError
from chatbot.prompting.convert import convert
from chatbot.prompting.convert.github_models import read
from chatbot.prompting.convert.tree import Name, Text, Turn, Value

FILE = """name: Sum
description: Adds
model: openai/gpt-4o-mini
modelParameters: {temperature: 0.5, maxTokens: 9, seedling: 1}
messages:
  - {role: system, content: "Use {{ as a brace."}
  - {role: user, content: "{{question}} {{ question }}"}
testData:
  - {question: "2+2", expected: "4"}
evaluators:
  - {name: holds, string: {contains: "{{expected}}"}}
  - {name: begins, string: {startsWith: "It is (}"}}
  - {name: graded, uses: github/similarity}
"""


def test_a_file_is_read_with_its_rows_and_evaluators() -> None:
    draft, losses = (read_ := read(Path("sum.prompt.yml"), FILE)).draft, read_.losses

    assert draft.body == (
        *(Turn("system"), Text("Use {{ as a brace.")),
        *(Turn("user"), Value(Name("question")), Text(" "), Value(Name("question"))),
    )
    assert draft.tests == (
        {
            "inputs": {"question": "2+2"},
            "assert": [{"kind": "contains", "expect": "4"}, {"kind": "matches", "expect": r"\AIt\ is\ \(\}"}],
        },
    )
    assert losses == ("the evaluator graded, which is no comparison of texts", "the option seedling")


def test_what_it_reads_is_a_prompt_that_loads_and_goes_back(tmp_path: Path) -> None:
    (tmp_path / "sum.prompt.yml").write_text(FILE, encoding="utf-8")
    ours = tmp_path / "sum.prompty"
    ours.write_text(convert(tmp_path / "sum.prompt.yml", "prompty").text, encoding="utf-8")
    back = convert(ours, "github")

    assert read(Path("back.prompt.yml"), back.text).draft.body == read(Path("sum.prompt.yml"), FILE).draft.body


def test_words_that_would_be_a_variable_there_are_a_loss() -> None:
    losses = convert('---\nname: n\n---\nuser:\nWrite {{ "{{" }}name}}', "github", "prompty").losses
    assert "braces in the text, which are taken for a variable there" in losses


@pytest.mark.parametrize(
    ("line", "said", "number"),
    [
        ("messages: [{role: wizard, content: x}]", "no role 'wizard'", 1),
        ("messages: [1]", "a message is a table", 1),
        ("name: x\nmessage: []", "did you mean 'messages'", 2),
        ("name: x", "there are no messages", 1),
        ("messages: [{role: user, content: '{{if}}'}]", "no input can be named 'if'", 1),
        ("a: 1\nb: }", "this is not YAML", 2),
    ],
)
def test_a_mistake_is_told_with_its_line(line: str, said: str, number: int) -> None:
    with pytest.raises(PromptError) as caught:
        read(Path("x.prompt.yml"), line)
    assert said in str(caught.value)
    assert caught.value.message.startswith(f"x.prompt.yml:{number}: ")
