"""Calls as models write them, each form as it was seen, and what is no call."""

from __future__ import annotations

import json

import pytest
from offered_tools import TOOLS, WEATHER

from chatbot.call_text import read
from chatbot.tools import parse_calls

PARIS = '{"name": "get_weather", "arguments": {"city": "Paris"}}'

FORMS = {
    "object": PARIS,
    "object in prose": f"Let me look that up. {PARIS} One moment.",
    "fence": f"Sure!\n```json\n{PARIS}\n```\nOne moment.",
    "fence without a language": f"```\n{PARIS}\n```",
    "fence without an end": f"```json\n{PARIS}",
    "fence named tool_call": f"```tool_call\n{PARIS}\n```",
    "array": f"[{PARIS}]",
    "Hermes in a fence": f"```xml\n<tool_call>\n{PARIS}\n</tool_call>\n```",
    "Hermes": f"<tool_call>\n{PARIS}\n</tool_call>",
    "Hermes without an end": f"<tool_call>\n{PARIS}",
    "Hermes in Python": "<tool_call>\n{'name': 'get_weather', 'arguments': {'city': 'Paris'}}\n</tool_call>",
    "Qwen coder": "<tool_call>\n<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n</function>\n"
    "</tool_call>",
    "GLM": "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n</tool_call>",
    "Granite": f"<|tool_call|>[{PARIS}]",
    "Llama function": '<function=get_weather>{"city": "Paris"}</function>',
    "Llama function without its bracket": '<function=get_weather{"city": "Paris"}</function>',
    "Llama python_tag": '<|python_tag|>{"name": "get_weather", "parameters": {"city": "Paris"}}<|eom_id|>',
    "Llama python_tag call": '<|python_tag|>get_weather.call(city="Paris")',
    "Mistral": '[TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "Paris"}, "id": "abc123def"}]',
    "Mistral since v11": '[TOOL_CALLS]get_weather[ARGS]{"city": "Paris"}',
    "Mistral with an id": '[TOOL_CALLS]get_weather[CALL_ID]abc123def[ARGS]{"city": "Paris"}',
    "Phi": f"functools[{PARIS}]",
    "Phi 4": f"<|tool_call|>[{PARIS}]<|/tool_call|>",
    "XML": '<function_calls>\n<invoke name="get_weather">\n<parameter name="city">Paris</parameter>\n</invoke>\n'
    "</function_calls>",
    "MiniMax": '<minimax:tool_call>\n<invoke name="get_weather">\n<parameter name="city">Paris</parameter>\n</invoke>\n'
    "</minimax:tool_call>",
    "DeepSeek": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n"
    '```json\n{"city": "Paris"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    "DeepSeek since 3.1": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>"
    '{"city": "Paris"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    "Kimi": "<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>"
    '{"city": "Paris"}<|tool_call_end|><|tool_calls_section_end|>',
    "gpt-oss": "<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>"
    '{"city":"Paris"}<|call|>',
    "FunctionGemma": "<start_function_call>call:get_weather{city:<escape>Paris<escape>}<end_function_call>",
    "Gemma": '```tool_code\nprint(default_api.get_weather(city="Paris"))\n```',
    "Functionary": '<|from|>assistant\n<|recipient|>get_weather\n<|content|>{"city": "Paris"}',
    "Functionary since v3": '>>>get_weather\n{"city": "Paris"}',
    "gpt-oss, the other way round": "<|start|>assistant to=functions.get_weather<|channel|>commentary json<|message|>"
    '{"city":"Paris"}<|call|>',
    "DeepSeek since 3.2": '<｜DSML｜function_calls>\n<｜DSML｜invoke name="get_weather">\n'
    '<｜DSML｜parameter name="city" string="true">Paris</｜DSML｜parameter>\n</｜DSML｜invoke>\n'
    "</｜DSML｜function_calls>",
    "XML with elements": "<function_calls>\n<invoke>\n<tool_name>get_weather</tool_name>\n<parameters>\n"
    "<city>Paris</city>\n</parameters>\n</invoke>\n</function_calls>",
    "the name as a tag": "<get_weather>\n<city>Paris</city>\n</get_weather>",
    "Gemini's reply": '{"functionCall": {"name": "get_weather", "args": {"city": "Paris"}}}',
    "AutoGPT": '{"thoughts": {"text": "hm"}, "command": {"name": "get_weather", "args": {"city": "Paris"}}}',
    "smolagents": 'Code:\n```py\nresult = get_weather(city="Paris")\nprint(result)\n```<end_code>',
    "LFM2": "<|tool_call_start|>[get_weather(city='Paris')]<|tool_call_end|>",
    "LM Studio": f"[TOOL_REQUEST]{PARIS}[END_TOOL_REQUEST]",
    "OpenAI's reply": '{"tool_calls": [{"id": "1", "type": "function", "function": {"name": "get_weather", '
    '"arguments": "{\\"city\\": \\"Paris\\"}"}}]}',
    "LangChain": '```json\n{"action": "get_weather", "action_input": {"city": "Paris"}}\n```',
    "tutorial": '{"function": "get_weather", "parameters": {"city": "Paris"}}',
    "tutorial with tool": '{"tool_name": "get_weather", "args": {"city": "Paris"}}',
    "function for arguments": '{"name": "get_weather", "function": {"city": "Paris"}}',
    "call in an action": '{"thought": "hm", "action": {"name": "get_weather", "args": {"city": "Paris"}}}',
    "name as key": '{"get_weather": {"city": "Paris"}}',
    "arguments beside the name": '{"tool": "get_weather", "city": "Paris"}',
    "arguments as text": '{"name": "get_weather", "arguments": "{\\"city\\": \\"Paris\\"}"}',
    "the only required value": '{"name": "get_weather", "arguments": "Paris"}',
    "ReAct": 'Thought: I look.\nAction: get_weather\nAction Input: {"city": "Paris"}\nObservation: 20 degrees',
    "name before an object": 'get_weather\n{"city": "Paris"}',
    "Python": 'get_weather(city="Paris")',
    "Python list": "[get_weather(city='Paris')]",
    "Python by position": "get_weather('Paris')",
    "Python in a fence": '```python\nresult = get_weather(city="Paris")\n```',
    "Python after a colon": 'I will call: `get_weather(city="Paris")`',
    "other name": '<tool_call>{"name": "getWeather", "arguments": {"city": "Paris"}}</tool_call>',
    "curly quotes": "{“name”: “get_weather”, “arguments”: {“city”: “Paris”}}",
    "unquoted keys": "{name: 'get_weather', arguments: {city: 'Paris'}}",
    "trailing commas and comments": '{"name": "get_weather", // the tool\n"arguments": {"city": "Paris",},}',
    "no closing bracket": PARIS[:-1],
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_a_call_is_read_in_every_form(text: str) -> None:
    (call,) = parse_calls(text, TOOLS)
    assert (call.name, json.loads(call.arguments)) == ("get_weather", {"city": "Paris"})


NO_CALLS = {
    "prose": "I could ask get_weather for the city of Paris.",
    "prose with a call in it": 'Then get_weather(city="Paris") would tell us.',
    "prose with braces": "The set {x} of {name: value} pairs, and {get_weather}.",
    "another name": '{"name": "get_news", "arguments": {"city": "Paris"}}',
    "variables": "```python\nget_weather(city)\n```",
    "a definition": "```python\ndef get_weather(city):\n    return city\n```",
    "a program": '```python\nimport weather\nget_weather(city="Paris")\n```',
    "an example for a shell": f"```bash\ncurl -d '{PARIS}' localhost\n```",
    "the tool's schema": json.dumps({"name": "get_weather", "description": "", "parameters": dict(WEATHER.parameters)}),
    "thinking": f"<think>{PARIS}</think>I know it already.",
    "thinking whose tag the template wrote": f"{PARIS}</think>I know it already.",
    "a mark in prose": "Wrap it in `<tool_call>` and `</tool_call>`, or use [TOOL_CALLS].",
    "a mention without arguments": '{"name": "get_weather"}',
    "tags of a page": "<b><city>Paris</city></b> and <get_weather>city</get_weather>",
    "an argument in program text": f"send({PARIS})",
    "cut within a value": '{"name": "get_weather", "arguments": {"city": "Par',
    "cut behind a value": '{"name": "get_weather", "arguments": {"city": "Paris"',
    "cut in Python": 'get_weather(city="Paris"',
    "cut in tags": "<function=get_weather><parameter=city>Paris</parameter>",
    "cut in a number": '{"name": "math.factorial", "arguments": 12',
    "cut behind a function": '{"function": "get_weather"',
    "cut in its name": '<tool_call>{"name": "get_weath',
    "cut behind its name": '<tool_call>{"name": "now"',
}


@pytest.mark.parametrize("text", NO_CALLS.values(), ids=NO_CALLS.keys())
def test_what_is_no_call_or_no_whole_one_is_left_out(text: str) -> None:
    assert parse_calls(text, TOOLS) == []


def test_several_calls_come_in_their_order_with_an_id_each() -> None:
    one = '{"id": "a", "name": "now", "arguments": {}}'
    calls = parse_calls(f"<tool_call>{one}</tool_call>\n<tool_call>{one}</tool_call>\n[TOOL_CALLS][{PARIS}]", TOOLS)
    assert [call.name for call in calls] == ["now", "now", "get_weather"]
    assert len({call.id for call in calls}) == 3
    assert calls == parse_calls(
        f"<tool_call>{one}</tool_call>\n<tool_call>{one}</tool_call>\n[TOOL_CALLS][{PARIS}]", TOOLS
    )


def test_a_name_that_nobody_offers_counts_only_behind_a_mark() -> None:
    (call,) = parse_calls('<tool_call>{"name": "get_wether", "arguments": {"city": "Paris"}}</tool_call>', TOOLS)
    assert call.name == "get_wether"


def test_a_call_inside_the_arguments_of_another_is_text() -> None:
    inner = json.dumps({"name": "get_weather", "arguments": {"city": f"<tool_call>{PARIS}</tool_call></think>"}})
    for outer in (inner, f"<tool_call>{inner}</tool_call>"):
        (call,) = parse_calls(outer, TOOLS)
        assert json.loads(call.arguments)["city"].startswith("<tool_call>")


def test_what_follows_a_call_that_cannot_be_read_is_not_read() -> None:
    text = f'{{"name": "get_weather", "arguments": {{"city": "say "{PARIS}" now"}}}}'
    reading = read(text, TOOLS)
    assert reading.calls == []
    assert "get_weather cannot be read" in reading.wrong


def test_a_result_that_the_model_made_up_ends_its_calls() -> None:
    calls = parse_calls(
        f"<tool_call>{PARIS}</tool_call><tool_response>20</tool_response><tool_call>{PARIS}</tool_call>", TOOLS
    )
    assert len(calls) == 1


def test_the_text_before_a_call_is_kept_apart() -> None:
    assert read(f"I look.\n<tool_call>{PARIS}</tool_call>", TOOLS).prose == "I look.\n"
    assert read("No call.", TOOLS).prose == "No call."
    assert read(f"I look.\n```xml\n<tool_call>{PARIS}</tool_call>\n```", TOOLS).prose == "I look.\n"


def test_without_tools_nothing_is_a_call() -> None:
    assert parse_calls(PARIS, ()) == []


def test_a_name_that_no_text_can_hold_is_only_a_wrong_name() -> None:
    (call,) = parse_calls('<tool_call>{"name": "%s\\ud800", "arguments": {}}</tool_call>' % ("x" * 80), TOOLS)
    assert call.name.startswith("xxx")
