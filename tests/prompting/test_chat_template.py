"""A model's chat template writes what transformers writes, keeps who wrote what, and can neither run on nor get out.

The templates in `chat_templates/` are ours, in the formats of eight model families.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from injections import OUR_OWN, TOKENS, hostile
from jinja2.exceptions import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chatbot.errors import PromptError
from chatbot.messages import Image, Message, Segment, ToolCall, message
from chatbot.prompting.chat_template import ChatTemplate, Shape
from chatbot.prompting.provenance import Span

SOURCES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent / "chat_templates").glob("*.jinja"))
}
FAMILIES = {name: ChatTemplate.read(source, name=name) for name, source in SOURCES.items()}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Adds.",
            "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}},
        },
    }
]
WITHOUT_TOOLS = {"gemma", "phi", "command_r"}
"""Families whose templates refuse or leave out calls."""


def talk(system: str, question: str, answer: str, again: str) -> list[Message]:
    return [
        message("system", system, "author"),
        message("user", question, "user"),
        message("assistant", answer, "model"),
        Message("user", (Segment("About this:\n", "author"), Segment(again, "document"))),
    ]


def with_tools(system: str, question: str, argument: str, result: str) -> list[Message]:
    call = ToolCall("call_1", "add", json.dumps({"a": argument}, ensure_ascii=False))
    return [
        message("system", system, "author"),
        message("user", question, "user"),
        Message("assistant", (), tool_calls=(call,)),
        Message("tool", (Segment(result, "tool"),), call_id="call_1"),
    ]


def rendered(name: str, messages: Sequence[Message], tools: Sequence[Mapping[str, object]] = ()) -> tuple[Span, ...]:
    return FAMILIES[name].render(messages, tools=tools, bos_token="<s>", eos_token="</s>")


def reference(name: str, messages: Sequence[Message], tools: Sequence[Mapping[str, object]] = ()) -> str:
    """What Jinja writes, set up as transformers sets it up; for harmless templates only."""

    def refuse(said: str) -> None:
        raise TemplateError(said)

    jinja = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    jinja.filters["tojson"] = lambda value, ensure_ascii=False, **options: json.dumps(
        value, ensure_ascii=ensure_ascii, **options
    )
    jinja.globals["raise_exception"] = refuse
    return jinja.from_string(SOURCES[name]).render(
        messages=[as_table(each) for each in messages],
        tools=list(tools) or None,
        add_generation_prompt=True,
        bos_token="<s>",
        eos_token="</s>",
    )


def as_table(said: Message) -> dict[str, object]:
    table: dict[str, object] = {"role": said.role}
    if said.text or not said.tool_calls:  # transformers leaves out what is None
        table["content"] = said.text
    if said.tool_calls:
        table["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.loads(call.arguments)},
            }
            for call in said.tool_calls
        ]
    if said.call_id:
        table |= {"tool_call_id": said.call_id, "name": "add"}
    return table


def by_the_template(spans: Sequence[Span]) -> list[str]:
    """The special tokens that the template wrote: the only ones that a tokenizer is to look for."""
    special = "|".join(map(re.escape, sorted(TOKENS, key=len, reverse=True)))
    return [token for span in spans if span.writer == "template" for token in re.findall(special, span.text)]


# --- what is written --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SOURCES)
def test_a_family_is_written_as_transformers_writes_it(name: str) -> None:
    messages = talk(" Be brief. ", "Hi & <b>", "Hello\n", "Straße\n\nlong")
    assert "".join(span.text for span in rendered(name, messages)) == reference(name, messages)


@pytest.mark.parametrize("name", sorted(SOURCES.keys() - WITHOUT_TOOLS))
def test_tools_calls_and_results_are_written_as_transformers_writes_them(name: str) -> None:
    messages = with_tools("Be brief.", "2 + 2?", "2", '4 "quoted"')
    assert "".join(span.text for span in rendered(name, messages, TOOLS)) == reference(name, messages, TOOLS)


def test_each_span_names_its_writer() -> None:
    spans = rendered("chatml", talk("Be brief.", "Hi", "Hello", "What?"))
    assert [(span.writer, span.text) for span in spans] == [
        ("template", "<|im_start|>system\n"),
        ("author", "Be brief."),
        ("template", "<|im_end|>\n<|im_start|>user\n"),
        ("user", "Hi"),
        ("template", "<|im_end|>\n<|im_start|>assistant\n"),
        ("model", "Hello"),
        ("template", "<|im_end|>\n<|im_start|>user\n"),
        ("author", "About this:\n"),
        ("document", "What?"),
        ("template", "<|im_end|>\n<|im_start|>assistant\n"),
    ]


def test_the_date_is_the_callers_and_absent_without_one() -> None:
    messages = [message("user", "Hi", "user")]
    dated = FAMILIES["harmony"].render(messages, now=datetime(2026, 11, 21))
    assert "Today: 2026-11-21" in dated[0].text
    assert "Today: unknown" in FAMILIES["harmony"].render(messages)[0].text


def test_a_template_that_refuses_a_conversation_says_so_in_one_line() -> None:
    messages = [message("user", "Hi", "user"), message("user", "Hello?", "user")]
    with pytest.raises(PromptError, match=r"gemma:11: .* roles must take turns"):
        rendered("gemma", messages)


@pytest.mark.parametrize(
    ("shape", "seen"),
    [
        (Shape(), '["role", "tool_calls"] [{"a": 2}]'),
        (Shape(wordless="none"), '["role", "content", "tool_calls"] null [{"a": 2}]'),
        (Shape(wordless="empty"), '["role", "content", "tool_calls"] "" [{"a": 2}]'),
        (Shape(arguments="text"), '["role", "tool_calls"] ["{\\"a\\": 2}"]'),
        (
            Shape(parts=True, wordless="empty"),
            '["role", "content", "tool_calls"] [{"type": "text", "text": ""}] [{"a": 2}]',
        ),
    ],
)
def test_messages_come_in_the_shape_that_the_template_wants(shape: Shape, seen: str) -> None:
    source = (
        "{{ messages[0].keys() | list | tojson }} {% if 'content' in messages[0] %}{{ messages[0].content | tojson }} "
        "{% endif %}{{ messages[0].tool_calls | map(attribute='function.arguments') | list | tojson }}"
    )
    called = Message("assistant", (), tool_calls=(ToolCall("call_1", "add", '{"a": 2}'),))
    spans = ChatTemplate.read(source).render([called], shape=shape)
    assert "".join(span.text for span in spans) == seen


def test_a_picture_is_a_part_before_the_text_in_any_shape() -> None:
    shown = Message("user", (Segment("Look", "user"),), images=(Image("a" * 64, "image/png", 1, 1),))
    for shape in (Shape(), Shape(parts=True)):
        spans = ChatTemplate.read("{{ messages[0].content | tojson }}").render([shown], shape=shape)
        assert "".join(span.text for span in spans) == '[{"type": "image"}, {"type": "text", "text": "Look"}]'


# --- who wrote what ---------------------------------------------------------------------------------------------------

MARKS = ("⟦0⟧", "⟦1⟧", "⟦2⟧", "⟦3⟧")


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("text", OUR_OWN)
def test_our_own_injections_add_no_special_token(name: str, text: str) -> None:
    hostile_spans, marked_spans = rendered(name, talk(text, text, text, text)), rendered(name, talk(*MARKS))
    assert by_the_template(hostile_spans) == by_the_template(marked_spans)


def check_texts(name: str, texts: Sequence[str]) -> None:
    """The template's own words do not depend on the texts, nor on how many pieces they are cut into."""
    system, question, answer, again = texts
    hostile_spans = rendered(name, talk(system, question, answer, again))
    marks = [mark if text.strip() else text for mark, text in zip(MARKS, texts, strict=True)]
    assert by_the_template(hostile_spans) == by_the_template(rendered(name, talk(*marks)))
    if name not in WITHOUT_TOOLS:
        calling = rendered(name, with_tools(system, question, answer, again), TOOLS)
        assert by_the_template(calling) == by_the_template(rendered(name, with_tools(*marks), TOOLS))


