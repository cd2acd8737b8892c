from datetime import date
from fractions import Fraction

import pytest

from chatbot.errors import ToolError
from chatbot.tools.calculate import calculate
from chatbot.tools.values import Value, applied, combined, hundredths, negative, plain, value_text

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("mean(20 °C, 30 °C)", "25 °C"),
        ("min(5 km, 3 mi)", "4.828032 km"),
        ("sum(1 h, 30 min)", "1.5 h (1 h 30 min)"),
        ("round(5.678 km, 1)", "5.7 km"),
        ("abs(-5 km)", "5 km"),
        ("sqrt(25 m²)", "5 m"),
        ("cbrt(8 l) in cm", "20 cm"),
        ("5 km // 300 m", "16"),
        ("5 km mod 300 m", "0.2 km"),
        ("min(2026-11-20, 2025-01-01)", "2025-01-01, Wednesday"),
    ],
)
def test_functions_and_operators_take_quantities_and_dates_where_that_makes_sense(expression: str, told: str) -> None:
    assert calculate(expression) == told


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("sin(5 km)", "sin takes a number without a unit, not a length in km"),
        ("sum(1 °C, 2 °C)", "cannot be added"),
        ("max(5 km, 3)", "a number without a unit cannot be told in km"),
        ("max(3, 5 km)", "this takes a number without a unit, not a length in km"),
        ("max(3, 2026-11-20)", "this takes a number, not a date"),
        ("5 km!", "this takes a number without a unit"),
        ("2 mod 3 s", "this takes a number without a unit"),
        ("5 km %", "this takes a number without a unit"),
    ],
)
def test_and_are_refused_where_it_makes_none(expression: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        calculate(expression)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("sign", "left", "right", "said"),
    [
        ("+", DAY, DAY, "two dates can only be subtracted"),
        ("*", DAY, Fraction(2), "moved by + or - and a time"),
        ("-", Fraction(2), DAY, "moved by + or - and a time"),
        ("+", DAY, Fraction(90), "2026-11-20 + 90 days"),
    ],
)
def test_dates_are_moved_and_subtracted_and_nothing_else(sign: str, left: Value, right: Value, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        combined(sign, left, right)
    assert said in str(caught.value)


def test_the_days_between_two_dates_are_their_difference() -> None:
    assert value_text(combined("-", DAY, date(2026, 1, 1))) == "323 days"


def test_numbers_are_numbers() -> None:
    assert combined("+", Fraction(1), Fraction(2)) == applied("max", [Fraction(3), Fraction(1)]) == plain(Fraction(3))
    assert negative(Fraction(3)) == -3
    assert hundredths(Fraction(1, 4)) == "25 %"
    with pytest.raises(ToolError, match="a date has no sign"):
        negative(DAY)
