"""Messages as JSON: templates in their texts, parts, roles by other names, and text that is no template."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.errors import PromptError
from chatbot.messages import message
from chatbot.prompting.convert.openai_messages import read, rendered
from chatbot.prompting.convert.tree import Name, Text, Turn, Value


def test_a_whole_request_is_read() -> None:
    text = json.dumps(
        {
            "model": "m",
            "temperature": 1,
            "stop": "END",
            "messages": [
                {"role": "developer", "content": "Be kind."},
                {"role": "user", "content": [{"type": "text", "text": "Hi {{ name }}"}, {"type": "image_url"}]},
                {"role": "tool", "content": "result"},
            ],
        }
    )
    draft, losses = (read_ := read(Path("m.json"), text)).draft, read_.losses

    assert draft.body == (Turn("system"), Text("Be kind."), Turn("user"), Text("Hi "), Value(Name("name")))
    assert (draft.model, draft.sampling.temperature, draft.sampling.stop) == ("m", 1, ("END",))
    assert losses == ("a part of message 2 that is no text", "message 3, which is the result of a tool")


def test_text_that_is_no_template_is_taken_as_it_stands() -> None:
    read_ = read(Path("m.json"), json.dumps([{"role": "user", "content": "a {% b {{ c"}]))

    assert read_.draft.body == (Turn("user"), Text("a {% b {{ c"))
    assert "taken as it stands" in read_.losses[0]


def test_rendered_messages_are_written_as_they_are() -> None:
    assert json.loads(rendered([message("user", "{{ x }}", "user")])) == [{"role": "user", "content": "{{ x }}"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[\n{"role": "user" "content": ""}]', "m.json:2: this is not JSON"),
        ('[\n{"role": "wizard", "content": ""}]', "m.json:2: there is no role 'wizard'"),
        ('{"a": 1}', "m.json:1: there are no messages"),
        ("3", "m.json:1: the file must be a list of messages"),
        ("[" * 100_000, "m.json:1: this JSON cannot be read"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(PromptError) as caught:
        read(Path("m.json"), text)
    assert str(caught.value).startswith(said)
