from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ToolError
from chatbot.tools.quantities import (
    Quantity,
    added,
    converted,
    measured,
    multiplied,
    quantity_text,
    raised,
    rooted,
    split,
)
from chatbot.tools.units import KINDS, Unit, find_unit, unit_names

SIMPLE = sorted({unit.symbol for name in unit_names() if (unit := find_unit(name)) and unit.kind == KINDS["length"]})


def unit(name: str) -> Unit:
    found = find_unit(name)
    assert found is not None
    return found


def of(number: float | Fraction, *units: str) -> Quantity:
    value = measured(Fraction(number), *((unit(name.lstrip("/")), -1 if name[0] == "/" else 1) for name in units))
    assert isinstance(value, Quantity)
    return value


@given(st.fractions(max_denominator=1000), st.sampled_from(SIMPLE), st.sampled_from(SIMPLE))
def test_there_and_back_is_the_same_number(number: Fraction, here: str, there: str) -> None:
    value = of(number, here)

    assert converted(converted(value, of(1, there).parts), value.parts) == value


@given(st.fractions(max_denominator=1000), st.fractions(max_denominator=1000), st.sampled_from(SIMPLE))
def test_sums_are_told_in_the_units_of_the_left(left: Fraction, right: Fraction, other: str) -> None:
    total = added(of(left, "m"), of(right, other), "+")

    assert isinstance(total, Quantity) and total.single == unit("m")
    assert total.number == left + right * unit(other).factor


@pytest.mark.parametrize(
    ("value", "target", "told"),
    [
        (of(0, "°C"), "K", "273.15 K"),
        (of(-40, "°C"), "°F", "-40 °F"),
        (of(212, "°F"), "°C", "100 °C"),
        (of(1, "kWh"), "MJ", "3.6 MJ"),
        (of(1, "mi"), "km", "1.609344 km"),
        (of(100, "km"), "mi", "≈ 62.1371192237334 mi"),
        (of(1, "day"), "h", "24 h"),
        (of(90, "min"), "h", "1.5 h (1 h 30 min)"),
        (of(1, "year"), "day", "365.2425 days (365 days 5 h 49 min 12 s)"),
        (of(-90, "min"), "h", "-1.5 h (-1 h 30 min)"),
        (of(86400, "s"), "day", "1 day"),
    ],
)
def test_quantities_are_told_in_other_units(value: Quantity, target: str, told: str) -> None:
    assert quantity_text(converted(value, ((unit(target), 1),))) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (multiplied(of(10, "km"), of(2, "h"), "/"), "5 km/h"),
        (multiplied(of(30, "mph"), of(2, "h")), "60 mi"),
        (multiplied(of(10, "MB"), of(2, "Mbps"), "/"), "40 s"),
        (multiplied(of(60, "W"), of(3, "h")), "180 W·h"),
        (multiplied(of(3, "m"), of(400, "cm")), "12 m²"),
        (multiplied(of(5, "N"), of(2, "J"), "/"), "2.5 N/J"),
        (raised(of(3, "m"), Fraction(2)), "9 m²"),
        (raised(of(2, "s"), Fraction(-1)), "0.5 s⁻¹"),
        (rooted(of(25, "m", "m"), 2), "5 m"),
        (rooted(of(1, "ha"), 2), "100 m"),
    ],
)
def test_units_are_multiplied_with_the_numbers(value: object, told: str) -> None:
    assert isinstance(value, Quantity)
    assert quantity_text(value) == told


def test_units_that_cancel_leave_a_number() -> None:
    assert multiplied(of(5, "km"), of(500, "m"), "/") == 10
    assert multiplied(of(100, "rpm"), of(2, "min")) == 200


def test_a_quantity_is_split_into_whole_larger_units() -> None:
    parts = [((unit(name), 1),) for name in ("ft", "in")]

    assert [quantity_text(each) for each in split(of(71, "in"), parts)] == ["5 ft", "11 in"]
    assert [quantity_text(each) for each in split(of(-71, "in"), parts)] == ["-5 ft", "-11 in"]


def test_what_makes_no_sense_is_refused_with_what_each_side_measures() -> None:
    with pytest.raises(ToolError, match="a mass in kg cannot be told in m: that is a length in m"):
        added(of(5, "m"), of(3, "kg"), "+")
    with pytest.raises(ToolError, match="one side has no unit, and the other is a mass in kg"):
        added(of(5, "kg"), Fraction(3), "+")
    with pytest.raises(ToolError, match="temperatures in °C or °F cannot be added"):
        added(of(5, "°C"), of(3, "°C"), "+")
    with pytest.raises(ToolError, match="temperatures in °C or °F cannot be multiplied"):
        multiplied(of(5, "°C"), Fraction(2))
    with pytest.raises(ToolError, match="USD cannot be told in EUR: exchange rates change"):
        added(of(5, "EUR"), of(3, "USD"), "+")
    with pytest.raises(ToolError, match="an exponent has no unit"):
        raised(Fraction(2), of(3, "m"))
    with pytest.raises(ToolError, match="small whole numbers"):
        raised(of(3, "m"), Fraction(1, 2))
    with pytest.raises(ToolError, match="has no root of this kind"):
        rooted(of(3, "m"), 2)
    with pytest.raises(ToolError, match="too many units"):
        raised(raised(of(3, "m"), Fraction(20)), Fraction(20))  # type: ignore[arg-type]


def test_money_stays_in_its_currency() -> None:
    assert quantity_text(added(of(50, "$"), of(20, "USD"), "-")) == "30 USD"  # type: ignore[arg-type]
    assert multiplied(of(50, "€"), of(20, "€"), "/") == Fraction(5, 2)
