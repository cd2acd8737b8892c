"""The input of a tool as models write it, as the JSON text of its arguments.

In: `Apollo 11`, `query="Apollo 11", k=3`, JSON in a fence, a Python dict. Out: JSON text for the tool's check, which
says what is wrong with it. Never raises, whatever the text, and takes time linear in its length.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from chatbot.prompting.fences import blocks

FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[^`\n]*")
"""A line that opens or closes a fence."""

_VALUE = r"\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|[^,{}\[\]\"'=]++"
_PAIR = re.compile(rf"\s*+[\"']?(\w++)[\"']?\s*+[:=]\s*+({_VALUE})\s*+(?:,|$)")
_WORDS = {"True": True, "False": False, "None": None, "null": None}


def arguments(text: str, parameters: Mapping[str, object]) -> str:
    """The JSON text of a tool's arguments, from what a model wrote for its input.

    parameters: JSON Schema of the arguments. An object is left as it is; `key="x", other=3` becomes one; anything else
    is the value of the only parameter, or of the only one that is required. What fits none of these is left as it is,
    for the tool's own check to say what is wrong with it.
    """
    found = parameters.get("properties")
    properties: Mapping[str, object] = found if isinstance(found, Mapping) else {}
    required = parameters.get("required")
    text = unfenced(text)
    if (whole := leading_object(text)) is not None:
        return whole
    if not text or not properties:
        return "{}"
    if pairs := _pairs(text.removeprefix("{").removesuffix("}"), properties):
        return dumped(pairs)
    wanted = required if isinstance(required, list) and len(required) == 1 else list(properties)
    if text.startswith("{"):
        return text
    if len(wanted) == 1:
        return dumped({wanted[0]: _value(text, wanted[0], properties)})
    listed = _loaded(f"[{text}]")
    if isinstance(listed, list) and len(listed) == len(wanted):
        return dumped(dict(zip(wanted, listed, strict=True)))
    return text


def _pairs(text: str, properties: Mapping[str, object]) -> dict[str, object]:
    """`key="x", other=3` as an object; empty where the text is anything else, or names what is no parameter."""
    pairs: dict[str, object] = {}
    at = 0
    text = text.strip()
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None or pair[1] not in properties:
            return {}
        pairs[pair[1]] = _value(pair[2], pair[1], properties)
        at = pair.end()
    return pairs


def _value(text: str, name: str, properties: Mapping[str, object]) -> object:
    """A value as JSON has it; text stays text where the parameter is one."""
    text = re.sub(rf"^{re.escape(name)}\s*=\s*", "", text.strip(), count=1)
    text = text.strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    schema = properties[name]
    value = _loaded(text)
    if isinstance(value, str):
        return value
    if quoted:
        return text[1:-1]
    if isinstance(schema, Mapping) and schema.get("type") == "string":
        return text
    return _WORDS.get(text, text if value is None else value)


def _loaded(text: str) -> object:
    """A text as JSON; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def leading_object(text: str) -> str | None:
    """The object with which a text begins: JSON as it stands there, and what is nearly JSON as JSON; else None."""
    text = text.strip()
    if not text.startswith("{"):
        return None
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return _nearly_json(text)
    return text[:end]


def _nearly_json(text: str) -> str | None:
    """An object with single quotes, Python's words, trailing commas or comments, as JSON."""
    from chatbot.call_text.literals import Reader, Unreadable, WorkDone

    try:
        return dumped(Reader(text).mapping(0)[0])
    except (Unreadable, WorkDone):
        return None


def unfenced(text: str) -> str:
    """What stands in the first fence of a text that begins with one; else the text, without a fence that is open."""
    text = text.strip()
    if text.startswith(("```", "~~~")):
        closed = blocks(text)
        if closed:
            return closed[0].content.strip()
        text = text.partition("\n")[2] if "\n" in text else text.strip("`~ ")
    *lines, last = text.splitlines() or [""]
    return "\n".join(lines).strip() if lines and FENCE.fullmatch(last) else text.strip()


def dumped(value: object) -> str:
    """A value as JSON text; an empty object where it is nested too deeply to write."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "{}"
