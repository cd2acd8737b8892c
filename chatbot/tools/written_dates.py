"""Dates as they are written with the name of a month: 20 November 2026, Nov 20th, 2026."""

from __future__ import annotations

from datetime import date

from chatbot.tools.dates import MONTHS, day
from chatbot.tools.reading import Reader, problem
from chatbot.tools.tokens import Token

_ORDINALS = {"st", "nd", "rd", "th"}


def day_first(reader: Reader, token: Token) -> date | None:
    """A date such as 20 November 2026; None where the number is none."""
    skipped = 1 if reader.peek().text in _ORDINALS and not reader.peek().spaced else 0
    month, year = reader.peek(skipped), reader.peek(skipped + 1)
    if month.text not in MONTHS or year.kind != "number" or len(year.text) != 4 or not token.text.isdecimal():
        return None
    reader.position += skipped + 2
    return reader.compute(token, day, int(year.text), MONTHS[month.text], int(token.text))


def month_first(reader: Reader, name: Token) -> date:
    """A date such as November 20, 2026."""
    numeral = reader.take()
    if reader.peek().text in _ORDINALS and not reader.peek().spaced:
        reader.take()
    if reader.peek().text == ",":
        reader.take()
    year = reader.peek()
    if year.kind != "number" or len(year.text) != 4 or not numeral.text.isdecimal():
        raise problem(name, "a date needs a day and a year", "write it as 2026-11-20")
    reader.take()
    return reader.compute(name, day, int(year.text), MONTHS[name.text], int(numeral.text))
