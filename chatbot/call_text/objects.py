"""Calls as JSON objects have them: `{"name": …, "arguments": …}` in its many dialects, and the name as a key.

In: a value that was read. Out: the calls that it is, or nothing: most objects are no calls. A tool's own definition,
which models like to quote, is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from chatbot.call_text.found import Found
from chatbot.call_text.names import Names, properties, required, suits

NAME_KEYS = (
    "name",
    "tool_name",
    "function_name",
    "tool",
    "function",
    "action",
    "recipient_name",
    "api_name",
    "api",
    "command",
)
INPUT_KEYS = (
    "arguments",
    "parameters",
    "args",
    "action_input",
    "tool_input",
    "input",
    "kwargs",
    "params",
    "tool_arguments",
    "function_args",
    "function",
    "parameter",
    "action_params",
)
WRAPPERS = (
    *("tool_calls", "function_calls", "calls", "tool_uses", "actions", "toolCalls", "functionCalls"),
    *("tool_call", "function_call", "call", "tool_use", "toolCall", "functionCall"),
)
_BESIDE = {"id", "type", "call_id", "tool_call_id", "index", "thought", "thoughts", "reasoning", "explanation"}
"""Keys that say something about a call and are none of its arguments."""

KEYS = frozenset({*NAME_KEYS, *INPUT_KEYS, *WRAPPERS, *_BESIDE})
"""Keys that an object may begin with that is a call."""


def calls_in(value: object, names: Names, *, explicit: bool = False) -> list[Found]:
    """The calls that a value is; none unless all of it is calls.

    explicit: it stands where nothing but a call can stand, so that it is one whatever its name.
    """
    found = shaped(value)
    if not found:
        by_name = _named_by_key(value, names, explicit=explicit)
        return by_name or _flat(value, names)
    if explicit:
        return found
    known = any(names.find(call.name) for call in found)
    return found if known and not any(_lacks(call, names) or _defines(call, names) for call in found) else []


def closed_calls(partial: object, names: Names) -> list[Found]:
    """The calls of an object that lacks only its closing bracket: name and arguments are there, and whole."""
    if not isinstance(partial, dict):
        return []
    found = [call for call in _one(partial, closed=True) if isinstance(call.arguments, dict | list | str)]
    return found or _named_by_key(partial, names, explicit=False)


def shaped(value: object) -> list[Found]:
    """What has the shape of calls with a name and arguments, whatever the names."""
    if isinstance(value, list):
        each = [shaped(item) for item in value]
        return [call for found in each for call in found] if all(each) else []
    if not isinstance(value, dict):
        return []
    for key in WRAPPERS:
        if isinstance(value.get(key), dict | list) and (found := shaped(value[key])):
            return found
    for key in NAME_KEYS:
        inner = value.get(key)
        if isinstance(inner, dict) and not isinstance(value.get("name"), str) and (found := shaped(inner)):
            return [_with_id(call, value) for call in found]
    return _one(value)


def _one(value: Mapping[str, object], *, closed: bool = False) -> list[Found]:
    name = next((value[key] for key in NAME_KEYS if isinstance(value.get(key), str) and value[key]), None)
    if name is None:
        return []
    inputs = [key for key in INPUT_KEYS if key in value and value[key] is not name]
    if not inputs and (closed or not set(value) <= _BESIDE | set(NAME_KEYS)):
        return []
    return [_with_id(Found(cast(str, name), value[inputs[0]] if inputs else {}), value)]


def _with_id(call: Found, value: Mapping[str, object]) -> Found:
    given = next((value[key] for key in ("id", "call_id", "tool_call_id") if isinstance(value.get(key), str)), "")
    return call if call.id else Found(call.name, call.arguments, id=str(given))


def _lacks(call: Found, names: Names) -> bool:
    """Whether a call without arguments names a tool that needs some: a mention, and no call."""
    tool = names.find(call.name)
    return tool is not None and call.arguments in ({}, None) and bool(required(tool))


def _defines(call: Found, names: Names) -> bool:
    """Whether what stands for the arguments is the schema of some."""
    given, tool = call.arguments, names.find(call.name)
    if not isinstance(given, dict) or not isinstance(given.get("properties"), dict) or "type" not in given:
        return False
    return tool is None or "properties" not in properties(tool)


def _named_by_key(value: object, names: Names, *, explicit: bool) -> list[Found]:
    """`{"get_weather": {"city": "Paris"}}`, also several, also in a list."""
    if isinstance(value, list):
        each = [_named_by_key(item, names, explicit=explicit) for item in value]
        return [call for found in each for call in found] if all(each) else []
    if not isinstance(value, dict):
        return []
    found: list[Found] = []
    for name, arguments in value.items():
        tool = names.find(name)
        if not isinstance(arguments, dict) or (tool is None and not (explicit and len(value) == 1)):
            return []
        if tool is not None and not suits(tool, arguments) and not explicit:
            return []
        found.append(Found(name, arguments))
    return found


def _flat(value: object, names: Names) -> list[Found]:
    """`{"tool": "get_weather", "city": "Paris"}`: the arguments beside the name."""
    if isinstance(value, list):
        each = [_flat(item, names) for item in value]
        return [call for found in each for call in found] if all(each) else []
    if not isinstance(value, dict):
        return []
    for key in NAME_KEYS:
        tool = names.find(value[key]) if isinstance(value.get(key), str) else None
        if tool is None:
            continue
        known = properties(tool)
        rest = {name: item for name, item in value.items() if name != key and (name in known or name not in _BESIDE)}
        if rest and all(name in known for name in rest):
            return [Found(value[key], rest)]
    return []
