"""The outline of a body: turns, words and slots, each with its line of the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.messages import message
from chatbot.prompting import Prompt
from chatbot.prompting.lint.outline import Turn, outline

PROMPTS = Path(__file__).parents[3] / "prompts"

BODY = """Be kind.
{% if deep %}
Go deep.
{% else %}
Stay {{ tone | default("calm") }}.
{% endif %}
{{ history }}

user:
{% for p in passages %}
<p>{{ p.text }}</p>
{% endfor %}
{{ question }}: not
user:
"""
HEAD = """---
inputs:
  - {name: question, kind: string, required: true}
  - {name: passages, kind: array, default: []}
  - {name: history, kind: thread, default: []}
  - {name: deep, kind: boolean, default: false}
  - {name: tone, kind: string}
---
"""


def turns_of(text: str, folder: Path) -> Sequence[Turn]:
    path = folder / "made.prompty"
    path.write_text(text, encoding="utf-8")
    prompt = Prompt.load(path)
    return outline(prompt.file, prompt.inputs)


def test_a_body_is_cut_at_role_lines_and_threads(tmp_path: Path) -> None:
    turns = turns_of(HEAD + BODY, tmp_path)
    assert [(turn.role, turn.line, turn.marked) for turn in turns] == [
        ("system", 9, False), (None, 15, True), ("user", 17, True),
    ]  # fmt: skip


def test_slots_know_their_input_their_line_and_whether_a_missing_value_is_taken_care_of(tmp_path: Path) -> None:
    slots = [slot for turn in turns_of(HEAD + BODY, tmp_path) for slot in turn.slots]
    assert [(slot.written, slot.name, slot.line, slot.guarded, slot.looped) for slot in slots] == [
        ("tone", "tone", 13, True, False),
        ("history", "history", 15, False, False),
        ("p.text", "passages", 19, False, True),
        ("question", "question", 21, False, False),
    ]


def test_the_arms_of_an_if_are_told_apart(tmp_path: Path) -> None:
    [system, *_] = turns_of(HEAD + BODY, tmp_path)
    assert [part.arms for part in system.parts] == [(), ((0, 0),), *[((0, 1),)] * 3, ()]


def test_every_character_of_the_text_has_the_line_on_which_it_stands(tmp_path: Path) -> None:
    lines = (HEAD + BODY).split("\n")
    for turn in turns_of(HEAD + BODY, tmp_path):
        for offset, character in enumerate(turn.text):
            if character.isalpha() and not turn.at(offset).text.startswith("{{"):
                assert character in lines[turn.line_at(offset) - 1]


@pytest.mark.parametrize("path", sorted(PROMPTS.glob("*.prompty")), ids=lambda path: path.stem)
def test_the_outline_of_a_shipped_prompt_has_the_roles_that_it_renders(path: Path) -> None:
    prompt = Prompt.load(path)
    passage = {"number": 1, "source": "a.md", "text": "x"}
    of_kind = {"thread": [message("user", "said", "user")], "array": [passage], "string": "x", "integer": 1}
    flat = {name: ["x"] for name in ("seen", "choices") if name in prompt.inputs}
    values = {name: of_kind[declared.kind] for name, declared in prompt.inputs.items()}
    rendered = prompt.render(**(values | flat))
    turns = outline(prompt.file, prompt.inputs)
    assert [turn.role or "user" for turn in turns] == [said.role for said in rendered]


LINES = st.lists(
    st.sampled_from(["system:", "user:", "# assistant:", "words", "", "{{ q }}", "user: {{ q }}", "{{ q }} user:"])
)


@given(lines=LINES)
def test_roles_are_read_as_they_are_rendered(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "roles.prompty"
    body = "\n".join(lines)
    path.write_text(f"---\ninputs: [{{name: q, kind: string, required: true}}]\n---\n{body}", encoding="utf-8")
    prompt = Prompt.load(path)
    assert [turn.role for turn in outline(prompt.file, prompt.inputs)] == [said.role for said in prompt.render(q="x")]
