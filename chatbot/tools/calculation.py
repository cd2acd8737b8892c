"""A precedence-climbing parser that computes as it reads. There is no `eval` in it.

    loosest   after, from, before (a time and a date)
              + -
              * / // % mod of off
              - (sign)
    tightest  ** ^ ² (right to left), then ! % ° and units

A unit belongs to the number before it, so 10 km / 2 h is 5 km/h. Nesting is bounded here, the length of the text and
the digits of numbers elsewhere, and time with them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction

from chatbot.errors import nearest
from chatbot.tools.arithmetic import CONSTANTS, FUNCTIONS, factorial, perform
from chatbot.tools.dates import MONTHS, day
from chatbot.tools.quantities import Parts, Quantity, converted, measured, one
from chatbot.tools.reading import Reader, close, problem
from chatbot.tools.tokens import Token
from chatbot.tools.units import is_money, kind_of, unit_names
from chatbot.tools.values import Value, applied, combined, negative, plain
from chatbot.tools.written_dates import day_first, month_first
from chatbot.tools.written_units import number_of, unit_at, unit_parts, unit_power, with_unit

MAX_DEPTH = 100
"""Parentheses, signs and powers within each other; Python's own stack ends at about a thousand calls."""

TO = {"in", "to", "as", "into"}
"""Words before the unit that something is to be told in; `in` is an inch, too."""

