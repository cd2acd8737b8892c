from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ToolError
from chatbot.tools.dates import calendar_text, date_text, day, days_between, moved, workdays_between
from chatbot.tools.quantities import Quantity
from chatbot.tools.units import find_unit

DATES = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def span(number: int | Fraction, unit: str) -> Quantity:
    found = find_unit(unit)
    assert found is not None
    return Quantity(Fraction(number), ((found, 1),))


@given(DATES, DATES)
def test_a_date_moved_by_the_days_between_is_the_other(start: date, end: date) -> None:
    between = days_between(start, end)

    assert moved(start, between) == end and moved(end, between, -1) == start


@pytest.mark.parametrize(
    ("start", "by", "end"),
    [
        ("2026-01-31", (1, "month"), "2026-02-28"),
        ("2024-01-31", (1, "month"), "2024-02-29"),
        ("2024-02-29", (1, "year"), "2025-02-28"),
        ("2026-12-15", (-1, "year"), "2025-12-15"),
        ("2026-01-15", (-1, "month"), "2025-12-15"),
        ("2026-01-01", (2, "week"), "2026-01-15"),
        ("2026-01-01", (48, "h"), "2026-01-03"),
        ("2000-01-01", (1, "century"), "2100-01-01"),
        ("2026-11-20", (10, "workday"), "2026-12-04"),
        ("2026-11-20", (1, "workday"), "2026-11-23"),
        ("2026-11-21", (1, "workday"), "2026-11-23"),
        ("2026-11-22", (5, "workday"), "2026-11-27"),
        ("2026-11-23", (-1, "workday"), "2026-11-20"),
        ("2026-11-21", (-1, "workday"), "2026-11-20"),
    ],
)
def test_dates_are_moved_as_calendars_and_spreadsheets_do(start: str, by: tuple[int, str], end: str) -> None:
    assert moved(date.fromisoformat(start), span(*by)).isoformat() == end


@given(DATES, st.integers(-400, 400))
def test_weekdays_are_moved_one_by_one(start: date, count: int) -> None:
    slow, step = start, 1 if count > 0 else -1
    left = abs(count)
    while left:
        slow += timedelta(days=step)
        left -= slow.weekday() < 5

    assert moved(start, span(count, "workday")) == slow


@given(DATES, st.integers(0, 900))
def test_weekdays_between_are_counted_one_by_one(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    slow = sum((start + timedelta(days=at)).weekday() < 5 for at in range(days + 1))

    assert workdays_between(start, end) == slow
    assert workdays_between(end, start) == -slow or days == 0


@given(DATES, DATES)
def test_an_age_added_to_its_beginning_is_its_end(start: date, end: date) -> None:
    start, end = min(start, end), max(start, end)
    found = start
    for part in calendar_text(start, end, years=True).replace(" and", ",").split(", "):
        number, unit = part.split()
        found = moved(found, span(int(number), unit))

    # a day that the month in between lacks, such as the 31st, may come out up to three days early
    assert 0 <= (end - found).days <= 3 or (start.day <= 28 and found == end)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("1990-05-17", "2026-11-21", "36 years, 6 months and 4 days"),
        ("2026-01-01", "2026-01-01", "0 days"),
        ("2026-01-01", "2027-01-01", "1 year"),
        ("2026-11-21", "2026-11-20", "-(1 day)"),
    ],
)
def test_an_age_is_told_in_years_months_and_days(start: str, end: str, said: str) -> None:
    assert calendar_text(date.fromisoformat(start), date.fromisoformat(end), years=True) == said


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ((Fraction(1, 2), "day"), "whole days"),
        ((Fraction(1, 2), "month"), "whole months"),
        ((10**9, "day"), "dates go from 1583 to 9999"),
        ((10**9, "year"), "dates go from 1583 to 9999"),
        ((10**9, "workday"), "dates go from 1583 to 9999"),
        ((1, "km"), "a date can be moved by a time, and this is a length in km"),
    ],
)
def test_what_leads_to_no_date_is_refused(by: tuple[int | Fraction, str], said: str) -> None:
    with pytest.raises(ToolError, match=said):
        moved(date(2026, 11, 20), span(*by))


@pytest.mark.parametrize(
    ("parts", "said"), [((2026, 2, 30), "no such date"), ((1500, 1, 1), "before 1583"), ((9**20, 1, 1), "no")]
)
def test_a_date_that_is_none_is_refused(parts: tuple[int, int, int], said: str) -> None:
    with pytest.raises(ToolError, match=said):
        day(*parts)


def test_a_date_is_told_with_its_weekday() -> None:
    assert date_text(day(2026, 11, 20)) == "2026-11-20, Friday"
