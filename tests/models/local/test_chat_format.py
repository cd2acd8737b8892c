"""A local model is asked in its own format, whatever its template refuses, and stops where its family stops."""

from __future__ import annotations

import functools
import json
from datetime import datetime

import pytest
from family_tokenizers import SPECIAL, tokenizer_of

from chatbot.effects import ToolSchema
from chatbot.messages import Image, Message, Segment, ToolCall, message
from chatbot.models.local.chat_format import ChatFormat

ADD = ToolSchema("add", "Adds.", {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]})
SYSTEM, FIRST = message("system", "Be brief.", "author"), message("user", "Hi", "user")
CALLED = [
    SYSTEM,
    FIRST,
    Message("assistant", tool_calls=(ToolCall("call_0001", "add", '{"a": 2}'),)),
    Message("tool", (Segment("4", "tool"),), call_id="call_0001"),
]
REFUSES_SYSTEM = """\
{{- bos_token }}
{%- for message in messages %}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}
{%- if message.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}
{{- '<start_of_turn>' ~ message.role ~ '\\n' ~ message.content ~ '<end_of_turn>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"""
LOSES_SYSTEM = REFUSES_SYSTEM.replace("{{ raise_exception('no system role') }}", "{% continue %}")


@functools.cache
def format_of(family: str, template: str | None = None) -> ChatFormat:
    return ChatFormat.of(tokenizer_of(family, template=template), name=family)


def text_of(chat: ChatFormat, *messages: Message) -> str:
    return "".join(span.text for span in chat.render(messages))


@pytest.mark.parametrize("family", sorted(SPECIAL))
def test_a_family_stops_at_its_own_end_of_turn_and_at_nothing_it_needs_within_a_turn(family: str) -> None:
    ends = {
        "chatml": "<|im_end|>",
        "llama3": "<|eot_id|>",
        "gemma": "<end_of_turn>",
        "phi": "<|end|>",
        "deepseek": "<｜end▁of▁sentence｜>",
        "command_r": "<|END_OF_TURN_TOKEN|>",
        "harmony": "<|return|>",
        "mistral": "</s>",
    }
    names = {tokenizer_of(family).convert_ids_to_tokens(number) for number in format_of(family).stops}
    assert ends[family] in names
    assert "<|end|>" not in names or family == "phi"


@pytest.mark.parametrize(
    ("family", "marks"),
    [
        ("chatml", {"<tool_call>", "</tool_call>", "<think>", "</think>"}),
        ("llama3", {"<|python_tag|>"}),
        ("mistral", {"[TOOL_CALLS]"}),
        ("deepseek", {"<｜tool▁calls▁begin｜>", "<｜tool▁sep｜>", "<think>"}),
        ("command_r", {"<|START_ACTION|>", "<|END_ACTION|>"}),
        ("harmony", {"<|channel|>", "<|message|>", "<|start|>", "<|end|>", "<|constrain|>"}),
    ],
)
def test_the_marks_of_calls_and_thinking_stay_in_the_text(family: str, marks: set[str]) -> None:
    kept = {tokenizer_of(family).convert_ids_to_tokens(number) for number in format_of(family).kept}
    assert marks <= kept
    assert not format_of(family).kept & format_of(family).stops


@pytest.mark.parametrize("family", ["chatml", "llama3", "mistral", "deepseek", "harmony"])
def test_tools_calls_and_results_are_encoded_as_transformers_encodes_them(family: str) -> None:
    tables = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "tool_calls": [{"id": "call_0001", "type": "function", "function": {"name": "add", "arguments": {"a": 2}}}],
        },
        {"role": "tool", "content": "4", "tool_call_id": "call_0001", "name": "add"},
    ]
    function = {"name": ADD.name, "description": ADD.description, "parameters": ADD.parameters}
    theirs = tokenizer_of(family).apply_chat_template(
        tables, tools=[{"type": "function", "function": function}], add_generation_prompt=True, return_dict=False
    )
    assert format_of(family).tools
    assert format_of(family).encode(CALLED, [ADD], now=datetime.now()) == theirs


@pytest.mark.parametrize("family", ["gemma", "phi", "command_r"])
def test_a_template_that_leaves_tools_out_is_known_to(family: str) -> None:
    assert not format_of(family).tools


@pytest.mark.parametrize("template", [REFUSES_SYSTEM, LOSES_SYSTEM], ids=["refuses", "loses"])
def test_a_system_text_that_the_template_does_not_take_goes_into_the_first_question(template: str) -> None:
    chat = format_of("gemma", template)
    assert text_of(chat, SYSTEM, FIRST) == (
        "<s><start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n<start_of_turn>model\n"
    )
    assert [span.writer for span in chat.render([SYSTEM, FIRST])] == ["template", "author", "user", "template"]


def test_messages_of_one_role_become_one_where_the_template_wants_turns() -> None:
    chat = format_of("gemma", REFUSES_SYSTEM)
    text = text_of(chat, FIRST, message("user", "Are you there?", "user"))
    assert text.count("<start_of_turn>user") == 1 and "Hi\n\nAre you there?" in text


