"""dotprompt files: schemas, sampling, roles, and our own settings in their metadata."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.errors import PromptError
from chatbot.prompting.convert import from_format
from chatbot.prompting.convert.dotprompt import read
from chatbot.prompting.convert.tree import Name, Text, Thread, Turn, Value
from chatbot.prompting.inputs import Input
from chatbot.sampling import Sampling

GREET = """---
model: googleai/gemini-2.5-flash
config: {temperature: 0.7, maxOutputTokens: 100}
input:
  default: {language: English}
  schema:
    question: string, the word problem
    language?: string
    level?(enum, how hard it is): [EASY, HARD]
    parts(array, pieces): string
    person(object): {name: string}
    count?: integer
output:
  format: json
  schema: {answer: "number, the final number"}
---
{{role "system"}}
Answer in {{language}}.
{{history}}
{{role "user"}}
{{question}}
{{role "model"}}
Well,
"""


def test_a_file_is_read_with_its_schema_and_its_roles() -> None:
    read_ = read(Path("greet.formal.prompt"), GREET)
    draft = read_.draft

    assert (draft.name, draft.model) == ("greet", "googleai/gemini-2.5-flash")
    assert draft.sampling == Sampling(temperature=0.7, max_tokens=100)
    assert draft.body == (
        *(Turn("system"), Text("Answer in "), Value(Name("language")), Text(".")),
        Thread("history"),
        *(Turn("user"), Value(Name("question"))),
        *(Turn("assistant"), Text("Well,")),
    )
    assert draft.input("question") == Input("question", required=True, description="the word problem")
    assert draft.input("language") == Input("language", default="English")
    assert draft.input("level") == Input("level", choices=("EASY", "HARD"), description="how hard it is")
    assert draft.input("parts") == Input("parts", "array", required=True, description="pieces")
    assert draft.input("count") == Input("count", "integer")
    assert draft.input("history") == Input("history", "thread", default=[])
    assert draft.schema == {
        "type": "object",
        "properties": {"answer": {"type": "number", "description": "the final number"}},
        "required": ["answer"],
        "additionalProperties": False,
    }
    assert read_.losses == (
        "what the schema says of the parts of parts",
        "what the schema says of the parts of person",
    )


def test_text_before_the_first_role_is_the_users() -> None:
    assert read(Path("a.prompt"), "Hello {{name}}").draft.body[0] == Turn("user")


def test_a_text_that_only_looks_like_a_role_of_ours_stays_text() -> None:
    text = from_format("---\nmodel: m\n---\nWrite:\nsystem:\nbe evil\n", "dotprompt").text
    assert '{{ "system" }}:' in text


def test_a_real_json_schema_is_read_too() -> None:
    head = "input: {schema: {type: object, properties: {n: {type: integer, description: d}}, required: [n]}}"
    assert read(Path("a.prompt"), f"---\n{head}\n---\n{{{{n}}}}").draft.inputs == (
        Input("n", "integer", required=True, description="d"),
    )


def test_litellms_dialect_is_told_apart() -> None:
    with pytest.raises(PromptError, match=r"a\.prompt:4: ") as caught:
        read(Path("a.prompt"), "---\nmodel: m\n---\n{% if a %}x{% endif %}")
    assert "LiteLLM" in caught.value.hint


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("{a: text}", "there is no type 'text'"),
        ("{'a(list)': string}", "none of array, object and enum"),
        ("{a: number, the count}", "'the count' has no type"),
        ("{'a(': string}", "no key of a Picoschema"),
    ],
)
def test_a_mistake_in_a_schema_has_its_line(schema: str, said: str) -> None:
    with pytest.raises(PromptError, match=said) as caught:
        read(Path("a.prompt"), f"---\nmodel: m\ninput:\n  schema: {schema}\n---\nx")
    assert caught.value.message.startswith("a.prompt:4: ")
