"""The language of the calculator beyond plain numbers: units, dates, and what either may be taken for."""

from __future__ import annotations

import pytest

from chatbot.errors import ToolError
from chatbot.tools.calculate import calculate


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("5km", "5 km"),
        ("10 km / 2 h", "5 km/h"),
        ("60 miles per hour in km/h", "96.56064 km/h"),
        ("(3 + 4) m", "7 m"),
        ("2 m * 3", "6 m"),
        ("5 m^2", "5 m²"),
        ("(5 m)^2", "25 m²"),
        ("5 m² in sq ft", "≈ 53.8195520835486 ft²"),
        ("10 square feet in m2", "0.9290304 m²"),
        ("3 cubic meters in liters", "3000 l"),
        ("9.81 m/s^2 * 80 kg in N", "784.8 N"),
        ("5 ft 3 in", "5.25 ft"),
        ("5 feet 3 inches in cm", "160.02 cm"),
        ("1 hour and 30 minutes in min", "90 min"),
        ("-5 ft 6 in", "-5.5 ft"),
        ("3 lb 4 oz in kg", "1.4741752025 kg"),
        ("12 in", "12 in"),
        ("12 in in cm", "30.48 cm"),
        ("12 in to cm", "30.48 cm"),
        ("1 m in in", "≈ 39.3700787401575 in"),
        ("(1 m in ft) * 2", "≈ 6.56167979002625 ft"),
        ("1/2 mile in m", "804.672 m"),
        ("3/4 cup in ml", "177.441177375 ml"),
        ("min(3 min, 200 s)", "3 min"),
        ("5 min", "5 min"),
        ("10 km + 10%", "11 km"),
        ("20% of 50 kg", "10 kg"),
        ("$50 + 20%", "60 USD"),
        ("$1.5 million / 12", "125000 USD"),
        ("20 € * 3", "60 EUR"),
        ("USD 20 * 3", "60 USD"),
        ("3 thousand * 2", "6000"),
        ("8 L / 100 km * 250 km", "20 L"),
        ("1 GiB in MB", "1073.741824 MB"),
        ("17:40 - 9:15 in min", "505 min"),
        ("5 squared + 2 cubed", "33"),
        ("sin(30 degrees)", "≈ 0.5"),
        ("math.sqrt(16) * math.pi", "≈ 12.5663706143592"),
        ("median(3, 1, 2, 10) + average(1, 2, 3)", "4.5"),
        ("pow(2, 10)", "1024"),
        ("median(1 km, 2 km, 900 m)", "1 km"),
        ("9 meters squared", "9 m²"),
        ("2 to the power of 10", "1024"),
        ("square root of 144 + cube root of 27", "15"),
        ("7 times 8 divided by 4 minus 4", "10"),
        ("7 multiplied by 8 plus 1", "57"),
        ("20 November 2026 - Nov 1, 2026", "19 days"),
        ("1st January 2026 + 1 year", "2027-01-01, Friday"),
        ("2026-11-20 + 10 business days", "2026-12-04, Friday"),
        ("2026-01-31 + 1 month + 3 days", "2026-03-03, Tuesday"),
        ("2026-11-20-1", None),
        ("2000-10-10", "2000-10-10, Tuesday"),
        ("2000 - 10 - 10", "1980"),
        ("1400-10-10", "1380"),
    ],
)
def test_units_and_dates_are_read_as_people_write_them(expression: str, told: str | None) -> None:
    if told is None:
        with pytest.raises(ToolError, match="write the unit"):
            calculate(expression)
    else:
        assert calculate(expression) == told


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("5 foo", "column 3: expected an operator, not 'foo' (did you mean 'foot'?)"),
        ("5 km to foo", "column 9: expected a unit, not 'foo' (did you mean 'foot'?)"),
        ("5 mb", "column 3: mb may be MB or Mb"),
        ("5 km + 3", "column 6: one side has no unit, and the other is a length in km"),
        ("5 m s", "column 5: expected an operator, not 's'"),
        ("2026-02-30", "column 1: there is no such date: day is out of range for month"),
        ("Nov 20", "a date needs a day and a year"),
        ("5 after 2026-11-20", "column 3: a date is moved by a time"),
        ("5 days after 3", "column 8: what comes after must be a date"),
        ("5 off 20", "only a percentage can be off something"),
        ("5 m^x", "column 5: expected a number"),
        ("5 m^99", "column 3: this has too many units multiplied"),
        ("kilometr + 1", "there is no 'kilometr' (did you mean 'kilomet"),
    ],
)
def test_what_is_wrong_with_a_unit_or_a_date_is_said_with_its_column(expression: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        calculate(expression)
    assert said in str(caught.value)
