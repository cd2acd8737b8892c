"""Calls as tags: `<function=name>{…}</function>`, `<invoke name="…"><parameter name="…">…`, and keys beside values.

The text between two tags of a parameter is its value, whatever it holds. A call whose end tag is missing is cut, unless
its arguments are one object, which ends where it ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatbot.call_text.expressions import NAME
from chatbot.call_text.found import Found
from chatbot.call_text.literals import Reader, Unreadable

SPACE = r"(?:[a-z]+:|[｜|]DSML[｜|])?"
"""What stands before the name of a tag in some models' templates: `minimax:`, `seed:`."""

BEGINS = rf"<{SPACE}(?:function|invoke|tool_call)(?:\s*=\s*|\s+name\s*=\s*)|<invoke>\s*<tool_name>"
_FUNCTION = re.compile(
    rf"<({SPACE}(?:function|invoke|tool_call))(?:\s*+=\s*+|\s++name\s*+=\s*+)[\"']?({NAME})[\"']?\s*+>?", re.I
)
_INVOKE = re.compile(rf"<(invoke)>\s*+<tool_name>\s*+({NAME})\s*+</tool_name>\s*+<parameters>", re.I)
_ELEMENT = re.compile(rf"<({NAME})>")
_PARAMETER = re.compile(
    rf"<({SPACE}(?:parameter|param|argument|arg))(?:\s*+=\s*+|\s++name\s*+=\s*+)[\"']?([^\"'<>\s]++)[\"']?[^<>]*+>",
    re.I,
)
_KEYED = re.compile(rf"({NAME})\s*+(?=<arg_key>)")
_KEY = re.compile(r"<arg_key>([^<>]*+)</arg_key>\s*+<arg_value>")


def function(reader: Reader, at: int) -> tuple[Found, int]:
    """A call that begins with its name in a tag, and its end. Raises Unreadable."""
    if invoked := _INVOKE.match(reader.text, at):
        tagged, at = _elements(reader, reader.space(invoked.end()))
        at = reader.space(reader.expect("</parameters>", at))
        return Found(invoked[2], {}, tagged=tagged), reader.expect("</invoke>", at)
    begins = _FUNCTION.match(reader.text, at)
    if begins is None:
        raise Unreadable("the tag names no tool", at)
    at = reader.space(begins.end())
    if reader.text.startswith("{", at):
        arguments, at = reader.mapping(at)
        return Found(begins[2], arguments), at
    tagged = {}
    for key, text, end in _parameters(reader, at):
        if key in tagged:
            raise Unreadable(f"the parameter {key!r} is given twice", at)
        tagged[key], at = text, reader.space(end)
    return Found(begins[2], {}, tagged=tagged), reader.expect(f"</{begins[1]}>", at)


def _parameters(reader: Reader, at: int) -> Iterator[tuple[str, str, int]]:
    """Name, text and end of each parameter."""
    while begins := _PARAMETER.match(reader.text, at):
        end = _ending(reader, f"</{begins[1]}>", begins.end())
        at = end + len(begins[1]) + 3
        yield begins[2], reader.text[begins.end() : end], at
        at = reader.space(at)


def element(reader: Reader, at: int) -> tuple[Found, int]:
    """A call whose tag is its name, with a tag for each argument, and its end. Raises Unreadable."""
    begins = _ELEMENT.match(reader.text, at)
    if begins is None:
        raise Unreadable("here begins no call", at)
    tagged, at = _elements(reader, reader.space(begins.end()))
    return Found(begins[1], {}, tagged=tagged), reader.expect(f"</{begins[1]}>", at)


def _elements(reader: Reader, at: int) -> tuple[dict[str, str], int]:
    """Tags with text between, by name, and where they end."""
    tagged: dict[str, str] = {}
    while begins := _ELEMENT.match(reader.text, at):
        end = _ending(reader, f"</{begins[1]}>", begins.end())
        if begins[1] in tagged:
            raise Unreadable(f"the parameter {begins[1]!r} is given twice", at)
        tagged[begins[1]] = reader.text[begins.end() : end]
        at = reader.space(end + len(begins[1]) + 3)
    return tagged, at


def keyed(reader: Reader, at: int) -> tuple[Found, int]:
    """A name, and then `<arg_key>` and `<arg_value>` in turn. Raises Unreadable."""
    begins = _KEYED.match(reader.text, at)
    if begins is None:
        raise Unreadable("here begins no call", at)
    tagged, at = dict[str, str](), begins.end()
    while key := _KEY.match(reader.text, at):
        end = _ending(reader, "</arg_value>", key.end())
        tagged[key[1].strip()] = reader.text[key.end() : end]
        at = reader.space(end + len("</arg_value>"))
    return Found(begins[1], {}, tagged=tagged), reader.expect("</tool_call>", at)


def _ending(reader: Reader, tag: str, at: int) -> int:
    """Where the next end tag begins."""
    end = reader.text.find(tag, at)
    reader.spend((end if end >= 0 else len(reader.text)) - at)
    if end < 0:
        raise Unreadable(f"{tag} is missing", at, cut=True)
    return end
