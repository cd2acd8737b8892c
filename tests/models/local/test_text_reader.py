"""What a local model writes becomes thinking, text and calls, however the text arrives in pieces."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.effects import ToolSchema
from chatbot.events import CallDelta, ModelEvent, ReasoningDelta, TextDelta
from chatbot.models.local.text_reader import TextReader

WEATHER = ToolSchema(
    "get_weather",
    "Weather of a place.",
    {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city"]},
)
NOW = ToolSchema("now", "The time.", {"type": "object", "properties": {}})
TOOLS = [WEATHER, NOW]
Call = tuple[str, dict[str, object]]
PARIS: Call = ("get_weather", {"city": "Paris", "days": 2})

FAMILIES: dict[str, tuple[str, list[Call]]] = {
    "Hermes, Qwen 2.5 and 3": (
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}\n</tool_call>',
        [PARIS],
    ),
    "two of Hermes": (
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}\n</tool_call>\n'
        '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>',
        [PARIS, ("now", {})],
    ),
    "Qwen Coder": (
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n<parameter=days>\n2\n</parameter>\n"
        "</function>\n</tool_call>",
        [PARIS],
    ),
    "Llama 3.1": ('{"name": "get_weather", "parameters": {"city": "Paris", "days": 2}}', [PARIS]),
    "Llama 3.1, tagged": ('<|python_tag|>{"name": "get_weather", "parameters": {"city": "Paris", "days": 2}}', [PARIS]),
    "Llama 3.2 and 4, in Python": ('[get_weather(city="Paris", days=2), now()]', [PARIS, ("now", {})]),
    "Mistral": ('[TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}]', [PARIS]),
    "Mistral since v11": ('[TOOL_CALLS]get_weather[ARGS]{"city": "Paris", "days": 2}', [PARIS]),
    "Gemma 3": ('```tool_code\nget_weather(city="Paris", days=2)\n```', [PARIS]),
    "FunctionGemma": (
        "<start_function_call>call:get_weather{city:<escape>Paris<escape>,days:2}<end_function_call>",
        [PARIS],
    ),
    "Gemma 4": ('<|tool_call>call:get_weather{city:<|"|>Paris<|"|>,days:2}<tool_call|>', [PARIS]),
    "DeepSeek V3": (
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n"
        '{"city": "Paris", "days": 2}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        [PARIS],
    ),
    "DeepSeek V3.1": (
        '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{"city": "Paris", "days": 2}'
        "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        [PARIS],
    ),
    "Command R7B and A": (
        '<|START_ACTION|>[\n    {"tool_call_id": "0", "tool_name": "get_weather", "parameters": {"city": "Paris", '
        '"days": 2}}\n]<|END_ACTION|>',
        [PARIS],
    ),
    "Command R": (
        'Action: ```json\n[{"tool_name": "get_weather", "parameters": {"city": "Paris", "days": 2}}]\n```',
        [PARIS],
    ),
    "GLM 4.5": (
        "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n<arg_key>days</arg_key>\n"
        "<arg_value>2</arg_value>\n</tool_call>",
        [PARIS],
    ),
    "Granite": ('<|tool_call|>[{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}]', [PARIS]),
    "Phi 4 mini": (
        '<|tool_call|>[{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}]<|/tool_call|>',
        [PARIS],
    ),
    "LFM 2": ('<|tool_call_start|>[get_weather(city="Paris", days=2)]<|tool_call_end|>', [PARIS]),
    "Kimi K2": (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>"
        '{"city": "Paris", "days": 2}<|tool_call_end|><|tool_calls_section_end|>',
        [PARIS],
    ),
    "SmolLM 3": (
        '<tool_call>{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}</tool_call>',
        [PARIS],
    ),
    "OLMo 3": ('<function_calls>get_weather(city="Paris", days=2)</function_calls>', [PARIS]),
}
HARMONY = (
    "<|channel|>analysis<|message|>The user wants weather.<|end|><|start|>assistant<|channel|>commentary"
    "<|message|>Let me look.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json"
    '<|message|>{"city": "Paris", "days": 2}'
)


def read(
    pieces: Sequence[str], tools: Sequence[ToolSchema] = TOOLS, *, thinking: str = "", channels: bool = False
) -> tuple[str, str, list[Call]]:
    """Thinking, text and calls."""
    reader = TextReader(tools, thinking=thinking, channels=channels)
    events: list[ModelEvent] = [event for piece in pieces for event in reader.feed(piece)]
    events += reader.end()
    thought = "".join(event.text for event in events if isinstance(event, ReasoningDelta))
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    calls = [(event.name, json.loads(event.arguments)) for event in events if isinstance(event, CallDelta)]
    assert len({event.id for event in events if isinstance(event, CallDelta)}) == len(calls)
    return thought, said, calls


@pytest.mark.parametrize("family", FAMILIES)
def test_the_calls_of_a_family_are_read_and_not_shown(family: str) -> None:
    text, calls = FAMILIES[family]
    assert read(list(text)) == ("", "", calls)


@pytest.mark.parametrize(
    "family", [name for name, (text, _) in FAMILIES.items() if text[0] not in "{[AL" or "TOOL" in text]
)
def test_words_before_a_marked_call_are_shown_and_the_call_is_not(family: str) -> None:
    text, calls = FAMILIES[family]
    assert read(list(f"Let me look.\n{text}")) == ("", "Let me look.\n", calls)


@pytest.mark.parametrize("family", FAMILIES)
def test_thinking_before_a_call_is_told_apart(family: str) -> None:
    text, calls = FAMILIES[family]
    assert read(list(f"<think>\nWhich city?\n</think>\n\n{text}")) == ("Which city?\n", "", calls)
    assert read(list(f"Which city?\n</think>\n\n{text}"), thinking="<think>") == ("Which city?\n", "", calls)


def test_messages_in_channels_are_thinking_words_and_calls() -> None:
    assert read(list(HARMONY), channels=True) == ("The user wants weather.", "Let me look.", [PARIS])


def test_a_call_whose_recipient_stands_before_the_channel_is_read_too() -> None:
    text = ' to=functions.get_weather<|channel|>commentary json<|message|>{"city": "Paris", "days": 2}'
    assert read([text], channels=True) == ("", "", [PARIS])


def test_the_final_channel_is_the_answer() -> None:
    text = "<|channel|>analysis<|message|>Easy.<|end|><|start|>assistant<|channel|>final<|message|>It is 4 < 5."
    assert read(list(text), channels=True) == ("Easy.", "It is 4 < 5.", [])


def test_a_model_in_channels_that_writes_none_is_read_as_it_is() -> None:
    assert read(["It is 4."], channels=True) == ("", "It is 4.", [])
    assert read(["word " * 60], channels=True) == ("", "word " * 60, [])


@pytest.mark.parametrize(
    "text",
    [
        "It is 4.",
        "A tag like `<tool_call>` begins a call.",
        'In JSON: {"name": "get_weather"} is the name.',
        'Use it so:\n```json\n{"name": "get_weather", "arguments": {"city": "Rome"}}\n```\nThen read on.',
        "if a < b and b > c: pass",
        "[1] says so.",
        "[get_weather] is a tool.",
        "{not a call}",
        "<b>bold</b>",
        "<think",
        "",
        "   ",
    ],
)
def test_text_that_is_no_call_stays_text(text: str) -> None:
    assert read(list(text)) == ("", text, [])
    assert read([text]) == ("", text, [])


def test_without_tools_nothing_is_a_call() -> None:
    text = FAMILIES["Hermes, Qwen 2.5 and 3"][0]
    assert read(list(text), []) == ("", text, [])


def test_a_call_that_cannot_be_read_stays_text_so_that_it_can_be_sent_back() -> None:
    broken = 'Let me look.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": \n</tool_call>'
    assert read(list(broken)) == ("", broken, [])


def test_thinking_that_never_ends_is_thinking() -> None:
    assert read(["<think>round and ", "round </thi"]) == ("round and round </thi", "", [])


def test_a_tag_of_thinking_within_an_answer_is_text() -> None:
    assert read(list("The tag <think> begins it.")) == ("", "The tag <think> begins it.", [])


def test_text_is_passed_on_as_it_comes() -> None:
    reader = TextReader(TOOLS)
    assert reader.feed("It is ") == [TextDelta("It is ")]
    assert reader.feed("4, and <b") == [TextDelta("4, and ")]
    assert reader.feed(">so</b> on") == [TextDelta("<b>so</b> on")]


ALL = [text for text, _ in FAMILIES.values()]
PARTS = [*ALL, "<think>", "</think>", "Hello ", "\n", "<", "[", "{", "`", "<|channel|>final<|message|>", "<|end|>", "x"]


@given(
    st.lists(st.sampled_from(PARTS), max_size=4).map("".join),
    st.lists(st.integers(0, 400), max_size=8),
    st.booleans(),
)
def test_how_a_reply_is_cut_into_pieces_makes_no_difference(text: str, cuts: list[int], channels: bool) -> None:
    bounds = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(bounds)]
    assert read(pieces, channels=channels) == read([text], channels=channels) == read(list(text), channels=channels)
