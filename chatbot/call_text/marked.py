"""Calls behind a mark that says so: `<tool_call>`, `[TOOL_CALLS]`, `<|python_tag|>`, a fence named `tool_call`, more.

What stands behind such a mark is a call whatever its name, so that a wrong name can be answered with the right ones. It
is one, or several: JSON, Python's syntax, tags, or a name before an object. A mark without any of these is prose.
"""

from __future__ import annotations

import re

from chatbot.call_text import expressions, markup
from chatbot.call_text.expressions import NAME
from chatbot.call_text.found import Found, Malformed
from chatbot.call_text.literals import Reader, Unreadable
from chatbot.call_text.names import Names
from chatbot.call_text.objects import calls_in, closed_calls

_MARK = (
    rf"<{markup.SPACE}(?:tool_?calls?|function_?calls?|tool_use)>"  # Hermes, Qwen, GLM, Nemotron, OLMo, MiniMax
    r"|<\|(?:tool_calls?(?:_start|_begin)?|tool_calls_section_begin|python_tag)\|>"  # Phi, LFM2, Kimi, Llama
    r"|<[｜|]tool[▁_]calls?[▁_]begin[｜|]>"  # DeepSeek
    r"|\[TOOL_(?:CALLS?|REQUEST)\]|<start_function_call>|<\|tool_call>"  # Mistral, LM Studio, FunctionGemma, Gemma 4
    r"|<\|START_ACTION\|>"  # Command
    r"|\bfunctools(?=\s*\[)"  # Phi
    r"|\bto=(?=functions\.)|<\|recipient\|>(?!all)|>>>(?=[A-Za-z_][\w.-]*+\s*+\{)"  # gpt-oss, Functionary
    r"|^[ \t]*(?:`{3,}|~{3,})(?:tool_?calls?|tool_code|function_?calls?)[ \t]*$"
)
OPENER = f"{_MARK}|{markup.BEGINS}"
"""Marks that are followed by a call."""

_SEPARATOR = r"<[｜|]tool[▁_]sep[｜|]>"
_NAMED = re.compile(
    rf"(?:function{_SEPARATOR})?+(?:call:)?+({NAME})(?::(\d+))?\s*+(?:\[CALL_ID\]([\w-]++)\s*+)?"
    rf"(?:\[ARGS\]|{_SEPARATOR}|<\|tool_call_argument_begin\|>|<\|content\|>|:"
    r"|(?:<\|channel\|>\w*+\s*+)?+(?:<\|constrain\|>)?+(?:json\s*+)?+<\|message\|>)?+"
    r"\s*+(?:`{3}(?:json)?\s*+)?+(?=\{)"
)
_NOISE = re.compile(
    rf"(?:\s++|[,;]|`{{3,}}\w*+|</[\w:]++>|<\|?/[\w|]++>|<[｜|]tool[▁_]calls?[▁_]end[｜|]>|{_MARK})*+", re.I | re.M
)
_MARKUP = re.compile(markup.BEGINS, re.I)
_PYTHON = re.compile(rf"(?:[A-Za-z_]\w*+\s*+=\s*+)?+{NAME}\s*+\(")
_PYTHON_LIST = re.compile(rf"\[\s*+{NAME}\s*+\(")
_KEYED = re.compile(rf"{NAME}\s*+<arg_key>")


def calls(reader: Reader, at: int, names: Names) -> tuple[list[Found], int]:
    """The calls behind a mark, of which `at` is the beginning or the end, and where they end; none where prose follows.

    Raises Malformed for one that is cut or wrong, with those before it.
    """
    found: list[Found] = []
    while True:
        start = _behind_noise(reader, at)
        try:
            item = _item(reader, start, names)
        except Unreadable as error:
            raise Malformed(str(error), [*found, *_whole(error.partial, names)]) from None
        except Malformed as error:
            raise Malformed(str(error), found) from None
        if item is None:
            return found, at if found else start
        found += item[0]
        at = item[1]


def _behind_noise(reader: Reader, at: int) -> int:
    """Behind white space, separators, end tags, and marks around marks."""
    noise = _NOISE.match(reader.text, at)
    assert noise is not None  # it matches nothing, too
    reader.spend(noise.end() - at)
    return noise.end()


def _item(reader: Reader, at: int, names: Names) -> tuple[list[Found], int] | None:
    """One call or one list of calls, and its end; None where none begins here."""
    text = reader.text
    if _MARKUP.match(text, at):
        one, end = markup.function(reader, at)
        return [one], end
    if _PYTHON_LIST.match(text, at):
        return expressions.listed(reader, at)
    if text.startswith(("{", "["), at):
        value, end = reader.value(at)
        found = calls_in(value, names, explicit=True)
        if not found:
            raise Malformed("it names no tool: an object with the keys name and arguments is expected")
        return found, end
    if named := _NAMED.match(text, at):
        arguments, end = reader.mapping(named.end())
        call_id = named[3] or (f"{named[1]}:{named[2]}" if named[2] else "")
        return [Found(named[1], arguments, id=call_id)], end
    if _KEYED.match(text, at):
        one, end = markup.keyed(reader, at)
        return [one], end
    if _PYTHON.match(text, at):
        one, end = expressions.statement(reader, at)
        return [one], end
    return None


def _whole(partial: object, names: Names) -> list[Found]:
    """The calls that were whole before the text ended."""
    if isinstance(partial, list):
        return [call for each in partial for call in ([each] if isinstance(each, Found) else _whole(each, names))]
    return closed_calls(partial, names)