_JOIN, _SUM, _PRODUCT, _SIGN, _POWER = 5, 10, 20, 30, 40
_BINDING = {
    **dict.fromkeys(("after", "from", "before"), _JOIN),
    **dict.fromkeys(("+", "-"), _SUM),
    **dict.fromkeys(("*", "/", "//", "%", "mod", "of", "off"), _PRODUCT),
    "**": _POWER,
}
_SIGNS = {"%": "mod", "of": "*", "after": "+", "from": "+", "before": "-"}
_DEGREES = {"deg", "degree", "degrees"}
_AFTER_PERCENT = {"of", "off", "mod", "and", "is", "from", *TO}
_SCALES = {"dozen": 12, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


@dataclass(frozen=True, slots=True)
class Operand:
    """A value, and whether it was written as a percentage: `200 + 10%` adds a tenth of 200."""

    value: Value
    percent: bool = False


@dataclass(slots=True)
class Calculation(Reader):
    """A calculation that is computed while it is read."""

    depth: int = 0
    stop: str = ""
    """A word that ends an operand, though it is an operator elsewhere."""

    # --- values -------------------------------------------------------------------------------------------------------

    def expression(self, stop: str = "") -> Value:
        """The value of what stands here up to the word `stop`, in the unit that it is to be told in."""
        outer, self.stop = self.stop, stop
        value = self.operand(0).value
        while self.peek().text in TO - {stop} and unit_at(self, 1):
            at = self.take()
            value = self.compute(at, self.told, value, unit_parts(self))
        self.stop = outer
        return value

    def told(self, value: Value, parts: Parts) -> Quantity:
        """The value in other units."""
        return converted(plain(value) if isinstance(value, date) else value, parts)

    def operand(self, binding: int) -> Operand:
        """What stands here, with all operators that bind at least as tightly as `binding`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise problem(self.peek(), f"this is nested more than {MAX_DEPTH} levels deep")
        left = self.postfix(self.prefix())
        while (binds := self.binding()) > 0 and binds >= binding:
            operator = self.take()
            right = self.operand(binds if operator.text == "**" else binds + 1)
            left = self.apply(operator, left, right)
        self.depth -= 1
        return left

    def binding(self) -> int:
        """How tightly the operator that comes next binds; 0 where none comes."""
        text = self.peek().text
        return 0 if text == self.stop else _BINDING.get(text, 0)

    def apply(self, operator: Token, left: Operand, right: Operand) -> Operand:
        """What the operator makes of the two."""
        if operator.text in ("of", "off") and not left.percent:
            raise problem(operator, f"only a percentage can be {operator.text} something")
        if operator.text in ("after", "from", "before") and not isinstance(right.value, date):
            raise problem(operator, f"what comes {operator.text} must be a date", "write dates as 2026-11-20")
        if operator.text == "off":
            left, right = right, left
        sign = "-" if operator.text == "off" else _SIGNS.get(operator.text, operator.text)
        if operator.text == "before":
            left, right = right, left
        if sign in ("+", "-") and right.percent:
            if left.percent:
                return Operand(self.compute(operator, combined, sign, left.value, right.value), percent=True)
            right = Operand(self.compute(operator, combined, "*", left.value, right.value))
        return Operand(self.compute(operator, combined, sign, left.value, right.value))

    def prefix(self) -> Operand:
        """A number, a date, a constant, a call, parentheses, or a sign before any of them."""
        token = self.take()
        if token.kind == "number":
            return Operand(day_first(self, token) or self.numeral(token))
        if token.kind == "date":
            return Operand(self.compute(token, day, *map(int, token.text.split("-"))))
        if token.kind == "clock":
            seconds = sum(int(part) * 60**at for part, at in zip(token.text.split(":"), (2, 1, 0), strict=False))
            return Operand(Quantity(Fraction(seconds, 3600), one("h")))
        if token.text in ("+", "-"):
            inner = self.operand(_SIGN)
            return Operand(self.compute(token, negative, inner.value), inner.percent) if token.text == "-" else inner
        if token.text == "(":
            value = self.expression()
            self.expect(")")
            return Operand(value)
        if token.kind == "name":
            return Operand(self.named(token))
        self.position -= 1
        raise self.unexpected("a number")

    def numeral(self, token: Token) -> Value:
        """A number; `1/2` before a unit is a fraction of it."""
        value = self.compute(token, number_of, token.text)
        slash, below = self.peek(), self.peek(1)
        if slash.text == "/" and below.kind == "number" and not slash.spaced and not below.spaced and unit_at(self, 2):
            self.position += 2
            return self.compute(slash, combined, "/", value, number_of(below.text))
        return value

    def named(self, name: Token) -> Value:
        """What a word stands for."""
        if name.written in "√∛":
            return self.compute(name, applied, name.text, [self.operand(_POWER).value])
        if name.text in ("square", "cube") and self.words("root", "of"):
            return self.compute(
                name, applied, "sqrt" if name.text == "square" else "cbrt", [self.operand(_POWER).value]
            )
        self.position -= 1
        unit = unit_at(self, 0) if not (name.text in FUNCTIONS and self.peek(1).text == "(") else None
        self.position += 1
        if name.text in ("a", "an") and unit_at(self, 0):
            return self.counted(name)
        if name.text in CONSTANTS:
            return CONSTANTS[name.text]
        if name.text in FUNCTIONS and not unit:
            return self.called(name)
        if name.text == "today":
            return datetime.now(UTC).astimezone().date()
        if name.text in MONTHS and self.peek().kind == "number":
            return month_first(self, name)
        if unit:
            self.position -= 1
            return self.counted(name)
        hint = close(name.text, {*FUNCTIONS, *CONSTANTS, *unit_names()}) or nearest(name.text, {*FUNCTIONS, *CONSTANTS})
        raise problem(name, f"there is no {name.written!r}", hint)

    def called(self, name: Token) -> Value:
        """The value of a function."""
        function, values = FUNCTIONS[name.text], self.values(name)
        if len(values) < function.least or (function.most is not None and len(values) > function.most):
            hint = "log(x, base), ln, log10 or log2" if name.text == "log" else ""
            raise problem(name, f"{name.text} takes {function.arity}, not {len(values)}", hint)
        return self.compute(name, applied, name.text, values)

    def values(self, name: Token) -> list[Value]:
        """The values between a function's parentheses."""
        if self.peek().text != "(":
            raise self.unexpected(f"( after {name.written}")
        self.take()
        values: list[Value] = []
        while self.peek().text != ")" or values:
            values.append(self.expression())
            if self.peek().text != ",":
                break
            self.take()
        self.expect(")")
        return values

    def postfix(self, left: Operand) -> Operand:
        """What stands directly behind a value."""
        while True:
            token = self.peek()
            if token.kind == "superscript":
                left = Operand(self.compute(token, combined, "**", left.value, Fraction(int(token.text))))
            elif token.text == "!" and self.tokens[self.position - 1].text == "!":
                raise problem(token, "!! is not known here", "write (n!)! for a factorial of a factorial")
            elif token.text == "!":
                left = Operand(self.compute(token, lambda value: perform(factorial, plain(value)), left.value))
            elif token.text == "°" or (token.text in _DEGREES and self.peek(1).text != "(" and not unit_at(self, 0)):
                left = Operand(self.compute(token, combined, "*", left.value, math.pi / 180))
            elif token.text == "%" and self.is_percent():
                left = Operand(self.compute(token, _share, left.value), percent=True)
            elif token.text in _SCALES:
                left = Operand(self.compute(token, combined, "*", left.value, Fraction(_SCALES[token.text])))
            elif self.is_unit(left):
                left = Operand(with_unit(self, left.value))
                continue
            else:
                return left
            self.take()

    def is_percent(self) -> bool:
        """Whether the % that comes next means "hundredths": nothing follows that it could divide by.

        Before a sign it does where it touches its number: `50% - 20%`, but `7 % -2` is a remainder.
        """
        behind = self.peek(1)
        if behind.text in ("+", "-"):
            return not self.peek().spaced or self.peek().written != "%"
        return behind.text in _AFTER_PERCENT or (behind.kind in ("end", "superscript", "sign") and behind.text != "(")

    # --- units and dates ----------------------------------------------------------------------------------------------

    def is_unit(self, left: Operand) -> bool:
        """Whether the word that comes next is a unit of the number before it: `in` is, unless another unit follows."""
        if isinstance(left.value, Quantity | date) or left.percent or self.peek().kind != "name":
            return False
        if self.peek().text in FUNCTIONS and self.peek(1).text == "(":
            return False
        behind = self.peek(1).text
        if self.peek().text == "in" and (behind == "%" or (behind not in TO and unit_at(self, 1))):
            return False
        return unit_at(self, 0) is not None

    def counted(self, name: Token) -> Value:
        """A unit that stands alone is one of it; money may stand before its number."""
        unit, power = unit_power(self)
        if is_money(kind_of(((unit, power),))) and self.peek().kind == "number":
            value: Value = self.compute(name, number_of, self.take().text)
            if self.peek().text in _SCALES:
                value = self.compute(name, combined, "*", value, Fraction(_SCALES[self.take().text]))
            return self.compute(name, measured, plain(value), (unit, power))
        return self.compute(name, measured, Fraction(1), (unit, power))


def _share(value: Value) -> Value:
    return combined("/", plain(value), Fraction(100))
