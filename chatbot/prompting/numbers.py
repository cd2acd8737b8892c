"""Numbers as people and models write them, in one normal form: exact decimal text.

`$29.00` is 29, `1,000` is 1000, `1 1/2` is 1.5, `1/3` stays 1/3, `50%` is 50, `3 million` is 3000000, `1.5e3` is 1500.
Signs of currency, of percent and units say what is counted and are left out. Not read: times (5:30), dates, ordinals
(2nd), versions, and digits that belong to a word (x2, m^2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

MOST_DIGITS = 60
"""Of a number, and of its power of ten: longer ones are none that somebody answers."""

_HALVES = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5)}
_HALVES |= {"⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8)}
_PARTS = {"a half": (1, 2), "one half": (1, 2), "a quarter": (1, 4), "one quarter": (1, 4), "three quarters": (3, 4)}
_SCALES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}

_WHOLE = r"\d{1,3}(?:[,' ]\d{3})++(?![\d,]\d)|\d{1,2}(?:,\d{2})++,\d{3}(?!,?\d)|\d{1,60}+"
_NUMBER = re.compile(
    rf"""
    (?<![\w.^/:\\])(?<!\^\{{)(?<!\d[,])
    (?P<sign>(?<![\w)\]%])(?<![\w)\]]\ )[-+–](?=[\d.$€£¥₹½⅓⅔¼¾⅛]))?
    (?P<currency>(?:US|A|C|NZ)?[$€£¥₹]\ ?|(?:USD|EUR|GBP|INR|Rs\.?|Re\.?)\ ?(?=\d))?
    (?P<sign2>[-–](?=\d))?
    (?:
        (?P<whole>{_WHOLE}|(?=\.\d))(?P<decimals>\.\d{{1,60}}+)?
        (?:
            (?:[eE](?P<power>[-+]?\d{{1,4}})(?![\w.])|\ ?[×*x]\ ?10\ ?(?:\^
              |\*\*)\ ?[\{{(]?(?P<power2>[-+]?\d{{1,4}})[\}})]?)
          | (?:(?:\ (?:and\ )?|-)(?P<top>\d{{1,12}}))?+\ ?/\ ?(?P<below>\d{{1,12}}(?:,\d{{3}})*+)(?![\d/]|\.\d)
          | \ ?(?P<glyph>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])
          | \ and\ (?P<part>a\ half|one\ half|a\ quarter|one\ quarter|three\ quarters)\b
          | [ -](?P<scale>hundred|thousand|million|billion|trillion)\b
          | (?P<letter>[kKMB])(?![\w])
        )?
      | (?P<alone>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])
    )
    (?P<behind>(?:st|nd|rd|th)\b|[:/.,]\d|\ ?\^|[⁰¹²³⁴-⁹]|(?=\d))?
    """,
    re.VERBOSE,
)
_MINUS_WORD = re.compile(
    r"(?:^|[^\w\s]\s*|\b(?:is|was|be|of|to|equals|answer|a|by)\s+)(?:negative|minus)\s+$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text: `text[start:end]`."""

    start: int
    end: int
    value: Fraction

    @property
    def canonical(self) -> str:
        """Its normal form."""
        return canonical(self.value)


def numbers(text: str) -> Iterator[Number]:
    """The numbers in a plain text, in order."""
    for match in _NUMBER.finditer(text):
        value = _value(match) if match["behind"] is None else None
        if value is None:
            continue
        before = text[max(0, match.start() - 24) : match.start()]
        yield Number(match.start(), match.end(), -value if _MINUS_WORD.search(before) else value)


def canonical(value: Fraction) -> str:
    """Decimal text without zeros that say nothing; a fraction in lowest terms where the decimals would not end."""
    top, below = value.numerator, value.denominator
    for factor in (2, 5):
        while below % factor == 0:
            below //= factor
    if below != 1:
        return f"{top}/{value.denominator}"
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    digits = str(abs(int(value * 10**places))).rjust(places + 1, "0")
    sign = "-" if top < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def _value(match: re.Match[str]) -> Fraction | None:
    """What a match says; None for a fraction over nothing, or letters that are no thousands."""
    if match["alone"]:
        value = Fraction(*_HALVES[match["alone"]])
    else:
        whole = re.sub(r"[,' ]", "", match["whole"]) or "0"
        found = _scaled(match, Fraction(whole + (match["decimals"] or "")))
        if found is None:
            return None
        value = found
    return -value if "-" in (signs := (match["sign"] or "") + (match["sign2"] or "")) or "–" in signs else value


def _scaled(match: re.Match[str], value: Fraction) -> Fraction | None:
    power = match["power"] or match["power2"]
    if power:
        return value * Fraction(10) ** int(power) if abs(int(power)) <= MOST_DIGITS else None
    if match["below"]:
        below = Fraction(match["below"].replace(",", ""))
        if not below:
            return None
        return value / below if match["top"] is None else value + Fraction(match["top"]) / below
    if match["glyph"]:
        return value + Fraction(*_HALVES[match["glyph"]])
    if match["part"]:
        return value + Fraction(*_PARTS[match["part"]])
    if match["scale"]:
        return value * _SCALES[match["scale"]]
    if match["letter"]:
        return value * {"k": 10**3, "m": 10**6, "b": 10**9}[match["letter"].lower()] if match["currency"] else None
    return value
