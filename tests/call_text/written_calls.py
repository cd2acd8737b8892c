"""Calls as model families write them: the ground truth of ../shared/data/bfcl in each form, and texts without any call.

The forms are those of the models' chat templates and of common tutorials; a writer takes calls as (name, arguments) and
returns the text of a reply.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import cast

REPOSITORY = Path(__file__).parents[2]
DATA = REPOSITORY / "../shared/data"
"""Where the sets lie, where they do."""

Call = tuple[str, Mapping[str, object]]
Write = Callable[[Sequence[Call]], str]


def items() -> list[Mapping[str, object]]:
    """The items of bfcl whose ground truth is at least one call."""
    path = DATA / "bfcl/items.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [item for item in map(json.loads, lines) if item["ground_truth"]]


def declared(item: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The functions that an item declares."""
    return cast(list[Mapping[str, object]], item["function"])


def functions() -> list[Mapping[str, object]]:
    """Every function that bfcl declares, each name once."""
    path = DATA / "bfcl/items.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    found = [function for line in lines for function in json.loads(line)["function"]]
    return list({function["name"]: function for function in found}.values())


def truth(item: Mapping[str, object]) -> list[Call]:
    """The calls that an item wants: of several acceptable values the first."""
    calls = cast(list[Mapping[str, Mapping[str, list[object]]]], item["ground_truth"])
    return [
        (name, {key: _first(values) for key, values in wanted.items() if values[:1] not in ([], [""])})
        for call in calls
        for name, wanted in call.items()
    ]


def _first(values: list[object]) -> object:
    value = next((value for value in values if value != ""), "")
    if isinstance(value, dict):
        return {key: _first(inner) if isinstance(inner, list) else inner for key, inner in value.items()}
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return [_first([each]) for each in value]
    return value


# --- the forms --------------------------------------------------------------------------------------------------------


def _objects(calls: Sequence[Call], name: str = "name", arguments: str = "arguments") -> list[dict[str, object]]:
    return [{name: called, arguments: given} for called, given in calls]