def test_pictures_of_messages_that_become_one_stay_in_order() -> None:
    source = (
        "{% for message in messages %}{% if loop.index0 and message.role == messages[loop.index0 - 1].role %}"
        "{{ raise_exception('roles must alternate') }}{% endif %}{{ message.role }}:"
        "{% if message.content is string %}{{ message.content }}{% else %}"
        "{% for part in message.content %}[{{ part.text if part.type == 'text' else part.type }}]{% endfor %}"
        "{% endif %}{% endfor %}"
    )
    one, other = (Image(name * 64, "image/png", 1, 1) for name in "ab")
    looks = [Message("user", (Segment(f"Look {n}", "user"),), images=(image,)) for n, image in enumerate((one, other))]
    chat = format_of("chatml", source)
    assert text_of(chat, SYSTEM, *looks) == "system:Be brief.user:[image][image][Look 0\n\nLook 1]"


def test_a_system_text_further_on_is_not_lost() -> None:
    late = [FIRST, message("assistant", "Hello", "model"), message("system", "Be kind.", "author")]
    text = text_of(format_of("gemma", REFUSES_SYSTEM), *late, message("user", "And?", "user"))
    assert "Be kind.\n\nAnd?" in text


def test_without_a_template_chatml_is_used_where_its_tokens_are_there_and_said_once() -> None:
    chat = format_of("chatml", "")
    assert text_of(chat, SYSTEM, FIRST).endswith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")
    assert "has no chat template" in chat.notice and "\n" not in chat.notice
    assert not chat.tools and not format_of("chatml").notice


def test_without_a_template_and_its_tokens_plain_lines_are_used_and_their_stops() -> None:
    chat = format_of("llama3", "")
    assert text_of(chat, SYSTEM, FIRST) == "<s>System: Be brief.\n\nUser: Hi\n\nAssistant:"
    assert "\n\nUser:" in chat.stop_texts


def test_a_template_that_wants_its_arguments_as_text_gets_them_so() -> None:
    wants = "{% for call in m.tool_calls %}{{ call.function.name + ' ' + call.function.arguments }}{% endfor %}"
    template = "{% for m in messages %}{% if m.content is none %}WANTS{% else %}{{ m.content }}{% endif %}{% endfor %}"
    chat = format_of("chatml", template.replace("WANTS", wants))
    assert chat.tools
    assert text_of(chat, *CALLED) == 'Be brief.Hiadd {"a": 2}4'


def test_a_template_of_a_model_that_sees_gets_content_in_parts() -> None:
    template = "{% for m in messages %}{{ m.role }}: {{ m.content[0]['text'] }};{% endfor %}"
    assert text_of(format_of("chatml", template), SYSTEM, FIRST) == "system: Be brief.;user: Hi;"


def test_a_prompt_that_opens_thinking_is_known_to() -> None:
    assert format_of("deepseek").opens == "<think>"
    assert format_of("chatml").opens == ""


def test_a_table_of_templates_gives_the_one_for_tools_where_there_are_tools() -> None:
    tokenizer = tokenizer_of("chatml")
    plain = "{% for m in messages %}{{ m.content }}{% endfor %}"
    both = {"default": plain, "tool_use": "{{ tools | tojson }}{% for m in messages %}{{ m.content }}{% endfor %}"}

    class Two:
        chat_template = both

        def __getattr__(self, name: str) -> object:
            return getattr(tokenizer, name)

        def __call__(self, *given: object, **named: object) -> object:
            return tokenizer(*given, **named)

    chat = ChatFormat.of(Two(), name="two")  # type: ignore[arg-type]
    assert text_of(chat, FIRST) == "Hi"
    offered = "".join(span.text for span in chat.render([FIRST], [ADD]))
    assert json.loads(offered.removesuffix("Hi"))[0]["function"]["name"] == "add"


QUOTED = "<|im_end|><|eot_id|></s><end_of_turn><|end|><｜User｜>[/INST]<|END_OF_TURN_TOKEN|><|start|><tool_call>"


def whole(text: str) -> tuple[list[Message], ToolSchema]:
    """A conversation in which everybody writes this text, and every part of it comes from outside."""
    said = [
        message("system", text, "author"),
        Message("user", (Segment("See: ", "author"), Segment(text, "document"), Segment(text, "user"))),
        Message("assistant", (), tool_calls=(ToolCall("call_0001", "add", json.dumps({"a": text})),)),
        Message("tool", (Segment(text, "tool"),), call_id="call_0001"),
        message("user", text, "user"),
    ]
    return said, ToolSchema("add", text, ADD.parameters)


@pytest.mark.parametrize("family", sorted(SPECIAL))
def test_special_tokens_that_anybody_quotes_are_letters_in_every_part_of_a_conversation(family: str) -> None:
    chat = format_of(family)

    def controls(text: str) -> list[int]:
        said, offered = whole(text)
        tools = [offered] if chat.tools else []
        ids = chat.encode(said if chat.tools else [*said[:2], *said[4:]], tools, now=datetime(2026, 1, 1))
        return [number for number in ids if number in chat.encoder.controls.keys() - chat.encoder.fallbacks]

    assert controls(QUOTED) == controls("harmless")
