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

import functools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import TypeVar

from chatbot.errors import ToolError, nearest
from chatbot.tools.arithmetic import CONSTANTS, FUNCTIONS, Number, factorial, number, perform
from chatbot.tools.dates import MONTHS, day
from chatbot.tools.quantities import Parts, Quantity, added, converted, measured
from chatbot.tools.tokens import Token
from chatbot.tools.units import Unit, find_unit, is_money, kind_of, unit_names
from chatbot.tools.values import Value, applied, combined, negative, plain

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
_AFTER_PERCENT = {"of", "off", "mod", "and", "is", "from", *TO}
_SCALES = {"dozen": 12, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SQUARE = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_ORDINALS = {"st", "nd", "rd", "th"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Operand:
    """A value, and whether it was written as a percentage: `200 + 10%` adds a tenth of 200."""

    value: Value
    percent: bool = False


@dataclass(slots=True)
class Calculation:
    """The tokens of a calculation and how far they have been read."""

    tokens: list[Token]
    position: int = 0
    depth: int = 0
    stop: str = ""
    """A word that ends an operand, though it is an operator elsewhere."""

    # --- reading ------------------------------------------------------------------------------------------------------

    def peek(self, ahead: int = 0) -> Token:
        """The token that comes next, or one behind it."""
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        """The next token, which is read by that."""
        token = self.peek()
        self.position += 1
        return token

    def words(self, *wanted: str) -> bool:
        """Whether these words come next; they are read then. Alternatives are set apart by spaces."""
        if all(self.peek(at).text in each.split() for at, each in enumerate(wanted)):
            self.position += len(wanted)
            return True
        return False

    def expect(self, *words: str) -> Token:
        """Reads one of these words or signs. Raises ToolError where something else comes."""
        if self.peek().text not in words:
            raise self.unexpected(" or ".join(map(repr, words)))
        return self.take()

    def unexpected(self, wanted: str) -> ToolError:
        """What to say of the token that comes next."""
        token = self.peek()
        found = f"not {token.written!r}" if token.kind != "end" else "but the expression ends"
        hint = ""
        if wanted in ("an operator", "a unit") and token.kind == "name" and token.text not in {*FUNCTIONS, *CONSTANTS}:
            hint = close(token.written, unit_names())
        if not hint and wanted == "an operator" and (token.kind in ("number", "name") or token.text == "("):
            hint = "write * to multiply"
        if wanted == "an operator" and token.text == ",":
            hint = "write decimals with a point, 1.5"
        return problem(token, f"expected {wanted}, {found}", hint)

    def compute(self, at: Token, function: Callable[..., T], *values: object) -> T:
        """The function's value; its errors get the token's column."""
        try:
            return function(*values)
        except ToolError as error:
            raise problem(at, error.message, error.hint) from None

    # --- values -------------------------------------------------------------------------------------------------------

    def expression(self, stop: str = "") -> Value:
        """The value of what stands here up to the word `stop`, in the unit that it is to be told in."""
        outer, self.stop = self.stop, stop
        value = self.operand(0).value
        while self.peek().text in TO - {stop} and self.unit_at(1):
            at = self.take()
            value = self.compute(at, self.told, value, self.unit_parts())
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
            return Operand(self.day_first(token) or self.numeral(token))
        if token.kind == "date":
            return Operand(self.compute(token, day, *map(int, token.text.split("-"))))
        if token.kind == "clock":
            seconds = sum(int(part) * 60**at for part, at in zip(token.text.split(":"), (2, 1, 0), strict=False))
            return Operand(measured(Fraction(seconds, 3600), (_unit("h"), 1)))
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
        value = self.compute(token, _numeral, token.text)
        slash, below = self.peek(), self.peek(1)
        if slash.text == "/" and below.kind == "number" and not slash.spaced and not below.spaced and self.unit_at(2):
            self.position += 2
            return self.compute(slash, combined, "/", value, _numeral(below.text))
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
        unit = self.unit_at(0) if not (name.text in FUNCTIONS and self.peek(1).text == "(") else None
        self.position += 1
        if name.text in ("a", "an") and self.unit_at(0):
            return self.counted(name)
        if name.text in CONSTANTS:
            return CONSTANTS[name.text]
        if name.text in FUNCTIONS and not unit:
            return self.called(name)
        if name.text == "today":
            return datetime.now(UTC).astimezone().date()
        if name.text in MONTHS and self.peek().kind == "number":
            return self.month_first(name)
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
            elif token.text == "°":
                left = Operand(self.compute(token, combined, "*", left.value, math.pi / 180))
            elif token.text == "%" and self.is_percent():
                left = Operand(self.compute(token, _share, left.value), percent=True)
            elif token.text in _SCALES:
                left = Operand(self.compute(token, combined, "*", left.value, Fraction(_SCALES[token.text])))
            elif self.is_unit(left):
                left = Operand(self.with_unit(left.value))
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
        if self.peek().text == "in" and (self.peek(1).text == "%" or (self.peek(1).text not in TO and self.unit_at(1))):
            return False
        return self.unit_at(0) is not None

    def unit_at(self, ahead: int) -> tuple[Unit, int, int] | None:
        """The unit whose name stands there, its exponent, and how many words that takes."""
        first = self.peek(ahead)
        power = _SQUARE.get(first.text, 1)
        skipped = 0 if power == 1 else 1
        names: list[Token] = []
        for at in range(3):
            token = self.peek(ahead + skipped + at)
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

    def unit_power(self) -> tuple[Unit, int]:
        """A unit with its exponent: m, m², m^2, m2, square metres."""
        found = self.unit_at(0)
        if found is None:
            raise self.unexpected("a unit")
        unit, power, used = found
        self.position += used
        token = self.peek()
        if token.kind == "superscript":
            self.take()
            return unit, power * self.compute(token, _exponent, token.text)
        if token.text == "**" and (self.peek(1).kind == "number" or self.peek(1).text == "-"):
            self.take()
            sign = "-" if self.words("-") else ""
            return unit, power * self.compute(token, _exponent, sign + self.take().text)
        if token.kind == "number" and not token.spaced and token.text in ("2", "3") and not self.unit_at(1):
            return unit, power * int(self.take().text)
        return unit, power

    def unit_parts(self) -> Parts:
        """Units as something is to be told in: km/h, kg·m/s²."""
        parts = [self.unit_power()]
        while self.peek().text in ("/", "*") and self.unit_at(1):
            turn = -1 if self.take().text == "/" else 1
            unit, exponent = self.unit_power()
            parts.append((unit, turn * exponent))
        whole = self.compute(self.peek(), measured, Fraction(1), *parts)
        return tuple(parts) if len(parts) == 1 or not isinstance(whole, Quantity) else whole.parts

    def with_unit(self, value: Value) -> Value:
        """A number with its unit, and what is written after it in smaller ones: 5 ft 3 in, 1 hour and 30 minutes."""
        at = self.peek()
        whole = self.compute(at, measured, plain(value), self.unit_power())
        while isinstance(whole, Quantity) and whole.single is not None and not whole.single.offset:
            skipped = 1 if self.peek().text == "and" else 0
            numeral, unit = self.peek(skipped), self.unit_at(skipped + 1)
            if (
                numeral.kind != "number"
                or unit is None
                or unit[0].kind != whole.kind
                or unit[0].factor >= _least(whole)
            ):
                break
            self.position += skipped + 1
            part = self.compute(numeral, measured, _numeral(numeral.text), self.unit_power())
            whole = self.compute(numeral, added, whole, part, "+")
        return whole

    def counted(self, name: Token) -> Value:
        """A unit that stands alone is one of it; money may stand before its number."""
        unit, power = self.unit_power()
        if is_money(kind_of(((unit, power),))) and self.peek().kind == "number":
            value: Value = self.compute(name, _numeral, self.take().text)
            if self.peek().text in _SCALES:
                value = self.compute(name, combined, "*", value, Fraction(_SCALES[self.take().text]))
            return self.compute(name, measured, plain(value), (unit, power))
        return self.compute(name, measured, Fraction(1), (unit, power))

    def day_first(self, token: Token) -> date | None:
        """A date such as 20 November 2026; None where the number is none."""
        skipped = 1 if self.peek().text in _ORDINALS and not self.peek().spaced else 0
        month, year = self.peek(skipped), self.peek(skipped + 1)
        if month.text not in MONTHS or year.kind != "number" or len(year.text) != 4 or not token.text.isdecimal():
            return None
        self.position += skipped + 2
        return self.compute(token, day, int(year.text), MONTHS[month.text], int(token.text))

    def month_first(self, name: Token) -> date:
        """A date such as November 20, 2026."""
        numeral = self.take()
        if self.peek().text in _ORDINALS and not self.peek().spaced:
            self.take()
        if self.peek().text == ",":
            self.take()
        year = self.peek()
        if year.kind != "number" or len(year.text) != 4 or not numeral.text.isdecimal():
            raise problem(name, "a date needs a day and a year", "write it as 2026-11-20")
        self.take()
        return self.compute(name, day, int(year.text), MONTHS[name.text], int(numeral.text))


def close(name: str, known: Iterable[str]) -> str:
    """A hint where a known name is much like this one; few mistype the first letter."""
    alike = [each for each in known if len(each) > 2 and each[0].casefold() == name[0].casefold()]
    hint = nearest(name, alike) if 2 < len(name) <= 40 else ""
    return hint if hint.startswith("did you mean") else ""


def problem(at: Token, message: str, hint: str = "") -> ToolError:
    """An error that says where."""
    return ToolError(f"column {at.column}: {message}", hint=hint)


def _unit(symbol: str) -> Unit:
    unit = find_unit(symbol)
    assert unit is not None  # one of our own table
    return unit


def _share(value: Value) -> Value:
    return combined("/", plain(value), Fraction(100))


def _numeral(text: str) -> Number:
    return perform(functools.partial(number, text))


def _exponent(text: str) -> int:
    if len(text) > 3 or not text.lstrip("-").isdecimal():
        raise ToolError("a unit is raised to small whole numbers only")
    return int(text)


def _least(value: Quantity) -> Fraction:
    unit = value.single
    assert unit is not None  # asked before
    return unit.factor
