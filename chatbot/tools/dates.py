"""Days of the calendar: read as people write them, moved by days, weeks, months and years, and counted between.

The calendar is the Gregorian one, from 1583 on. A month later is the same day of the next month, or its last where it
is shorter, as civil law and spreadsheets have it. Weekdays are Monday to Friday; no holiday is known.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from fractions import Fraction

from chatbot.errors import ToolError
from chatbot.tools.quantities import Quantity, converted, one, said
from chatbot.tools.units import KINDS, Unit

FIRST_YEAR = 1583
"""The first whole year of the Gregorian calendar."""

MONTHS = {name.lower(): at for at, name in enumerate(calendar.month_name) if at} | {
    name.lower(): at for at, name in enumerate(calendar.month_abbr) if at
}
MONTHS["sept"] = 9

_MONTHS_OF = {"month": 1, "year": 12, "decade": 120, "century": 1200}


def day(year: int, month: int, number: int) -> date:
    """The date. Raises ToolError where there is none."""
    if year < FIRST_YEAR:
        raise ToolError(f"dates before {FIRST_YEAR} are not known here")
    try:
        return date(year, month, number)
    except (ValueError, OverflowError) as error:
        raise ToolError(f"there is no such date: {error}") from None


def moved(start: date, by: Quantity, sign: int = 1) -> date:
    """The date so much later, or with the sign -1 so much earlier. Raises ToolError for what is no number of days."""
    number = by.number
    if by.kind not in (KINDS["time"], KINDS["workdays"]):
        raise ToolError(f"a date can be moved by a time, and this is {said(by)}")
    unit = by.single
    assert unit is not None  # a time to the power of one has one unit: others would have been merged
    try:
        if by.kind == KINDS["workdays"]:
            return _by_workdays(start, sign * _whole(number, unit))
        if unit.symbol in _MONTHS_OF:
            return _by_months(start, sign * _whole(number * _MONTHS_OF[unit.symbol], unit))
        return start + timedelta(days=sign * _whole(number * (unit.factor / 86400), unit))
    except (OverflowError, ValueError):
        raise ToolError(f"dates go from {FIRST_YEAR} to 9999") from None


def days_between(start: date, end: date, unit: str = "day") -> Quantity:
    """The time from one date to the other, in this unit."""
    return converted(Quantity(Fraction((end - start).days), one("day")), one(unit))


def workdays_between(start: date, end: date) -> int:
    """Days from Monday to Friday, the first and the last included."""
    if end < start:
        return -workdays_between(end, start)
    weeks, rest = divmod((end - start).days + 1, 7)
    return weeks * 5 + sum((start + timedelta(days=at)).weekday() < 5 for at in range(rest))


def calendar_text(start: date, end: date, *, years: bool) -> str:
    """The time between as people tell an age: 2 years, 3 months and 4 days."""
    if end < start:
        return f"-({calendar_text(end, start, years=years)})"
    months = (end.year - start.year) * 12 + end.month - start.month
    if _by_months(start, months) > end:
        months -= 1
    left = (end - _by_months(start, months)).days
    counts = [(months // 12, "year"), (months % 12, "month")] if years else [(months, "month")]
    parts = [f"{count} {word}{'s' * (count != 1)}" for count, word in (*counts, (left, "day")) if count]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts) or "0 days"


def date_text(value: date) -> str:
    """The date with its weekday."""
    return f"{value.isoformat()}, {calendar.day_name[value.weekday()]}"


def _by_months(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _by_workdays(start: date, count: int) -> date:
    if abs(count) > 3_000_000:
        raise OverflowError
    step = 1 if count >= 0 else -1
    weeks, rest = divmod(abs(count), 5)
    found = start
    while (
        count and found.weekday() > 4
    ):  # from a weekend: as from the Friday before, or backwards from the Monday after
        found -= timedelta(days=step)
    found += timedelta(days=step * weeks * 7)
    while rest:
        found += timedelta(days=step)
        rest -= found.weekday() < 5
    return found


def _whole(number: Fraction | float, unit: Unit) -> int:
    if isinstance(number, float) or number.denominator != 1:
        what = "months" if unit.symbol in _MONTHS_OF else "days"
        raise ToolError(f"a date is moved by whole {what}", hint="move it by months first and by days after that")
    return number.numerator
