"""Numbers with units: added where they measure the same, multiplied with their units, and told in others.

A result keeps the units that it was written in: 10 km / 2 h is 5 km/h, and 10 km/h * 30 min is 5 km. Temperatures in °C
and °F have a zero of their own, so they are converted and not added; money is added within one currency and converted
into none. Raises ToolError for what makes no sense, with what each side measures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from chatbot.errors import ToolError
from chatbot.tools.arithmetic import OPERATORS, Number, perform, power, root, shown
from chatbot.tools.units import KINDS, Kind, Unit, find_unit, is_money, kind_name, kind_of

Parts = tuple[tuple[Unit, int], ...]
"""Units with their exponents: km/h is ((km, 1), (h, -1))."""

MOST_PARTS = 8
MOST_EXPONENT = 24
"""Of a unit, or of what it measures: beyond any quantity of nature."""

_USUAL = {
    "length": "m",
    "mass": "kg",
    "time": "s",
    "data": "B",
    "energy": "J",
    "power": "W",
    "force": "N",
    "volume": "l",
}
"""What a quantity is told in where its own units are a tangle: 10 MB / 2 Mbps is 40 s."""

_MADE_OF = {
    "mph": ("mi", "h"),
    "km/h": ("km", "h"),
    "kn": ("nmi", "h"),
    **{f"{prefix}bps": (f"{prefix}bit", "s") for prefix in ("", "k", "M", "G", "T")},
}
"""Units that are two, so that these cancel: 30 mph * 2 h is 60 mi."""

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_CLOCK = (("day", 86400), ("h", 3600), ("min", 60), ("s", 1))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and what it counts."""

    number: Number
    parts: Parts

    @property
    def kind(self) -> Kind:
        """What is measured."""
        return kind_of(self.parts)

    @property
    def single(self) -> Unit | None:
        """The unit, where it is one to the power of one."""
        return self.parts[0][0] if len(self.parts) == 1 and self.parts[0][1] == 1 else None

    def __neg__(self) -> Quantity:
        """The same with the other sign."""
        return Quantity(-self.number, self.parts)


Measure = Number | Quantity


def measured(number: Number, *parts: tuple[Unit, int]) -> Measure:
    """The number with these units, each unit once; the number itself where they cancel."""
    number, merged = _merged(number, parts if len(parts) == 1 else [each for part in parts for each in _made_of(*part)])
    if not merged:
        return number
    kind = kind_of(merged)
    if not kind:  # rpm * min
        return _times(number, _factor(merged))
    most = max(sum(abs(exponent) for _, exponent in merged), *(abs(exponent) for _, exponent in kind))
    if len(merged) > MOST_PARTS or most > MOST_EXPONENT:
        raise ToolError("this has too many units multiplied")
    quantity = Quantity(number, merged)
    if sum(abs(exponent) for _, exponent in merged) > sum(abs(exponent) for _, exponent in kind):
        usual = next((symbol for name, symbol in _USUAL.items() if KINDS[name] == kind), None)
        return converted(quantity, one(usual)) if usual else quantity
    return quantity


def added(left: Measure, right: Measure, sign: str) -> Measure:
    """Sum or difference, in the units of the left one."""
    if not isinstance(left, Quantity) and not isinstance(right, Quantity):
        return perform(OPERATORS[sign], left, right)
    if not isinstance(left, Quantity) or not isinstance(right, Quantity):
        with_unit = " and ".join(said(side) for side in (left, right) if isinstance(side, Quantity))
        raise ToolError(f"one side has no unit, and the other is {with_unit}")
    if any(unit.offset for unit, _ in (*left.parts, *right.parts)):
        raise ToolError("temperatures in °C or °F cannot be added", hint="write differences without the unit, or use K")
    same = converted(right, left.parts)
    return Quantity(perform(OPERATORS[sign], left.number, same.number), left.parts)


def multiplied(left: Measure, right: Measure, sign: str = "*") -> Measure:
    """Product or quotient, with its units."""
    turn = -1 if sign == "/" else 1
    parts = [*_parts(left), *((unit, turn * exponent) for unit, exponent in _parts(right))]
    if any(unit.offset for unit, _ in parts):
        raise ToolError("temperatures in °C or °F cannot be multiplied", hint="convert them to K first")
    return measured(perform(OPERATORS[sign], _number(left), _number(right)), *parts)


def raised(base: Measure, exponent: Measure) -> Measure:
    """Power; of a quantity to whole exponents only."""
    if isinstance(exponent, Quantity):
        raise ToolError(f"an exponent has no unit, and this is {said(exponent)}")
    if not isinstance(base, Quantity):
        return perform(power, base, exponent)
    if isinstance(exponent, float) or exponent.denominator != 1 or abs(exponent) > MOST_EXPONENT:
        raise ToolError("a quantity can be raised to small whole numbers only; for roots there are sqrt and cbrt")
    if base.single is not None and base.single.offset:
        raise ToolError("temperatures in °C or °F cannot be multiplied", hint="convert them to K first")
    parts = [(unit, each * exponent.numerator) for unit, each in base.parts]
    return measured(perform(power, base.number, exponent), *parts)


