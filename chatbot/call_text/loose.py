"""Calls that stand in prose or in a fence without a mark that says so. Only names of tools that are offered count here.

An object may stand anywhere; a call in Python's syntax and a name before an object are calls only where they fill a
line, since prose mentions functions, too. A fence counts as a whole: program text that calls a tool among other things
is no call.
"""

from __future__ import annotations

import re

from chatbot.call_text import expressions, markup
from chatbot.call_text.expressions import NAME
from chatbot.call_text.fitting import whole_value
from chatbot.call_text.found import Found, Malformed
from chatbot.call_text.literals import Reader, Unreadable
from chatbot.call_text.names import Names, properties, required, suits
from chatbot.call_text.objects import NAME_KEYS, calls_in, closed_calls, shaped
from chatbot.errors import nearest

LONGEST_LEAD = 200
"""Characters before a call on its line, such as `I will call this function:`."""

LEAD = re.compile(r"(?: {0,3}(?:[-*>] |\d{1,3}[.)] )?[`*]{0,3}|.*[:：][ \t]*[`*]{0,3}[ \t]*)")
_TRAIL = re.compile(r"[`*]{0,3};?[`*]{0,3}[ \t]*(?:\n|$|(?=<))")
LANGUAGES = frozenset(
    {"", "json", "json5", "jsonc", "jsonl", "python", "py", "python3", "text", "txt", "plaintext", "tool", "xml"}
)
_NAMED = re.compile(rf"({NAME})[`*]{{0,3}}[ \t]*+:?+\s*+(?:`{{3}}(?:json)?\s*+)?+(?=\{{)")
_TAG = re.compile(rf"<({NAME})>")
_SHOWN = re.compile(r"(?:print|final_answer)\s*+\(\s*+[A-Za-z_]\w*+\s*+\)")
_FENCED = re.compile(r"(?:`{3,}|~{3,})\w*\n(.*)\n(?:`{3,}|~{3,})", re.DOTALL)
_KEYS = "|".join(NAME_KEYS)
_BEGINS = re.compile(
    rf"[\s\[{{]{{1,32}}+[\"'“]?(?:{_KEYS})[\"'”]?\s*+:\s*+(?:\{{\s*+[\"'“]?name[\"'”]?\s*+:\s*+)?[\"'“]([\w./:-]{{1,128}})[\"'”]"
)
_LIST_OF_CALLS = re.compile(rf"\[\s*+({NAME})\s*+\(")
_LABELLED = re.compile(
    r"[*_]{0,2}(?:Action|Tool|Function)(?: call)?[*_]{0,2}[ \t]*+:[*_ \t]*+"
    rf"[`\"']?({NAME})[`\"']?[ \t]*+\n\s*+"
    r"[*_]{0,2}(?:(?:Action |Tool )?Input|Arguments|Parameters|Args)[*_]{0,2}[ \t]*+:[*_]{0,2}\s*+"
    r"(?:`{3}(?:json)?\s*+)?+(?=\{)",
    re.I,
)


def calls(reader: Reader, at: int, names: Names) -> tuple[list[Found], int]:
    """The calls that begin here in prose, and where what was read ends; none where here is something else.

    Raises Malformed for what begins as a call of a known tool and cannot be read.
    """
    if reader.text[at] in "{[":
        return _bracketed(reader, at, names)
    if reader.text[at] == "<":
        return _element(reader, at, names)
    if not _fills_line(reader, at):
        return [], at
    try:
        one, end = _of_line(reader, at, names)
    except Unreadable:
        return [], at
    return ([one], end) if one else ([], at)


def fenced(reader: Reader, language: str, start: int, end: int, names: Names) -> list[Found]:
    """The calls that fill a fence; none where anything else stands in it, too. Raises Malformed."""
    if language.casefold() not in LANGUAGES:
        return []
    inside = Reader(reader.text[start:end])
    inside.left = min(inside.left, reader.left)
    found: list[Found] = []
    at = inside.space(0)
    while at < len(inside.text):
        try:
            each, behind = _statement(inside, at, names)
        except Unreadable:
            return []
        finally:
            reader.left = min(reader.left, inside.left)
        if not each:
            return []
        found += each
        at = inside.space(behind)
        if shown := _SHOWN.match(inside.text, at):
            at = inside.space(shown.end())  # what it does with the result
        while inside.text.startswith((",", ";"), at):
            at = inside.space(at + 1)
    return found


