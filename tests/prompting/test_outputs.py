"""Declared outputs are the schema of the answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatbot.errors import PromptError
from chatbot.json_schema import checked, violations
from chatbot.prompting import Prompt

OUTPUTS = """outputs:
  - {name: sentiment, enumValues: [good, bad], description: How it sounds}
  - {name: score, kind: float}
  - {name: tags, kind: array, items: {kind: string}, required: false}
  - name: author
    kind: object
    properties: {name: {kind: string}, age: {kind: integer, required: false}}
"""


def test_outputs_become_a_schema_that_admits_what_they_say(make_prompt: Callable[..., Prompt]) -> None:
    schema = make_prompt("user:\nhi", frontmatter=OUTPUTS).outputs
    assert schema is not None
    checked(schema)
    assert violations({"sentiment": "good", "score": 0.5, "author": {"name": "Ada"}}, schema) == ""
    assert "'meh' is not one of" in violations({"sentiment": "meh", "score": 1, "author": {"name": "A"}}, schema)
    assert "'score' is a required property" in violations({"sentiment": "bad", "author": {"name": "A"}}, schema)
    tagged = {"sentiment": "bad", "score": 1, "author": {"name": "A"}, "tags": [1]}
    assert "$.tags[0]" in violations(tagged, schema)
    assert "was unexpected" in violations({**tagged, "tags": [], "more": 1}, schema)


def test_a_table_of_outputs_means_the_same_as_a_list(make_prompt: Callable[..., Prompt]) -> None:
    listed = make_prompt("user:\nhi", frontmatter="outputs: [{name: a, kind: integer}]\n").outputs
    assert listed == make_prompt("user:\nhi", frontmatter="outputs: {a: {kind: integer}}\n").outputs


def test_a_file_without_outputs_has_none(make_prompt: Callable[..., Prompt]) -> None:
    assert make_prompt("user:\nhi").outputs is None


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ("x", "outputs must be a list or a table"),
        ("[x]", "an output is a table"),
        ("[{kind: string}]", "needs a name of its own"),
        ("[{name: a}, {name: a}]", "needs a name of its own, not 'a'"),
        ("[{name: a, kind: strin}]", "did you mean 'string'"),
        ("[{name: a, king: string}]", "unknown key 'king'"),
        ("[{name: a, kind: array, items: {kind: image}}]", "must be one of"),
    ],
)
def test_every_mistake_is_told_with_its_line(make_prompt: Callable[..., Prompt], outputs: str, said: str) -> None:
    with pytest.raises(PromptError, match=rf"made\.prompty:\d+: .*{said}"):
        make_prompt("user:\nhi", frontmatter=f"outputs: {outputs}\n")
