"""What was written for a tool's arguments, as the JSON text that the dispatcher checks.

Arguments by position get the names that the schema has in that order; a text between tags becomes the value that the
schema asks for. What does not fit is handed on as it is: the tool's own check says what is wrong with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape

from chatbot.call_text.found import Found, Malformed
from chatbot.call_text.literals import Reader, Unreadable, WorkDone
from chatbot.call_text.names import Offered, properties, required

_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|#\d{1,7});")
_BARE = re.compile(r"[<>]|&(?!(?:lt|gt|amp|quot|apos|#\d{1,7});)")


def arguments_text(call: Found, tool: Offered | None) -> str:
    """JSON text of the arguments. Raises Malformed for arguments by position that cannot be named."""
    if tool is None:
        return dumped(dict(call.tagged) or call.arguments)
    if call.tagged:
        return dumped({key: _typed(text, properties(tool).get(key)) for key, text in call.tagged.items()})
    if call.positional:
        return dumped(_placed(call, tool))
    match call.arguments:
        case None:
            return "{}"
        case dict():
            return dumped(call.arguments)
        case str():
            return _unpacked(call.arguments, tool)
        case list():
            return dumped(_named(call.arguments, tool))
    only = _only(tool)
    return dumped({only: call.arguments} if only else call.arguments)


def dumped(value: object) -> str:
    """A value as JSON text that can be written as UTF-8: half of a surrogate pair stays an escape."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isascii() or not re.search("[\ud800-\udfff]", text) else json.dumps(value)


def whole_value(text: str) -> object:
    """The value that a text is, apart from white space. Raises Unreadable."""
    reader = Reader(text)
    try:
        value, end = reader.value(0)
        if reader.space(end) < len(text):
            raise Unreadable("text follows", end)
    except WorkDone:
        raise Unreadable("it is too much", 0) from None
    return value


def _unpacked(text: str, tool: Offered) -> str:
    """Arguments that were written as a text: an object in it, or the value of the only parameter."""
    try:
        value = whole_value(text)
        value = whole_value(value) if isinstance(value, str) else value
    except Unreadable:
        value = None
    if isinstance(value, dict):
        return dumped(value)
    only = _only(tool)
    if not text.strip() and not only:
        return "{}"
    return dumped({only: text}) if only and text.lstrip()[:1] not in ("{", "[") else text


def _only(tool: Offered) -> str:
    """The only parameter, or the only one that is required; empty where there is none such."""
    names = required(tool) if len(required(tool)) == 1 else list(properties(tool))
    return names[0] if len(names) == 1 else ""


def _named(given: list[object], tool: Offered) -> object:
    """A list in the place of an object: values in order, or the value of the only parameter, which is a list."""
    names, only = list(properties(tool)), _only(tool)
    schema = properties(tool).get(only)
    if isinstance(schema, Mapping) and schema.get("type") in ("array", "list", "tuple"):
        return {only: given}
    return dict(zip(names, given, strict=False)) if len(given) <= len(names) else given


def _placed(call: Found, tool: Offered) -> dict[str, object]:
    known, named = properties(tool), call.arguments
    assert isinstance(named, dict)
    first = call.positional[0]
    if len(call.positional) == 1 and not named and isinstance(first, dict) and first and first.keys() <= known.keys():
        return first
    if len(call.positional) > len(known):
        raise Malformed(f"{call.name} takes {len(known)} arguments, and {len(call.positional)} are given")
    placed = dict(zip(known, call.positional, strict=False))
    if twice := next((name for name in placed if name in named), None):
        raise Malformed(f"the argument {twice!r} of {call.name} is given twice")
    return {**placed, **named}


def _typed(text: str, schema: object) -> object:
    """The value that a text between tags stands for; a text where the schema wants one."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    text = text.removeprefix("\n").removesuffix("\n")
    if _ENTITY.search(text) and not _BARE.search(text):
        text = unescape(text)  # it is text as XML has it, throughout
    if kind in ("string", "str"):
        return text
    try:
        value = whole_value(text)
    except Unreadable:
        return text
    return text if isinstance(value, str) and kind is None else value
