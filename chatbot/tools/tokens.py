"""Calculations as people and models write them, cut into tokens with their columns: `1,234.5 × 2²`, `15% of 80 km`.

Dates (`2026-11-20`) and times of a clock (`17:40`) are one token each, and words for operators are those operators.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from chatbot.errors import ToolError

Kind = Literal["number", "date", "clock", "name", "sign", "superscript", "end"]

_GROUPED = r"[0-9]{1,3}(?:[,_'’\u00a0\u2009\u202f][0-9]{3})+(?![0-9])"
_TOKEN = re.compile(
    rf"""(?P<hexadecimal>0[xX][0-9]+)
    |(?P<date>(?:1[5-9]|[2-9][0-9])[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}})(?![0-9])
    |(?P<clock>[0-9]{{1,2}}:[0-5][0-9](?::[0-5][0-9])?)(?![0-9:])
    |(?P<number>(?:{_GROUPED}(?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<superscript>[⁺⁻]?[⁰¹²³⁴-⁹]+)
    |(?P<degrees>°[CFcf](?![A-Za-z]))
    |(?P<arrow>->|→)
    |(?P<power>(?i:squared|cubed)(?![A-Za-z]))
    |(?P<word>(?i:plus|minus|times|per|percent|pct|(?:divided|multiplied)\s+by|to\s+the\s+power\s+of)(?![A-Za-z]))
    |(?P<sign>\*\*|//|[-+*/%^!°(),×·⋅∙÷∕−–√∛]|[xX](?![A-Za-z]))
    |(?P<name>(?:math\.)?(?:[lL][oO][gG](?:10|2)|[A-Za-zµμÅ]+)|[πτ$€£¥₹])""",
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")
_SEPARATORS = re.compile(r"[,_'’\u00a0\u2009\u202f]")

_SAME = {
    **dict.fromkeys("×·⋅∙xX", "*"),
    **dict.fromkeys("÷∕", "/"),
    **dict.fromkeys("−–", "-"),
    "^": "**",
    "π": "pi",
    "τ": "tau",
    "√": "sqrt",
    "∛": "cbrt",
}
_WORDS = {"plus": "+", "minus": "-", "times": "*", "multiplied": "*", "per": "/", "divided": "/", "to": "**"}
"""Signs that are written as words; the others are percent."""

_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", "⁺")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression."""

    kind: Kind
    text: str
    """Digits without separators, a name in lower case, a sign in its plain form."""
    column: int
    """From 1."""
    written: str
    """As it stands in the expression."""
    spaced: bool
    """White space stands before it."""


def tokenize(expression: str) -> list[Token]:
    """The tokens, and one that marks the end. Raises ToolError with the column of what is no arithmetic."""
    return list(_tokens(expression))


def _tokens(text: str) -> Iterator[Token]:
    position = 0
    opened: list[bool] = []  # for each open parenthesis: whether it holds the values of a function
    name_before = False
    while True:
        start = _end_of_space(text, position)
        if start == len(text):
            yield Token("end", "", start + 1, "", start > position)
            return
        token = _token(text, start, in_call=any(opened), spaced=start > position)
        yield token
        if token.text == "(":
            opened.append(name_before)
        elif token.text == ")" and opened:
            opened.pop()
        name_before = token.kind == "name"
        position = start + len(token.written)


def _token(text: str, start: int, *, in_call: bool, spaced: bool) -> Token:
    match = _TOKEN.match(text, start)
    if not match:
        raise ToolError(f"column {start + 1}: {text[start]!r} is not arithmetic")
    kind, written = match.lastgroup, match[0]
    column = start + 1
    if kind == "hexadecimal":  # or nought times ten, which nobody writes
        raise ToolError(f"column {column}: {written!r} is not a decimal number")
    if kind == "number":
        if in_call and "," in written:
            written = _first_value(written, column)
        return Token("number", _SEPARATORS.sub("", written), column, written, spaced)
    if kind == "superscript":
        return Token("superscript", written.translate(_DIGITS), column, written, spaced)
    if kind in ("date", "clock"):
        return Token("date" if kind == "date" else "clock", written, column, written, spaced)
    if kind == "word":
        return Token("sign", _WORDS.get(written.lower().split()[0], "%"), column, written, spaced)
    if kind == "power":
        return Token("superscript", "2" if written.lower() == "squared" else "3", column, written, spaced)
    if kind == "arrow":
        return Token("name", "to", column, written, spaced)
    plain = _SAME.get(written, written.lower().removeprefix("math."))  # as models write that have learned from programs
    return Token("sign" if kind == "sign" and plain not in ("sqrt", "cbrt") else "name", plain, column, written, spaced)


def _first_value(written: str, column: int) -> str:
    """Between the parentheses of a function a comma separates values, so `max(1,200)` holds two."""
    first, _, rest = written.partition(",")
    if rest.startswith("0"):
        raise ToolError(f"column {column}: inside a function a comma separates values; write {written!r} without it")
    return first


def _end_of_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    assert match is not None  # it matches nothing, too
    return match.end()