def _json(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _each(template: str, calls: Sequence[Call], between: str = "\n", **keys: str) -> str:
    return between.join(template.replace("@", _json(each)) for each in _objects(calls, **keys))


def _python(calls: Sequence[Call]) -> list[str]:
    return [f"{name}({', '.join(f'{key}={value!r}' for key, value in given.items())})" for name, given in calls]


def _text(value: object) -> str:
    return value if isinstance(value, str) else _json(value)


def _tags(calls: Sequence[Call], call: str, parameter: str) -> str:
    written: list[str] = []
    for name, given in calls:
        inner = "\n".join(
            parameter.replace("@key", key).replace("@value", _text(value)) for key, value in given.items()
        )
        written.append(call.replace("@name", name).replace("@inner", inner))
    return "\n".join(written)


def _named(calls: Sequence[Call], template: str, between: str = "") -> str:
    return between.join(
        template.replace("@name", name).replace("@given", _json(given)).replace("@n", str(number))
        for number, (name, given) in enumerate(calls)
    )


def _curly(calls: Sequence[Call]) -> str:
    """Quotes as a word processor makes them, where the text has none itself."""
    text = _json(_objects(calls))
    return text if "\\" in text or "“" in text else re.sub(r'"([^"]*)"', r"“\1”", text)


def _unquoted(calls: Sequence[Call]) -> str:
    return re.sub(r'(?<=[{,] )"([A-Za-z_]\w*)": |(?<=\{)"([A-Za-z_]\w*)": ', r"\1\2: ", _json(_objects(calls)))


def _trailing(calls: Sequence[Call]) -> str:
    return re.sub(r"(?<=[\]}\"0-9el])\n(\s*[\]}])", r",  // so\n\1", _json(_objects(calls), indent=2))


FORMS: Mapping[str, Write] = {
    "JSON": lambda calls: _json(_objects(calls)[0] if len(calls) == 1 else _objects(calls)),
    "JSON in prose": lambda calls: f"I will look that up. {_json(_objects(calls))} Please wait.",
    "JSON in a fence": lambda calls: f"Sure!\n\n```json\n{_json(_objects(calls), indent=2)}\n```\nOne moment.",
    "JSON in a fence each": lambda calls: _each("```\n@\n```", calls),
    "fence tool_call": lambda calls: _each("```tool_call\n@\n```", calls),
    "Hermes": lambda calls: "Let me see.\n" + _each("<tool_call>\n@\n</tool_call>", calls),
    "Hermes in Python": lambda calls: "\n".join(f"<tool_call>\n{each!r}\n</tool_call>" for each in _objects(calls)),
    "Qwen coder": lambda calls: _tags(
        calls,
        "<tool_call>\n<function=@name>\n@inner\n</function>\n</tool_call>",
        "<parameter=@key>\n@value\n</parameter>",
    ),
    "GLM": lambda calls: _tags(
        calls, "<tool_call>@name\n@inner\n</tool_call>", "<arg_key>@key</arg_key>\n<arg_value>@value</arg_value>"
    ),
    "Granite": lambda calls: f"<|tool_call|>{_json(_objects(calls))}",
    "Llama function": lambda calls: _named(calls, "<function=@name>@given</function>"),
    "Llama python_tag": lambda calls: f"<|python_tag|>{_each('@', calls, '; ', arguments='parameters')}<|eom_id|>",
    "Mistral": lambda calls: f"[TOOL_CALLS] {_json(_objects(calls))}</s>",
    "Mistral since v11": lambda calls: _named(calls, "[TOOL_CALLS]@name[ARGS]@given"),
    "Phi": lambda calls: f"functools{_json(_objects(calls))}",
    "XML": lambda calls: (
        "<function_calls>\n"
        + _tags(calls, '<invoke name="@name">\n@inner\n</invoke>', '<parameter name="@key">@value</parameter>')
        + "\n</function_calls>"
    ),
    "DeepSeek": lambda calls: (
        "<｜tool▁calls▁begin｜>"
        + _named(
            calls, "<｜tool▁call▁begin｜>function<｜tool▁sep｜>@name\n```json\n@given\n```<｜tool▁call▁end｜>", "\n"
        )
        + "<｜tool▁calls▁end｜>"
    ),
    "DeepSeek since 3.1": lambda calls: (
        "<｜tool▁calls▁begin｜>"
        + _named(calls, "<｜tool▁call▁begin｜>@name<｜tool▁sep｜>@given<｜tool▁call▁end｜>")
        + "<｜tool▁calls▁end｜>"
    ),
    "Kimi": lambda calls: (
        "<|tool_calls_section_begin|>"
        + _named(calls, "<|tool_call_begin|>functions.@name:@n<|tool_call_argument_begin|>@given<|tool_call_end|>")
        + "<|tool_calls_section_end|>"
    ),
    "gpt-oss": lambda calls: _named(
        calls, "<|channel|>commentary to=functions.@name <|constrain|>json<|message|>@given<|call|>"
    ),
    "LFM2": lambda calls: f"<|tool_call_start|>[{', '.join(_python(calls))}]<|tool_call_end|>",
    "Gemma": lambda calls: "```tool_code\n" + "\n".join(f"print({each})" for each in _python(calls)) + "\n```",
    "Python list": lambda calls: f"[{', '.join(_python(calls))}]",
    "Python in a fence": lambda calls: "```python\n" + "\n".join(_python(calls)) + "\n```",
    "Python by position": lambda calls: "\n".join(
        f"{name}({', '.join(map(repr, given.values()))})" for name, given in calls
    ),
    "LangChain": lambda calls: _each("```json\n@\n```", calls, name="action", arguments="action_input"),
    "tutorial": lambda calls: _each("@", calls, name="function", arguments="parameters"),
    "tutorial with tool_name": lambda calls: _json(_objects(calls, "tool_name", "args")),
    "function for arguments": lambda calls: _json(_objects(calls, "name", "function")),
    "arguments as text": lambda calls: _json([{"name": name, "arguments": _json(given)} for name, given in calls]),
    "OpenAI's reply": lambda calls: _json(
        {"tool_calls": [{"id": "call", "function": {"name": name, "arguments": _json(given)}} for name, given in calls]}
    ),
    "name as key": lambda calls: _json([{name: given} for name, given in calls]),
    "Python's dict": lambda calls: repr(_objects(calls)),
    "curly quotes": _curly,
    "unquoted keys": _unquoted,
    "trailing commas, comments": _trailing,
    "without the last bracket": lambda calls: _json(_objects(calls))[:-2],
    "DeepSeek since 3.2": lambda calls: (
        "<｜DSML｜function_calls>\n"
        + _tags(
            calls,
            '<｜DSML｜invoke name="@name">\n@inner\n</｜DSML｜invoke>',
            '<｜DSML｜parameter name="@key" string="true">@value</｜DSML｜parameter>',
        )
        + "\n</｜DSML｜function_calls>"
    ),
    "XML with elements": lambda calls: (
        "<function_calls>\n"
        + _tags(
            calls,
            "<invoke>\n<tool_name>@name</tool_name>\n<parameters>\n@inner\n</parameters>\n</invoke>",
            "<@key>@value</@key>",
        )
        + "\n</function_calls>"
    ),
    "name as tag": lambda calls: _tags(calls, "<@name>\n@inner\n</@name>", "<@key>@value</@key>"),
    "Command R": lambda calls: f"Action: ```json\n{_json(_objects(calls, 'tool_name', 'parameters'), indent=4)}\n```",
    "Functionary": lambda calls: _named(calls, ">>>@name\n@given"),
    "Gemini's reply": lambda calls: _json([{"functionCall": {"name": name, "args": given}} for name, given in calls]),
    "JSON in lines": lambda calls: "```json\n" + _each("@", calls) + "\n```",
    "ReAct": lambda calls: _named(calls, "Action: @name\nAction Input: @given", "\n"),
}

# --- texts without calls ----------------------------------------------------------------------------------------------


def texts(count: int) -> list[str]:
    """Texts that hold no call: documents, program text, solutions, JSON, and prose that mentions tools."""
    mixed = [_paragraphs(), _solutions(), _sources(), _snippets(), _mentions(), _programs()]
    found: list[str] = []
    while mixed and len(found) < count:
        for source in list(mixed):
            taken = list(islice(source, 40))
            found += taken
            if not taken:
                mixed.remove(source)
    return found[:count]


def _cut(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    yield from (part for part in re.split(r"\n\s*\n(?=\S)", text) if part.strip())


def _paragraphs() -> Iterator[str]:
    for path in (*sorted((DATA / "click_docs").glob("*.md")), *sorted((REPOSITORY / "docs").rglob("*.md"))):
        yield path.read_text(encoding="utf-8")
        yield from _cut(path)
    for path in sorted((DATA / "cranfield").glob("*.jsonl")):
        yield from (_text(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines())


def _solutions() -> Iterator[str]:
    for name in ("gsm8k", "aqua", "strategyqa"):
        path = DATA / name / "items.jsonl"
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
            yield line
            yield from (value for value in json.loads(line).values() if isinstance(value, str) and len(value) > 60)


def _sources() -> Iterator[str]:
    for path in sorted((REPOSITORY / "chatbot").rglob("*.py")):
        if "call_text" not in path.parts:
            yield path.read_text(encoding="utf-8")
            yield from (f"```python\n{part}\n```" for part in _cut(path))
    for path in (*sorted((REPOSITORY / "prompts").rglob("*.prompty")), *sorted((REPOSITORY / "tests").rglob("*.py"))):
        if "call_text" not in path.parts:
            yield from (part for part in _cut(path) if "tool_call>" not in part and "Action" not in part)


def _snippets() -> Iterator[str]:
    """JSON: the declarations of the tools themselves, questions about them, and other data."""
    for function in functions():
        yield _json(function)
        yield f"```json\n{_json({'type': 'function', 'function': function}, indent=2)}\n```"
        yield f"The parameters are {_json(function['parameters'])}."
    for line in (DATA / "bfcl/items.jsonl").read_text(encoding="utf-8").splitlines() if DATA.is_dir() else ():
        yield _json(json.loads(line)["question"])


def _mentions() -> Iterator[str]:
    """Prose about the tools."""
    for function in functions():
        name = str(function["name"])
        given = cast(Mapping[str, Mapping[str, object]], function["parameters"]).get("properties", {})
        yield f"The tool {name} could help. {function['description']} It takes {{{', '.join(given)}}}."
        yield f"I have two tools: `{name}` and {name}({', '.join(given)}). Which one do you want me to use?"
        yield f"## {name}({', '.join(given)})\n\n{function['description']}\n\n- `{name}`: returns {{...}}\n"
        yield f'Calling {name}({", ".join(f"{key}=1" for key in given)}) would return {{"result": 42}}, which is wrong.'


def _programs() -> Iterator[str]:
    """Python that defines and calls functions, some with the names of tools and variables for arguments."""
    for function in functions():
        name = re.sub(r"\W", "_", str(function["name"]))
        given = list(cast(Mapping[str, Mapping[str, object]], function["parameters"]).get("properties", {}))
        yield (
            f"```python\ndef {name}({', '.join(given)}):\n    total = {{'name': other(1), 'args': [1, 2]}}\n"
            f"    return helper_{name}({', '.join(f'{key}=3' for key in given)})\n\n"
            f"result = run_{name}(1, 'two', three={{'a': 1}})\nprint(result)\n```"
        )
        yield f"def {name}({', '.join(given)}):\n    return compute({{'name': 'compute', 'arguments': {{'x': 1}}}})\n"


# --- mutations --------------------------------------------------------------------------------------------------------

PIECES = (
    *"{}[]()\"'`<>:,=\\/#*_-.|\n\t 019eE",
    *("\u201c", "\u2018", "｜", "\ud800", "\x00", "true", "None", "NaN", "1e999", "```", "```json\n", "<tool_call>"),
    *(
        "</tool_call>",
        "<think>",
        "</think>",
        "[TOOL_CALLS]",
        "<|python_tag|>",
        "<function=",
        "<invoke name=",
        "/*",
        "//",
    ),
    *(
        '"name":',
        '"arguments":',
        "Action:",
        "\\u12",
        "\\ud83d",
        '"""',
        "print(",
        "**",
        "&lt;",
        "<arg_key>",
        "functools[",
    ),
)
"""What mutations put in."""


def mutated(calls: Sequence[Sequence[Call]], count: int, seed: int = 0) -> Iterator[str]:
    """Texts with calls in all forms, each cut, doubled, reordered, mixed or dotted with marks at random."""
    chance = random.Random(seed)
    written = [write(each) for each in calls for write in FORMS.values()]
    for _ in range(count):
        text = chance.choice(written)
        for _ in range(chance.choice((1, 1, 2, 3, 8))):
            text = _mutate(text, chance, written)
        yield text


def _mutate(text: str, chance: random.Random, written: Sequence[str]) -> str:
    start, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    piece = chance.choice(PIECES)
    match chance.randrange(7):
        case 0:
            return text[:start]
        case 1:
            return text[:start] + text[end:]
        case 2:
            return text[:start] + piece * chance.choice((1, 1, 2, 40)) + text[start:]
        case 3:
            return text[:start] + piece + text[start + 1 :]
        case 4:
            return text[:end] + text[start:]
        case 5:
            return text[:start] + chance.choice(written)[:400] + text[end:]
    return text[:start] + text[start:end][::-1] + text[end:]


def same(found: object, wanted: object) -> bool:
    """Whether two values are equal, tuples counting as lists."""
    return bool(found == json.loads(json.dumps(wanted)))


def with_positions(item: Mapping[str, object], calls: Iterable[Call]) -> bool:
    """Whether the arguments of all calls stand in the schema's order, without a gap."""
    named = {function["name"]: function for function in declared(item)}
    for name, given in calls:
        parameters = cast(Mapping[str, Mapping[str, object]], named[name]["parameters"])
        if list(parameters.get("properties", {}))[: len(given)] != list(given):
            return False
    return True
