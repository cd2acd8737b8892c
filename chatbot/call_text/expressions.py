"""Calls in Python's syntax: `get_weather(city="Paris", days=3)`, in a list, dotted, with arguments by position.

Only literals are arguments: a call of variables is program text, which nothing here runs.
"""

from __future__ import annotations

import re

from chatbot.call_text.found import Found
from chatbot.call_text.literals import Reader, Unreadable

NAME = r"[A-Za-z_][\w-]*+(?:\.[\w-]++)*+"
_CALL = re.compile(rf"({NAME})\s*+\(")
_KEYWORD = re.compile(r"([A-Za-z_]\w*+)\s*+=(?!=)")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*+(?:\s*+:\s*+\w++)?+\s*+=\s*+(?=[A-Za-z_])")
_AWAITED = re.compile(r"await\s++")
_PRINTED = re.compile(r"print\s*+\(\s*+(?=[A-Za-z_])")


def call(reader: Reader, at: int) -> tuple[Found, int]:
    """The call that begins here, and its end. Raises Unreadable."""
    begins = _CALL.match(reader.text, at)
    if begins is None:
        reader.spend(1)
        raise Unreadable("here begins no call", at)
    reader.spend(begins.end() - at)
    named: dict[str, object] = {}
    positional: list[object] = []
    at = reader.space(begins.end())
    while not reader.closed(")", at, None):
        at = _argument(reader, at, named, positional)
        at = reader.comma(")", at)
    return Found(begins[1], named, tuple(positional)), at + 1


def _argument(reader: Reader, at: int, named: dict[str, object], positional: list[object]) -> int:
    if reader.text.startswith("**", at):
        given, end = reader.value(at + 2)
        if not isinstance(given, dict):
            raise Unreadable("** takes an object", at)
    elif keyword := _KEYWORD.match(reader.text, at):
        value, end = reader.value(keyword.end())
        given = {keyword[1]: value}
    else:
        value, end = reader.value(at)
        if named:
            raise Unreadable("an argument by position stands behind one by name", at)
        positional.append(value)
        return end
    if twice := next((key for key in given if key in named), None):
        raise Unreadable(f"the argument {twice[:80]!r} is given twice", at)
    named.update(given)
    return end


def listed(reader: Reader, at: int) -> tuple[list[Found], int]:
    """The calls of a list, `[f(a=1), g(b=2)]`, and its end. Raises Unreadable, with those that are whole."""
    found: list[Found] = []
    at = reader.space(at + 1)
    while not reader.closed("]", at, found):
        try:
            one, at = call(reader, at)
        except Unreadable as error:
            error.partial = found if error.cut else None
            raise
        found.append(one)
        at = reader.comma("]", at)
    return found, at + 1


def statement(reader: Reader, at: int) -> tuple[Found, int]:
    """A call that stands as a statement: alone, awaited, assigned or printed. Raises Unreadable."""
    if assigned := _ASSIGNED.match(reader.text, at):
        at = assigned.end()
    if awaited := _AWAITED.match(reader.text, at):
        at = awaited.end()
    printed = _PRINTED.match(reader.text, at)
    if printed is None:
        return call(reader, at)
    found, at = call(reader, printed.end())
    return found, reader.expect(")", reader.space(at))
