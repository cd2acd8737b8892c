"""Calculations asked in words: percentages, days and weekdays, units to tell something in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chatbot.errors import ToolError
from chatbot.tools.questions import answered


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("20% of 50", "10"),
        ("20 percent of 50", "10"),
        ("50 + 20%", "60"),
        ("50 plus 20 percent", "60"),
        ("20% off 50", "40"),
        ("50 increased by 20%", "60"),
        ("50 decreased by 10%", "45"),
        ("what percent is 5 of 20", "25 %"),
        ("What percent of 20 is 5?", "25 %"),
        ("what percentage of 2 + 18 is 4 + 1?", "25 %"),
        ("what % of 3 km is 300 m", "10 %"),
        ("5 is what percent of 20?", "25 %"),
        ("5 as a percentage of 20", "25 %"),
        ("percent change from 80 to 100", "25 %"),
        ("percentage decrease from 100 to 80", "-20 %"),
        ("percent increase from 3 to 4", "100/3 ≈ 33.3333333333333 %"),
        ("0.25 as percent", "25 %"),
        ("0.125 as a fraction", "1/8"),
        ("(3/4) in percent", "75 %"),
    ],
)
def test_percent_is_asked_in_many_ways(question: str, answer: str) -> None:
    assert answered(question) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("days between 2026-01-01 and 2026-11-20", "323 days"),
        ("How many days are there between 20 November 2026 and December 25, 2026?", "35 days"),
        ("how many days from 2026-11-20 to 2026-11-21", "1 day"),
        ("days between 2026-11-20 and 2026-01-01", "-323 days"),
        ("weeks between 2026-11-20 and 2026-12-25", "5 weeks"),
        ("months between 2026-01-31 and 2026-11-20", "9 months and 20 days"),
        ("years between 1984-02-29 and 2026-11-20", "42 years, 8 months and 22 days"),
        ("weekday of 2026-11-20", "2026-11-20, Friday"),
        ("what day of the week is 2026-11-20?", "2026-11-20, Friday"),
        ("What day was 20th July 1969?", "1969-07-20, Sunday"),
        ("what is the day of the week for Feb 29, 2024", "2024-02-29, Thursday"),
        ("2026-11-20 + 90 days", "2027-02-18, Thursday"),
        ("90 days after 2026-11-20", "2027-02-18, Thursday"),
        ("3 weeks before 2026-12-25", "2026-12-04, Friday"),
        ("2026-12-25 - 2026-11-20", "35 days"),
        ("max(2026-01-01, 2026-11-20)", "2026-11-20, Friday"),
    ],
)
def test_days_are_counted_named_and_moved(question: str, answer: str) -> None:
    assert answered(question) == answer


def test_weekdays_are_counted_with_what_that_leaves_out() -> None:
    assert answered("business days between 2026-11-20 and 2026-12-01") == (
        "8 days from Monday to Friday, the first and the last included; no holidays are left out"
    )


def test_today_is_the_users() -> None:
    today = datetime.now(UTC).astimezone().date()

    assert answered("today").startswith(today.isoformat()) or answered("today") > today.isoformat()
    assert answered("days since 2026-01-01") in {f"{(today - date(2026, 1, 1)).days + late} days" for late in (0, 1)}
    assert answered("3 days ago")[:10] in {str(today - timedelta(days=each)) for each in (2, 3)}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("5 miles in km", "8.04672 km"),
        ("convert 5 miles to km", "8.04672 km"),
        ("How many km in 5 miles?", "8.04672 km"),
        ("how many seconds are there in a day", "86400 s"),
        ("180 cm in feet and inches", "5 ft ≈ 10.8661417322835 in"),
        ("10000 s in h and min and s", "2 h 46 min 40 s"),
        ("72 °F → °C", "≈ 22.2222222222222 °C"),
        ("What's 17:40 - 9:15?", "≈ 8.41666666666667 h (8 h 25 min)"),
        ("please calculate 2 + 2 =", "4"),
        ("how much is 3 dozen * 4", "144"),
    ],
)
def test_what_leads_in_is_passed_over_and_units_are_told_in_others(question: str, answer: str) -> None:
    assert answered(question) == answer


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("what is", "column 1: expected a calculation after 'what is'"),
        ("what percent is 5", "column 18: expected 'of', but the expression ends"),
        ("percent change from 0 to 5", "column 23: this divides by zero"),
        ("what percent of 5 kg is 3 m", "column 22: this takes a number without a unit"),
        ("days between 1/2/2026 and 3/4/2026", "column 14: this is no date (write dates as 2026-11-20"),
        ("days between 2026-01-01", "expected 'and'"),
        ("how many feet in 5 kg", "a mass in kg cannot be told in ft: that is a length in ft"),
        ("50 USD in EUR", "exchange rates change"),
        ("5 miles in lightyears", "did you mean 'light years'?"),
        ("weekday of 5", "this is no date"),
        ("5 km in m in", "expected"),
    ],
)
def test_what_cannot_be_answered_is_said_with_its_column(question: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        answered(question)
    assert said in str(caught.value)
