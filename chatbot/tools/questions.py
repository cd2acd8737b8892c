"""Calculations that are asked in words: what percent 5 is of 20, how many days lie between two dates, 180 cm in feet.

A question is one of the forms below, else an expression. What only leads in (`what is`, `convert`) and a question mark
are passed over, and the columns of what is left stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction

from chatbot.tools.calculation import TO, Calculation
from chatbot.tools.dates import calendar_text, date_text, days_between, workdays_between
from chatbot.tools.quantities import Parts, Quantity, quantity_text, split
from chatbot.tools.reading import problem
from chatbot.tools.tokens import Token, tokenize
from chatbot.tools.values import Value, combined, hundredths, plain, value_text
from chatbot.tools.written_units import unit_at, unit_parts

_LEAD = re.compile(
    r"\s*(?:(?:please|calculate|compute|evaluate|convert|find|tell me|how much(?:\s+is|\s+are)?"
    r"|what(?:['’]s|\s+is|\s+are|\s+was|\s+will\s+be)(?:\s+the)?(?=\s|$))\s*)+",
    re.IGNORECASE,
)
_TAIL = re.compile(r"[\s?=]*$")
_EMPTY = "the expression is empty"
_PERCENT = "% percentage"
_DAYS = {"day": "day", "days": "day", "week": "week", "weeks": "week"}
_SPANS = {"month": False, "months": False, "year": True, "years": True}


def answered(text: str) -> str:
    """What comes of the text. Raises ToolError, with the column of what is wrong."""
    lead = _LEAD.match(text)
    shown = " " * lead.end() + text[lead.end() :] if lead else text
    calculation = Calculation(tokenize(_TAIL.sub("", shown)))
    if calculation.peek().kind == "end":
        raise problem(calculation.peek(), f"expected a calculation after {text.strip()!r}" if lead else _EMPTY)
    for form in _FORMS:
        if (answer := form(calculation)) is not None:
            if calculation.peek().kind != "end":
                raise calculation.unexpected("an operator")
            return answer
    raise AssertionError("the last form answers everything")


def _share(calculation: Calculation) -> str | None:
    """What percent is 5 of 20; what percent of 20 is 5; and the change from one to the other."""
    if calculation.words(_PERCENT, "change increase decrease difference"):
        calculation.expect("from")
        before = calculation.expression(stop="to")
        at = calculation.expect("to")
        return _change(calculation, at, before, calculation.expression())
    if calculation.words("what which", _PERCENT, "is are") or calculation.words(_PERCENT, "is are"):
        part = calculation.expression(stop="of")
        at = calculation.expect("of")
        return _percent(calculation, at, part, calculation.expression())
    if calculation.words("what which", _PERCENT, "of") or calculation.words(_PERCENT, "of"):
        whole = calculation.expression(stop="is")
        at = calculation.expect("is", "are")
        return _percent(calculation, at, calculation.expression(), whole)
    return None


def _percent(calculation: Calculation, at: Token, part: Value, whole: Value) -> str:
    return _hundredths(calculation, at, calculation.compute(at, combined, "/", part, whole))


def _hundredths(calculation: Calculation, at: Token, share: Value) -> str:
    return hundredths(calculation.compute(at, plain, share))


def _change(calculation: Calculation, at: Token, before: Value, after: Value) -> str:
    difference = calculation.compute(at, combined, "-", after, before)
    return _hundredths(calculation, at, calculation.compute(at, combined, "/", difference, before))


def _span(calculation: Calculation) -> str | None:
    """How many days between two dates, until one or since one; also weeks, months, years and weekdays."""
    start = calculation.position
    calculation.words("how", "many")
    at = calculation.peek()
    kind = at.text
    if calculation.words("business working week", "days day") or calculation.words("workdays weekdays"):
        kind = "workdays"
    elif kind in _DAYS or kind in _SPANS:
        calculation.take()
    else:
        calculation.position = start
        return None
    calculation.words("are is", "there") or calculation.words("are is lie")
    if calculation.words("between"):
        first, last = _date(calculation, stop="and"), None
        calculation.expect("and")
    elif calculation.words("from"):
        first, last = _date(calculation, stop="to"), None
        calculation.expect("to", "until")
    elif calculation.words("until till to"):
        first, last = _today(calculation), None
    elif calculation.words("since"):
        first, last = _date(calculation), _today(calculation)
    else:
        calculation.position = start
        return None
    return _told_span(calculation, at, kind, first, last or _date(calculation))


def _told_span(calculation: Calculation, at: Token, kind: str, first: date, last: date) -> str:
    if kind == "workdays":
        days = workdays_between(first, last)
        return f"{days} days from Monday to Friday, the first and the last included; no holidays are left out"
    if kind in _SPANS:
        return calendar_text(first, last, years=_SPANS[kind])
    return quantity_text(calculation.compute(at, days_between, first, last, _DAYS[kind]))


def _date(calculation: Calculation, stop: str = "") -> date:
    at = calculation.peek()
    value = calculation.expression(stop=stop)
    if isinstance(value, date):
        return value
    raise problem(at, "this is no date", "write dates as 2026-11-20: in 1/2/2026 either number may be the month")


def _today(calculation: Calculation) -> date:
    return _date(Calculation(tokenize("today")))


def _weekday(calculation: Calculation) -> str | None:
    """What day of the week a date is."""
    forms = (
        ("what which", "day", "of", "the", "week", "is was"),
        ("what which", "weekday day date", "is was"),
        ("weekday", "of"),
        ("day", "of", "the", "week", "of for"),
        ("day", "of", "week", "of for"),
    )
    if any(calculation.words(*form) for form in forms):
        return date_text(_date(calculation))
    return None


def _count(calculation: Calculation) -> str | None:
    """How many feet are in 2 miles."""
    if not calculation.words("how", "many"):
        return None
    parts = unit_parts(calculation)
    calculation.words("are is", "there", "in") or calculation.words("are is in", "in") or calculation.words("are is in")
    at = calculation.peek()
    return quantity_text(calculation.compute(at, calculation.told, calculation.expression(), parts))


def _expression(calculation: Calculation) -> str:
    """An expression, and what it is to be told as."""
    at = calculation.peek()
    value = calculation.expression()
    if isinstance(value, Quantity) and calculation.peek().text in ("and", ",") and unit_at(calculation, 1):
        return _in_several(calculation, value)
    if calculation.words("ago"):
        return value_text(calculation.compute(at, combined, "-", _today(calculation), value))
    if calculation.words("is are", "what", _PERCENT, "of"):
        return _percent(calculation, at, value, calculation.expression())
    if calculation.words("increased", "by") or calculation.words("decreased reduced", "by"):
        sign = "+" if calculation.tokens[calculation.position - 2].text == "increased" else "-"
        share = calculation.operand(0)
        by = calculation.compute(at, combined, "*", value, share.value) if share.percent else share.value
        return value_text(calculation.compute(at, combined, sign, value, by))
    word = calculation.peek()
    if word.text in TO and calculation.words(word.text):
        return _told_as(calculation, word, value)
    return value_text(value)


def _in_several(calculation: Calculation, value: Quantity) -> str:
    units: list[Parts] = [value.parts]
    at = calculation.peek()
    while calculation.words("and ,"):
        units.append(unit_parts(calculation))
    return " ".join(map(quantity_text, calculation.compute(at, split, value, units)))


def _told_as(calculation: Calculation, at: Token, value: Value) -> str:
    calculation.words("a an")
    if calculation.words(_PERCENT):
        if not calculation.words("of"):
            return _hundredths(calculation, at, value)
        return _percent(calculation, at, value, calculation.expression())
    if calculation.words("fraction"):
        number = calculation.compute(at, plain, value)
        return str(number) if isinstance(number, Fraction) else value_text(number)
    if calculation.words("decimal number"):
        return value_text(value)
    raise calculation.unexpected("a unit")


_FORMS: tuple[Callable[[Calculation], str | None], ...] = (_share, _span, _weekday, _count, _expression)
