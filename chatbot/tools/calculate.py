"""A calculator: a real tokenizer and parser, exact integers and fractions, bounded in size and time. No `eval`.

Precedence, from loose to tight: + and -, then * / // %, then unary minus, then ^ (right to left).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from chatbot.errors import ToolError

Number = Fraction | float

MAX_LENGTH = 2_000
MAX_DEPTH = 100
MAX_DIGITS = 2_000
"""Digits of an exact number: enough for 800 factorial, and quick."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d[\d_,]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[a-zA-Z]\w*|π|√)|(?P<sign>\*\*|//|[-+*/%^()×÷−·,]))"
)
_SAME = {"×": "*", "·": "*", "÷": "/", "−": "-", "^": "**"}
CONSTANTS: Mapping[str, float] = {"pi": math.pi, "π": math.pi, "e": math.e, "tau": math.tau}


@dataclass(slots=True)
class _Parser:
    tokens: list[tuple[str, str, int]]
    position: int = 0
    depth: int = 0

    def peek(self) -> str:
        return self.tokens[self.position][1]

    def take(self) -> str:
        token = self.tokens[self.position][1]
        self.position += 1
        return token

    def expect(self, sign: str) -> None:
        if self.peek() != sign:
            raise self.error(f"expected {sign!r}")
        self.position += 1

    def error(self, what: str) -> ToolError:
        _, text, column = self.tokens[self.position]
        return ToolError(f"{what} at column {column + 1}" + (f", where {text!r} stands" if text else ", at the end"))

    def sum(self) -> Number:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error("too deeply nested")
        value = self.product()
        while self.peek() in ("+", "-"):
            value = _apply(self.take(), value, self.product())
        self.depth -= 1
        return value

    def product(self) -> Number:
        value = self.signed()
        while self.peek() in ("*", "/", "//", "%"):
            sign = self.take()
            if sign == "%" and (not self.peek() or self.peek() in "+-*/)%,"):
                value = _apply("/", value, Fraction(100))
            elif sign == "%" and self.peek() == "of":
                self.take()
                value = _apply("*", _apply("/", value, Fraction(100)), self.signed())
            else:
                value = _apply(sign, value, self.signed())
        return value

    def signed(self) -> Number:
        sign = 1
        while self.peek() in ("+", "-"):
            sign = -sign if self.take() == "-" else sign
        return sign * self.power()

    def power(self) -> Number:
        base = self.atom()
        if self.peek() == "**":
            self.take()
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise self.error("too deeply nested")
            base = _apply("**", base, self.signed())
            self.depth -= 1
        return base

    def atom(self) -> Number:
        kind, text, _ = self.tokens[self.position]
        if kind == "number":
            return _number(self.take())
        if text == "(":
            self.take()
            value = self.sum()
            self.expect(")")
            return value
        if kind == "name" and text in CONSTANTS:
            return CONSTANTS[self.take()]
        if kind == "name" and text == "√":
            self.take()
            return _sqrt(self.atom())
        if kind == "name" and text in FUNCTIONS:
            return self.call()
        raise self.error(f"there is no function {text!r}" if kind == "name" else "expected a number")

    def call(self) -> Number:
        name = self.take()
        self.expect("(")
        arguments = [self.sum()]
        while self.peek() == ",":
            self.take()
            arguments.append(self.sum())
        self.expect(")")
        try:
            return _bounded(FUNCTIONS[name](*arguments))
        except TypeError:
            raise ToolError(f"{name} does not take {len(arguments)} numbers of this kind") from None


def calculate(expression: str) -> str:
    """Calculate an arithmetic expression exactly.

    Args:
        expression: For example (12.5 + 7) * 3, 2^10, sqrt(2), 15% of 80, max(3, 4).
    """
    if len(expression) > MAX_LENGTH:
        raise ToolError(f"the expression is longer than {MAX_LENGTH} characters")
    parser = _Parser(_tokens(expression))
    try:
        value = parser.sum()
        if parser.peek():
            raise parser.error("the expression should end")
        return _shown(value)
    except ZeroDivisionError:
        raise ToolError("division by zero") from None
    except (OverflowError, ValueError) as error:
        raise ToolError(f"no result: {error}") from None


def _tokens(text: str) -> list[tuple[str, str, int]]:
    tokens: list[tuple[str, str, int]] = []
    position, text = 0, text.rstrip().rstrip("=").rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            column = position + len(text[position:]) - len(text[position:].lstrip())
            raise ToolError(f"cannot read {text[column]!r} at column {column + 1}")
        kind = match.lastgroup or ""
        word = match[kind]
        if kind == "number" and "," in word and not re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d*)?", word):
            word = word.partition(",")[0]  # a comma between arguments
        tokens.append((kind, _SAME.get(word, word), match.start(kind)))
        position = match.start(kind) + len(word)
    return [*tokens, ("end", "", len(text))]


