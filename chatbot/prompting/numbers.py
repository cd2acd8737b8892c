"""Numbers in text: found, and brought into one form, so that $29.00, 29 and 29 euros are the same answer.

Exact: fractions, no floats. Thousands separators, currencies, percent signs, fractions, mixed numbers, powers of ten
and the marks of Markdown and LaTeX are understood; words such as "twenty" are not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

MAX_DIGITS = 60
"""Digits of a number: more is no answer to a question, and would make reading slow."""

_MINUS = str.maketrans(
    {"−": "-", "–": "-", "‐": "-", "﹣": "-", "－": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " "}
)
_LATEX = re.compile(r"\\[dt]?frac\s*\{\s*(-?\d+)\s*\}\s*\{\s*(\d+)\s*\}")
_MARKS = re.compile(r"\\[,;!:% ]|\\text\{[^{}]{0,40}\}|\{,\}|\*\*|__|`|\\\$|\\\(|\\\)|\\left|\\right")

_NUMBER = re.compile(
    r"(?<![\w.,])(?P<sign>[-+](?=[\s$€£¥]?[\d.$€£¥]))?\s?(?:[$€£¥]\s?)?(?P<sign2>-)?"
    r"(?P<whole>\d{1,3}(?:[,'’ ]\d{3})+(?!\d)|\d+)?(?P<decimals>\.\d+)?"
    r"(?:[eE](?P<power>[-+]?\d{1,3})(?!\w)|\s?[×x*]\s?10\s?(?:\^|\*\*)\s?\{?(?P<times>[-+]?\d{1,3})\}?)?"
    r"(?:\s?/\s?(?P<below>\d+)(?![\d/])|\s(?P<above>\d+)/(?P<mixed>\d+)(?![\d/]))?"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number where it stands."""

    start: int
    end: int
    text: str
    """In canonical form."""


def plain(text: str) -> str:
    """The text with digits of all scripts as 0-9, one minus, and without marks that stand inside numbers."""
    text = "".join(_digit(character) for character in text) if not text.isascii() else text
    text = _LATEX.sub(r" \1/\2", text.translate(_MINUS))
    return _MARKS.sub("", text)


def numbers(text: str) -> Iterator[Number]:
    """All numbers of a `plain` text, in order."""
    for match in _NUMBER.finditer(text):
        if match["whole"] is None and match["decimals"] is None:
            continue
        value = _value(match)
        if value is not None:
            lead = len(match[0]) - len(match[0].lstrip())
            yield Number(match.start() + lead, match.end(), canonical(value))


def canonical(value: Fraction) -> str:
    """A number as decimal text without needless zeros, or as a reduced fraction where decimals would not end."""
    rest = value.denominator
    twos = fives = 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1 or max(twos, fives) > MAX_DIGITS:
        return f"{value.numerator}/{value.denominator}"
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def _value(match: re.Match[str]) -> Fraction | None:
    """None for what is too long, or divided by nothing."""
    whole = re.sub(r"\D", "", match["whole"] or "0")
    power = int(match["power"] or match["times"] or 0)
    if len(whole) > MAX_DIGITS or len(match["decimals"] or "") > MAX_DIGITS or abs(power) > MAX_DIGITS:
        return None
    value = Fraction(whole + (match["decimals"] or "")) * Fraction(10) ** power
    if below := match["below"]:
        if int(below[:MAX_DIGITS]) == 0:
            return None
        value /= int(below[:MAX_DIGITS])
    elif mixed := match["mixed"]:
        if int(mixed[:MAX_DIGITS]) == 0:
            return None
        value += Fraction(int(match["above"][:MAX_DIGITS]), int(mixed[:MAX_DIGITS]))
    return -value if "-" in ((match["sign"] or "") + (match["sign2"] or "")) else value


def _digit(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return character
