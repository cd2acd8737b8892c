from fractions import Fraction

import pytest

from chatbot.tools.units import KINDS, find_unit, kind_name, kind_of, unit_names


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("km", "km"),
        ("KM", "km"),
        ("Kilometers", "km"),
        ("metre", "m"),
        ("inches", "in"),
        ("feet", "ft"),
        ("lbs", "lb"),
        ("us", "µs"),
        ("μs", "µs"),
        ("hours", "h"),
        ("days", "day"),
        ("degrees celsius", "°C"),
        ("F", "°F"),
        ("kWh", "kWh"),
        ("kcal", "kcal"),
        ("MB", "MB"),
        ("Mb", "Mb"),
        ("gigabytes", "GB"),
        ("megabits", "Mbit"),
        ("KB", "KB"),
        ("fl oz", "fl oz"),
        ("business days", "workday"),
        ("$", "USD"),
        ("euros", "EUR"),
        ("centuries", "century"),
    ],
)
def test_a_unit_goes_by_its_symbol_and_its_names(name: str, symbol: str) -> None:
    unit = find_unit(name)

    assert unit is not None and unit.symbol == symbol


@pytest.mark.parametrize(("name", "either"), [("mb", ("MB", "Mb")), ("mW", ()), ("MW", ()), ("mpa", ("MPa",))])
def test_where_only_capitals_tell_units_apart_they_must_be_right(name: str, either: tuple[str, ...]) -> None:
    if len(either) < 2:
        assert find_unit(name) is not None
        return
    with pytest.raises(LookupError) as caught:
        find_unit(name)
    assert caught.value.args == either


def test_what_is_no_unit_is_none() -> None:
    assert find_unit("foo") is find_unit("") is find_unit("square") is find_unit("M") is find_unit("j") is None


@pytest.mark.parametrize(
    ("name", "factor"),
    [  # NIST SP 811, appendix B, in metres, grams, seconds and bytes
        ("mi", "1609.344"),
        ("lb", "453.59237"),
        ("oz", "28.349523125"),
        ("gal", "0.003785411784"),
        ("cup", "0.0002365882365"),
        ("acre", "4046.8564224"),
        ("kWh", "3600000000"),
        ("psi", "6894757.293168361"),
        ("year", "31556952"),
        ("GiB", "1073741824"),
        ("Mbps", "125000"),
        ("kn", "1852/3600"),
    ],
)
def test_factors_are_those_of_the_definitions(name: str, factor: str) -> None:
    unit = find_unit(name)
    top, _, bottom = factor.partition("/")

    assert unit is not None and unit.factor == Fraction(top) / Fraction(bottom or 1)


def test_parts_of_the_same_thing_agree() -> None:
    def factor(name: str) -> Fraction:
        unit = find_unit(name)
        assert unit is not None
        return unit.factor

    assert factor("gal") == 4 * factor("qt") == 8 * factor("pt") == 16 * factor("cup") == 128 * factor("fl oz")
    assert factor("cup") == 16 * factor("tbsp") == 48 * factor("tsp")
    assert factor("mi") == 1760 * factor("yd") == 5280 * factor("ft") == 63360 * factor("in")
    assert (
        factor("ton") == 2000 * factor("lb") and factor("st") == 14 * factor("lb") and factor("lb") == 16 * factor("oz")
    )
    assert factor("lb") == 7000 * factor("gr")
    assert factor("year") == 12 * factor("month") and factor("century") == 10 * factor("decade") == 100 * factor("year")
    assert factor("imperial gallon") == 8 * factor("imperial pint")
    assert factor("atm") == 760 * factor("torr")


def test_every_name_is_a_unit_that_measures_something_with_a_name() -> None:
    for name in unit_names():
        unit = find_unit(name)
        assert unit is not None and unit.factor > 0 and kind_name(unit.kind), name


def test_kinds_are_multiplied() -> None:
    metre, second = find_unit("m"), find_unit("s")
    assert metre is not None and second is not None

    assert kind_of([(metre, 1), (second, -1)]) == KINDS["speed"]
    assert kind_of([(metre, 1), (metre, -1)]) == ()
    assert kind_name(KINDS["energy"]) == "an energy" and kind_name(KINDS["data"]) == "data"