def rooted(value: Quantity, degree: int) -> Measure:
    """The root of a quantity whose exponents can be divided, such as an area."""
    if any(exponent % degree for _, exponent in value.parts):
        if any(exponent % degree for _, exponent in value.kind):
            raise ToolError(f"{said(value)} has no root of this kind")
        value = converted(value, tuple((_plain_unit(name), exponent) for name, exponent in value.kind))
    parts = [(unit, exponent // degree) for unit, exponent in value.parts]
    return measured(perform(root, value.number, Fraction(degree)), *parts)


def one(symbol: str) -> Parts:
    """The unit of our own table, as something is told in it."""
    unit = find_unit(symbol)
    assert unit is not None
    return ((unit, 1),)


def converted(value: Measure, parts: Parts) -> Quantity:
    """The same quantity in other units. Raises ToolError where these measure something else."""
    kind = kind_of(parts)
    if not isinstance(value, Quantity):
        raise ToolError(f"a number without a unit cannot be told in {unit_text(parts)}", hint="write its unit after it")
    if value.kind != kind:
        raise _incomparable(value, parts)
    number = value.number
    if value.single is not None and len(parts) == 1 and (value.single.offset or parts[0][0].offset):
        kelvin = _plus(_times(number, value.single.factor), value.single.offset)
        return Quantity(_times(_plus(kelvin, -parts[0][0].offset), 1 / parts[0][0].factor), parts)
    return Quantity(_times(number, _factor(value.parts) / _factor(parts)), parts)


def split(value: Measure, units: Sequence[Parts]) -> list[Quantity]:
    """The quantity as a sum in several units, whole numbers but for the last: 5 ft and 11 in."""
    found: list[Quantity] = []
    for parts in units[:-1]:
        each = converted(value, parts)
        whole = perform(lambda number: Fraction(math.trunc(number)), each.number)
        found.append(Quantity(whole, parts))
        value = added(each, found[-1], "-")
    return [*found, converted(value, units[-1])]


def quantity_text(value: Quantity) -> str:
    """As a person writes it, and a time that is not whole in days, hours, minutes and seconds as well."""
    number = shown(value.number)
    exact, _, approximate = number.partition(" ≈ ")
    if approximate:  # a fraction, and a unit after it, would be taken for something else
        number = f"≈ {approximate}" if "/" in exact else number
    unit = value.single
    text = unit.plural if unit is not None and unit.plural and number != "1" else unit_text(value.parts)
    clock = f" ({_clock(value)})" if unit is not None and unit.kind == KINDS["time"] and "." in number else ""
    return f"{number} {text}{clock}"


def unit_text(parts: Parts) -> str:
    """km/h, m², kg·m/s²."""
    above = "·".join(unit.symbol + _superscript(exponent) for unit, exponent in parts if exponent > 0)
    below = [unit.symbol + _superscript(-exponent) for unit, exponent in parts if exponent < 0]
    if not above:
        return "·".join(unit.symbol + _superscript(exponent) for unit, exponent in parts)
    return "/".join([above, *below])


def said(value: Quantity) -> str:
    """What it measures, in words, with its unit: a length in km."""
    name = kind_name(value.kind)
    return f"{name} in {unit_text(value.parts)}" if name else f"in {unit_text(value.parts)}"


def _superscript(exponent: int) -> str:
    return "" if exponent == 1 else str(exponent).translate(_SUPERSCRIPTS)


def _clock(value: Quantity) -> str:
    seconds = converted(value, one("s")).number
    if isinstance(seconds, float) or seconds.denominator != 1:
        return ""
    rest, pieces = abs(seconds.numerator), []
    for symbol, length in _CLOCK:
        count, rest = divmod(rest, length)
        if count:
            pieces.append(f"{count} {symbol if symbol != 'day' else 'day' + 's' * (count != 1)}")
    return ("-" if seconds < 0 else "") + " ".join(pieces)


def _incomparable(value: Quantity, parts: Parts) -> ToolError:
    wanted = Quantity(Fraction(1), parts)
    if is_money(value.kind) and is_money(wanted.kind):
        why = "exchange rates change, and none is known here"
        hint = "look the rate up and multiply by it"
        return ToolError(f"{unit_text(value.parts)} cannot be told in {unit_text(parts)}: {why}", hint=hint)
    return ToolError(f"{said(value)} cannot be told in {unit_text(parts)}: that is {said(wanted)}")


def _merged(number: Number, parts: Sequence[tuple[Unit, int]]) -> tuple[Number, Parts]:
    """Units of one kind as one unit, the first of them."""
    merged: list[tuple[Unit, int]] = []
    for unit, exponent in parts:
        at = next((at for at, (other, _) in enumerate(merged) if other.kind == unit.kind), None)
        if at is None:
            merged.append((unit, exponent))
            continue
        first, before = merged[at]
        if first != unit:
            number = _times(number, _power_of(unit.factor / first.factor, exponent))
        merged[at] = (first, before + exponent)
    return number, tuple((unit, exponent) for unit, exponent in merged if exponent)


def _made_of(unit: Unit, exponent: int) -> Parts:
    if unit.symbol not in _MADE_OF:
        return ((unit, exponent),)
    above, below = _MADE_OF[unit.symbol]
    return ((one(above)[0][0], exponent), (one(below)[0][0], -exponent))


def _factor(parts: Parts) -> Fraction:
    whole = Fraction(1)
    for unit, exponent in parts:
        whole *= _power_of(unit.factor, exponent)
    return whole


def _power_of(factor: Fraction, exponent: int) -> Fraction:
    if abs(exponent) > MOST_EXPONENT:
        raise ToolError("this has too many units multiplied")
    return factor**exponent


def _parts(value: Measure) -> Parts:
    return value.parts if isinstance(value, Quantity) else ()


def _number(value: Measure) -> Number:
    return value.number if isinstance(value, Quantity) else value


def _times(left: Number, right: Number) -> Number:
    return perform(OPERATORS["*"], left, right)


def _plus(left: Number, right: Number) -> Number:
    return perform(OPERATORS["+"], left, right)


def _plain_unit(name: str) -> Unit:
    symbol = {"length": "m", "mass": "g", "time": "s", "temperature": "K", "data": "B"}.get(name, name)
    return one(symbol)[0][0]
