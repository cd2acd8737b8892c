"""Templates of `llm`: dollars, defaults, options, and turns that it has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.errors import PromptError
from chatbot.prompting.convert import convert
from chatbot.prompting.convert.llm_template import read
from chatbot.prompting.convert.tree import Name, Text, Turn, Value
from chatbot.prompting.inputs import Input

TEMPLATE = """model: gpt-4o-mini
system: You are terse. $$5 is cheap.
prompt: 'Solve: ${question}s in $language'
defaults: {language: English, unused: x}
options: {temperature: 0, unknown: 1}
schema_object: {type: object, properties: {answer: {type: string}}, required: [answer]}
extract: true
"""


def test_a_template_is_read() -> None:
    draft, losses = (read_ := read(Path("t.yaml"), TEMPLATE)).draft, read_.losses

    assert draft.body == (
        *(Turn("system"), Text("You are terse. $5 is cheap.")),
        *(Turn("user"), Text("Solve: "), Value(Name("question")), Text("s in "), Value(Name("language"))),
    )
    assert draft.input("language") == Input("language", default="English")
    assert draft.input("question") == Input("question", required=True)
    assert draft.schema is not None
    assert losses == ("the option unknown", "`extract`", "the default of unused, which the texts do not use")


def test_without_a_prompt_the_user_says_what_the_command_is_given() -> None:
    assert read(Path("t.yaml"), "system: Sum it up.").draft.body[-2:] == (Turn("user"), Value(Name("input")))


def test_turns_are_dropped_and_counted() -> None:
    body = "system:\nS\n\nuser:\n1\n\nassistant:\n2\n\nuser:\n3"
    done = convert(f"---\nname: n\n---\n{body}", "llm", "prompty")

    assert done.losses == ("2 messages: a template of llm has no turns",)
    assert read(Path("t.yaml"), done.text).draft.body == (Turn("system"), Text("S"), Turn("user"), Text("3"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prompt: a\nsistem: b", "t.yaml:2: unknown key 'sistem' (did you mean 'system'?)"),
        ("system: s\nprompt: costs $5", "t.yaml:2: a $ names no variable here (write it as $$)"),
        ("prompt: a\noptions: {temperature: hot}", "t.yaml:2: temperature must be a number from 0 to 2"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(PromptError) as caught:
        read(Path("t.yaml"), text)
    assert str(caught.value).startswith(said)