def unknown(text: str, names: Names) -> str:
    """What to say of a text that is one call of a tool that nobody offers; empty for any other text."""
    bare = _FENCED.fullmatch(text.strip())
    try:
        value = whole_value(bare[1] if bare else text)
    except Unreadable:
        return ""
    found = shaped(value)
    if len(found) != 1 or not isinstance(found[0].arguments, dict) or names.find(found[0].name):
        return ""
    known = [tool.name for tool in names]
    return f"there is no tool {found[0].name[:80]!r} ({nearest(found[0].name, known)})"


def _statement(reader: Reader, at: int, names: Names) -> tuple[list[Found], int]:
    if reader.text[at] in "{[":
        return _bracketed(reader, at, names)
    if _NAMED.match(reader.text, at):
        one, end = _of_line(reader, at, names)
        return ([one] if one else []), end
    found, end = expressions.statement(reader, at)
    return ([found] if _known(found, names) else []), end


def _bracketed(reader: Reader, at: int, names: Names) -> tuple[list[Found], int]:
    """The calls of an object or a list. Where it is neither, `at` is where to read on."""
    text = reader.text
    if _LIST_OF_CALLS.match(text, at):
        return _list_of_calls(reader, at, names)
    begins = _BEGINS.match(text, at)
    try:
        value, end = reader.value(at)
    except Unreadable as error:
        if begins is None or names.find(begins[1]) is None:
            return [], error.at if error.deep else at
        whole = _closed(error.partial, names)
        if whole and error.cut:
            return whole, len(text)
        raise Malformed(f"the call of {begins[1]} cannot be read: {error.message}", whole) from None
    return calls_in(value, names), end


def _element(reader: Reader, at: int, names: Names) -> tuple[list[Found], int]:
    """A call whose tag is its name: of a tool, and with tags that are all parameters of it."""
    named = _TAG.match(reader.text, at)
    tool = names.exact(named[1]) if named else None
    if tool is None:
        return [], at
    try:
        found, end = markup.element(reader, at)
    except Unreadable:
        return [], at
    fits = suits(tool, found.tagged) and found.tagged.keys() <= properties(tool).keys()
    return ([found] if fits else []), end if fits else at


def _closed(partial: object, names: Names) -> list[Found]:
    """Calls that were whole where the text ended."""
    each = partial if isinstance(partial, list) else [partial]
    return [call for one in each for call in closed_calls(one, names) if names.find(call.name)]


def _list_of_calls(reader: Reader, at: int, names: Names) -> tuple[list[Found], int]:
    try:
        found, end = expressions.listed(reader, at)
    except Unreadable as error:
        begins = _LIST_OF_CALLS.match(reader.text, at)
        if not error.cut or begins is None or not names.exact(begins[1]):
            return [], at
        before = (
            [call for call in error.partial or () if _known(call, names)] if isinstance(error.partial, list) else []
        )
        raise Malformed(f"the call of {begins[1]} cannot be read: {error.message}", before) from None
    known = [call for call in found if names.exact(call.name)]
    return (found if known and all(_known(call, names) for call in known) else []), end


def _of_line(reader: Reader, at: int, names: Names) -> tuple[Found | None, int]:
    """A call that fills its line: Python's syntax, a name before an object, or a label for each. Raises Unreadable."""
    text = reader.text
    if labelled := _LABELLED.match(text, at) or _NAMED.match(text, at):
        tool = names.exact(labelled[1])
        if tool is None:
            return None, at
        arguments, end = reader.mapping(labelled.end())
        return (Found(labelled[1], arguments) if suits(tool, arguments) else None), end
    found, end = expressions.call(reader, at)
    return (found if _known(found, names) and _TRAIL.match(text, end) else None), end


def _known(call: Found, names: Names) -> bool:
    """Whether a tool is called so, with arguments if it needs some: without, it is a mention."""
    tool = names.exact(call.name)
    return tool is not None and bool(call.arguments or call.positional or not required(tool))


def _fills_line(reader: Reader, at: int) -> bool:
    start = reader.text.rfind("\n", max(0, at - LONGEST_LEAD), at) + 1
    if start == 0 and at > LONGEST_LEAD:
        return False
    reader.spend(at - start)
    return LEAD.fullmatch(reader.text, start, at) is not None
