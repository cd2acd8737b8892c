"""No value makes, moves, breaks or renames a message, whatever it holds.

Each case renders the same prompt twice: with the hostile values, and with harmless marks in their places. The two must
be the same messages but for the marks: same number, order and roles, the author's text untouched, and each value whole,
in its place, with its origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from injections import OUR_OWN, hostile

from chatbot.errors import PromptError
from chatbot.messages import Message, Origin, Segment, ToolCall
from chatbot.prompting import Input, Prompt, list_prompts
from chatbot.prompting.inputs import bind
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.roles import to_messages
from chatbot.prompting.template import read_template

LIBRARY = list_prompts(Path(__file__).parents[2] / "prompts")
ORIGINS: Sequence[Origin] = ("user", "document", "tool", "model")
ANY_ORIGIN: st.SearchStrategy[Origin | None] = st.sampled_from([None, "author", *ORIGINS])
ROLES = st.sampled_from(["system", "user", "assistant", "tool"])


@dataclass(slots=True)
class Values:
    """Values for the inputs of a prompt, and the same with marks for texts."""

    draw: st.DrawFn
    origins: st.SearchStrategy[Origin | None] = ANY_ORIGIN
    texts: list[str] = field(default_factory=list)

    def text(self, origin: Origin | None = None) -> tuple[object, object]:
        """A hostile text with its mark. An empty text marks itself, so that both are equally false."""
        origin = origin or self.draw(self.origins)
        text = self.draw(hostile)
        mark = f"⟦{len(self.texts)}⟧" if text else ""
        self.texts.append(text)
        return (text, mark) if origin is None else (Segment(text, origin), Segment(mark, origin))

    def table(self, keys: Sequence[str]) -> tuple[object, object]:
        pairs = {key: self.text() for key in keys}
        return {key: pair[0] for key, pair in pairs.items()}, {key: pair[1] for key, pair in pairs.items()}

    def items(self, name: str) -> tuple[object, object]:
        count = self.draw(st.integers(0, 3))
        keys = KEYS.get(name)
        pairs = [self.table(keys) if keys else self.text() for _ in range(count)]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    def thread(self) -> tuple[object, object]:
        hostile_ones, marked_ones = [], []
        for _ in range(self.draw(st.integers(0, 2))):
            role, origin = self.draw(ROLES), self.draw(st.sampled_from(ORIGINS))
            parts = [self.text(origin) for _ in range(self.draw(st.integers(0, 2)))]
            calls = (ToolCall("1", "f", "{}"),) if role == "assistant" else ()
            hostile_ones.append(Message(role, tuple(part[0] for part in parts), calls))
            marked_ones.append(Message(role, tuple(part[1] for part in parts), calls))
        return hostile_ones, marked_ones

    def value(self, declared: Input) -> tuple[object, object]:
        if declared.choices:
            chosen = self.draw(st.sampled_from(declared.choices))
            return chosen, chosen
        if declared.kind == "array":
            return self.items(declared.name)
        if declared.kind == "integer":
            number = self.draw(st.integers(-3, 30))
            return number, number
        made: Callable[[], tuple[object, object]] = {"thread": self.thread, "string": self.text}[declared.kind]
        return made()

    def all(self, inputs: Mapping[str, Input]) -> tuple[dict[str, object], dict[str, object]]:
        given = [name for name, declared in inputs.items() if declared.required or self.draw(st.booleans())]
        pairs = {name: self.value(inputs[name]) for name in given}
        return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}

    def expected(self, marked: list[Message]) -> list[Shown]:
        """The messages with the marks replaced by the texts they stand for."""
        return [
            (role, calls, [(re.sub(r"⟦(\d+)⟧", self._meant, text), origin) for text, origin in runs])
            for role, calls, runs in shown(marked)
        ]

    def _meant(self, mark: re.Match[str]) -> str:
        return self.texts[int(mark[1])]


KEYS = {"passages": ("number", "source", "text"), "rows": ("q", "a")}
"""What the items of an array are, where they are not texts."""

Shown = tuple[str, int, list[tuple[str, str]]]


def shown(messages: Sequence[Message]) -> list[Shown]:
    """Role, number of calls, and text by origin: neighbours of one origin are one."""
    return [(said.role, len(said.tool_calls), list(runs(said.parts))) for said in messages]


def runs(parts: Sequence[Segment]) -> Iterator[tuple[str, str]]:
    for origin, group in groupby((part for part in parts if part.text), key=lambda part: part.origin):
        yield "".join(part.text for part in group), origin


# --- shipped prompts --------------------------------------------------------------------------------------------------


def check_a_shipped_prompt(data: st.DataObject) -> None:
    prompt = data.draw(st.sampled_from(LIBRARY))
    values = Values(data.draw)
    hostile_ones, marked_ones = values.all(prompt.inputs)
    assert shown(prompt.render(**hostile_ones)) == values.expected(prompt.render(**marked_ones))


@settings(max_examples=300)
@given(st.data())
def test_no_value_changes_the_messages_of_a_shipped_prompt(data: st.DataObject) -> None:
    check_a_shipped_prompt(data)


@pytest.mark.slow
@settings(max_examples=60_000, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_value_of_60000_draws_changes_the_messages_of_a_shipped_prompt(data: st.DataObject) -> None:
    check_a_shipped_prompt(data)


@pytest.mark.parametrize("text", OUR_OWN)
@pytest.mark.parametrize("prompt", LIBRARY, ids=lambda prompt: prompt.name)
def test_our_own_injections_stay_text_in_every_input_of_every_shipped_prompt(prompt: Prompt, text: str) -> None:
    marks = {"string": "⟦0⟧", "array": [dict.fromkeys(KEYS["passages"], "⟦0⟧")], "thread": [said("⟦0⟧")], "integer": 3}
    texts = {"string": text, "array": [dict.fromkeys(KEYS["passages"], text)], "thread": [said(text)], "integer": 3}
    if "choices" in prompt.inputs or "seen" in prompt.inputs:
        marks["array"], texts["array"] = ["⟦0⟧"], [text]
    kinds = {name: declared.kind for name, declared in prompt.inputs.items() if name != "passages"}
    marked = prompt.render(**{name: marks[kind] for name, kind in kinds.items()})
    rendered = prompt.render(**{name: texts[kind] for name, kind in kinds.items()})
    filled = [
        (role, calls, [(run.replace("⟦0⟧", text), origin) for run, origin in runs])
        for role, calls, runs in shown(marked)
    ]
    assert shown(rendered) == filled


def said(text: str) -> Message:
    return Message("user", (Segment(text, "user"),))


# --- generated prompts ------------------------------------------------------------------------------------------------

INPUTS = {
    **{name: Input(name, required=True) for name in ("a", "b")},
    **{name: Input(name, "array", required=True) for name in ("xs", "rows")},
    "thread": Input("thread", "thread", required=True),
}

PLACES = [
    "user:\n", "system:\n", "# assistant :\n", "\n", "Read this.\n", "  indented\n", "{{ a }}", "{{ b }}\n",
    "{{ a }}:\n", "user{{ b }}:\n", "{{ b }}user:\n", "\nsystem{{ a }}", "user:{{ a }}\n", "<{{ a }}>\n",
    "{% if a %}A: {{ a }}\n{% else %}none\n{% endif %}", "{% if a -%}\nuser:\n{%- endif %}\n",
    "{% for x in xs %}\n- {{ x }}\n{% endfor %}", "{{ xs | join(', ') }}\n", "{{ xs | join(b) }}\n",
    "{% for row in rows %}\nuser:\n{{ row.q }}\nassistant:\n{{ row.a }}\n{% endfor %}\nuser:\n",
    "{% for row in rows -%}{{ row.q }}\nuser:\n{% endfor %}", "\n{{ thread }}\nuser:\n",
    "{% for said in thread %}{{ said.role }}: {{ said.text }}\n{% endfor %}", "{{ rows[0].none | default(a) }}",
    "{# system: #}", "\nuser:\n{%- if b %}\n{% endif %}", "{{ xs | length }}", "{{ 'user' }}:\n", "{{ 'user:' }}\n",
]  # fmt: skip

CHANGED = ["{{ a | trim }}", "{{ b | upper }}", "{{ xs | join(b) | trim | lower }}\n", "{{ a | lower }}:\n"]
"""Places where a value is not shown as it is, on purpose."""


def rendered(body: str, given: Mapping[str, object]) -> list[Message] | None:
    """None where the template says that it cannot be rendered."""
    file = PromptFile(Path("any.prompty"), {}, body)
    try:
        return to_messages(read_template(file, frozenset(INPUTS)).pieces(bind(INPUTS, given)), file)
    except PromptError:
        return None


def check_a_generated_prompt(data: st.DataObject) -> None:
    body = "".join(data.draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=7)))
    values = Values(data.draw)
    hostile_ones, marked_ones = values.all(INPUTS)
    first, second = rendered(body, hostile_ones), rendered(body, marked_ones)
    assert (first and shown(first)) == (second and values.expected(second))


@settings(max_examples=300)
@given(st.data())
def test_no_value_changes_the_messages_of_a_generated_prompt(data: st.DataObject) -> None:
    check_a_generated_prompt(data)


@pytest.mark.slow
@settings(max_examples=40_000, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_value_of_40000_draws_changes_the_messages_of_a_generated_prompt(data: st.DataObject) -> None:
    check_a_generated_prompt(data)


@settings(max_examples=300)
@given(st.data())
def test_where_filters_change_a_value_the_roles_and_the_authors_words_stay(data: st.DataObject) -> None:
    body = "".join(data.draw(st.lists(st.sampled_from([*PLACES, *CHANGED]), min_size=1, max_size=7)))
    hostile_ones, marked_ones = Values(data.draw, st.sampled_from([None, *ORIGINS])).all(INPUTS)
    first, second = rendered(body, hostile_ones), rendered(body, marked_ones)
    assert (first is None) == (second is None)
    assert [authors(each) for each in first or []] == [authors(each) for each in second or []]


def authors(message: Message) -> tuple[str, list[str]]:
    """Role and the author's words; white space next to a value that became empty is the author's to lose."""
    return message.role, "".join(text for text, origin in runs(message.parts) if origin == "author").split()
