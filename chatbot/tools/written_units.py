"""Units as they are written: km/h, m², m^2, square metres, fl oz, and 5 ft 3 in as one quantity."""

from __future__ import annotations

import functools
from fractions import Fraction

from chatbot.errors import ToolError
from chatbot.tools.arithmetic import Number, number, perform
from chatbot.tools.quantities import Parts, Quantity, added, measured
from chatbot.tools.reading import Reader, problem
from chatbot.tools.tokens import Token
from chatbot.tools.units import Unit, find_unit
from chatbot.tools.values import Value, plain

_SQUARE = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}


def number_of(text: str) -> Number:
    """The number of a token. Raises ToolError for one that is too large."""
    return perform(functools.partial(number, text))


def unit_at(reader: Reader, ahead: int) -> tuple[Unit, int, int] | None:
    """The unit whose name stands there, its exponent, and how many words that takes."""
    first = reader.peek(ahead)
    power = _SQUARE.get(first.text, 1)
    skipped = 0 if power == 1 else 1
    names: list[Token] = []
    for at in range(3):
        token = reader.peek(ahead + skipped + at)
        if token.kind != "name":
            break
        names.append(token)
    for used in range(len(names), 0, -1):
        try:
            unit = find_unit(" ".join(name.written for name in names[:used]))
        except LookupError as error:
            raise problem(names[0], f"{names[0].written} may be {' or '.join(error.args)}") from None
        if unit is not None:
            return unit, power, used + skipped
    return None


def unit_power(reader: Reader) -> tuple[Unit, int]:
    """A unit with its exponent: m, m², m^2, m2, square metres."""
    found = unit_at(reader, 0)
    if found is None:
        raise reader.unexpected("a unit")
    unit, power, used = found
    reader.position += used
    token = reader.peek()
    if token.kind == "superscript":
        reader.take()
        return unit, power * reader.compute(token, _exponent, token.text)
    if token.text == "**" and (reader.peek(1).kind == "number" or reader.peek(1).text == "-"):
        reader.take()
        sign = "-" if reader.words("-") else ""
        return unit, power * reader.compute(token, _exponent, sign + reader.take().text)
    if token.kind == "number" and not token.spaced and token.text in ("2", "3") and not unit_at(reader, 1):
        return unit, power * int(reader.take().text)
    return unit, power


def unit_parts(reader: Reader) -> Parts:
    """Units as something is to be told in: km/h, kg·m/s²."""
    parts = [unit_power(reader)]
    while reader.peek().text in ("/", "*") and unit_at(reader, 1):
        turn = -1 if reader.take().text == "/" else 1
        unit, exponent = unit_power(reader)
        parts.append((unit, turn * exponent))
    whole = reader.compute(reader.peek(), measured, Fraction(1), *parts)
    return tuple(parts) if len(parts) == 1 or not isinstance(whole, Quantity) else whole.parts


def with_unit(reader: Reader, value: Value) -> Value:
    """A number with its unit, and what is written after it in smaller ones: 5 ft 3 in, 1 hour and 30 minutes."""
    at = reader.peek()
    whole = reader.compute(at, measured, plain(value), unit_power(reader))
    while isinstance(whole, Quantity) and whole.single is not None and not whole.single.offset:
        skipped = 1 if reader.peek().text == "and" else 0
        numeral, unit = reader.peek(skipped), unit_at(reader, skipped + 1)
        if numeral.kind != "number" or unit is None or unit[0].kind != whole.kind or unit[0].factor >= _least(whole):
            break
        reader.position += skipped + 1
        part = reader.compute(numeral, measured, number_of(numeral.text), unit_power(reader))
        whole = reader.compute(numeral, added, whole, part, "+")
    return whole


def _exponent(text: str) -> int:
    if len(text) > 3 or not text.lstrip("-").isdecimal():
        raise ToolError("a unit is raised to small whole numbers only")
    return int(text)


def _least(value: Quantity) -> Fraction:
    unit = value.single
    assert unit is not None  # asked before
    return unit.factor