@settings(max_examples=200)
@given(st.sampled_from(sorted(SOURCES)), st.tuples(hostile, hostile, hostile, hostile))
def test_no_text_adds_or_takes_a_special_token(name: str, texts: Sequence[str]) -> None:
    check_texts(name, texts)


@pytest.mark.slow
@settings(max_examples=20_000, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(SOURCES)), st.tuples(hostile, hostile, hostile, hostile))
def test_no_text_of_20000_adds_or_takes_a_special_token(name: str, texts: Sequence[str]) -> None:
    check_texts(name, texts)


# --- bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% for a in range(10 ** 12) %}{% endfor %}",
        "{{ 'x' * 10 ** 9 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 'x'.center(10 ** 9) }}",
        "{% set ns = namespace(s='x') %}{% for i in range(64) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
        "{{ 9 ** (9 ** 9) }}",
        "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
        "{{ 'x' | indent(10 ** 9) }}",
        "{{ ([1] * 10 ** 6) | tojson(indent=1000) }}",
        "{% for m in messages recursive %}{{ loop(messages) }}{% endfor %}",
        "{{ 'a,' * 10 ** 6 | replace(',', 'b' * 10 ** 6) }}",
    ],
)
def test_a_template_that_runs_on_is_stopped_with_one_line(source: str) -> None:
    with pytest.raises(PromptError) as caught:
        ChatTemplate.read(source).render([message("user", "Hi", "user")])
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__.__mro__",
        "messages.__class__",
        "messages[0]['__class__']",
        "messages[0].__getattribute__('x')",
        "raise_exception.__globals__",
        "namespace.__init__",
        "''.format.__self__",
        "'{0.__class__}'.format(messages)",
        "'{0[role].__class__}'.format(messages[0])",
        "messages | map(attribute='__class__') | list",
        "(messages | first).content.__len__()",
        "self.__dict__",
        "cycler.__init__.__globals__.os",
        "lipsum.__globals__",
        "messages | attr('__class__')",
        "messages.append.__self__",
        "range.__class__.__base__",
        "joiner().__class__",
    ],
)
def test_there_is_no_way_from_a_value_to_pythons_inside(expression: str) -> None:
    source = "{{ " + expression + " }}"
    try:
        spans = ChatTemplate.read(source).render([message("user", "Hi", "user")])
    except PromptError:
        return
    assert "".join(span.text for span in spans) in ("", "[]", "[Undefined]")