def _number(text: str) -> Number:
    plain = text.replace(",", "").replace("_", "")
    mantissa, _, exponent = plain.lower().partition("e")
    if exponent and abs(int(exponent)) > MAX_DIGITS:
        raise ToolError(f"{text} has too many digits")
    return Fraction(mantissa) * Fraction(10) ** int(exponent or 0)


def _apply(sign: str, left: Number, right: Number) -> Number:
    match sign:
        case "+":
            value = left + right
        case "-":
            value = left - right
        case "*":
            value = left * right
        case "/":
            value = left / right
        case "//":
            value = (
                Fraction(left // right) if isinstance(left, Fraction) and isinstance(right, Fraction) else left // right
            )
        case "%":
            value = left % right
        case _:
            value = _raise(left, right)
    return _bounded(value)


def _raise(base: Number, exponent: Number) -> Number:
    if not isinstance(base, Fraction) or not isinstance(exponent, Fraction) or exponent.denominator != 1:
        value = float(base) ** float(exponent)
        if isinstance(value, complex):
            raise ToolError("the result is not a real number")
        return float(value)
    size = max(abs(base.numerator).bit_length(), base.denominator.bit_length()) * abs(exponent.numerator)
    if size > MAX_DIGITS * 3.33 and abs(base.numerator) > 1:
        raise ToolError(f"the result has more than {MAX_DIGITS} digits")
    if abs(exponent.numerator) > 10**6:
        raise ToolError("the exponent is too large")
    return Fraction(base**exponent.numerator)


def _bounded(value: Number) -> Number:
    if (
        isinstance(value, Fraction)
        and max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_DIGITS * 3.33
    ):
        raise ToolError(f"the result has more than {MAX_DIGITS} digits")
    return value


def _sqrt(value: Number) -> Number:
    if isinstance(value, Fraction) and value >= 0:
        top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if top * top == value.numerator and bottom * bottom == value.denominator:
            return Fraction(top, bottom)
    return math.sqrt(value)


def _whole(value: Number) -> int:
    if not isinstance(value, Fraction) or value.denominator != 1 or abs(value.numerator) > 10**6:
        raise ToolError("a whole number of at most a million is needed")
    return value.numerator


def _factorial(value: Number) -> Number:
    number = _whole(value)
    if not 0 <= number <= 800:
        raise ToolError("factorial takes whole numbers from 0 to 800")
    return Fraction(math.factorial(number))


def _choose(n: Number, k: Number) -> Number:
    if _whole(n) > 5_000:
        raise ToolError("comb takes numbers up to 5000")
    return Fraction(math.comb(_whole(n), _whole(k)))


def _round(value: Number, digits: Number = Fraction(0)) -> Number:
    return round(Fraction(value), min(_whole(digits), 300))


def _float(function: Callable[[float], float]) -> Callable[[Number], Number]:
    return lambda value: function(float(value))


FUNCTIONS: Mapping[str, Callable[..., Number]] = {
    "sqrt": _sqrt,
    "exp": _float(math.exp),
    "ln": _float(math.log),
    "log": _float(math.log10),
    "log10": _float(math.log10),
    "log2": _float(math.log2),
    "sin": _float(math.sin),
    "cos": _float(math.cos),
    "tan": _float(math.tan),
    "asin": _float(math.asin),
    "acos": _float(math.acos),
    "atan": _float(math.atan),
    "abs": lambda value: abs(value),
    "floor": lambda value: Fraction(math.floor(value)),
    "ceil": lambda value: Fraction(math.ceil(value)),
    "round": _round,
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
    "sum": lambda *values: sum(values, Fraction(0)),
    "mean": lambda *values: sum(values, Fraction(0)) / len(values),
    "gcd": lambda *values: Fraction(math.gcd(*map(_whole, values))),
    "lcm": lambda *values: Fraction(math.lcm(*map(_whole, values))),
    "factorial": _factorial,
    "comb": _choose,
}


def _shown(value: Number) -> str:
    """Exact where it is exact: an integer, a decimal that ends, or a fraction with its approximation."""
    if isinstance(value, float):
        if math.isnan(value) or math.isinf(value):
            raise ToolError("the result is not a number")
        return f"{value:.15g}"
    if value.denominator == 1:
        return str(value.numerator)
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest == 1 and places <= 30:
        digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
        return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    return f"{value.numerator}/{value.denominator} (about {float(value):.15g})"
