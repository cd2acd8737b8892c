"""The calculator: a tokenizer and a precedence-climbing parser that computes as it reads. There is no `eval` in it.

    loosest   + -
              * / // % mod of
              - (sign)
    tightest  ** ^ ² (right to left), then ! % °

Length, nesting and the digits of numbers are bounded, and time with them: `9**9**9` is refused at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from chatbot.errors import ToolError, nearest
from chatbot.tools.arithmetic import CONSTANTS, FUNCTIONS, OPERATORS, Number, factorial, number, perform, power, shown
from chatbot.tools.tokens import Token, tokenize
from chatbot.tools.tool import tool

MAX_LENGTH = 1_000
MAX_DEPTH = 100
"""Parentheses, signs and powers within each other; Python's own stack ends at about a thousand calls."""

_SUM, _PRODUCT, _SIGN, _POWER = 10, 20, 30, 40
_BINDING = {"+": _SUM, "-": _SUM, **dict.fromkeys(("*", "/", "//", "%", "mod", "of"), _PRODUCT), "**": _POWER}


@tool(impact="none", timeout=5.0)
def calculate(expression: str) -> str:
    """Compute an arithmetic expression exactly. Use it for every calculation instead of computing in your head.

    Knows + - * / // (floor), mod, ** or ^, !, percent (15% of 80; 200 + 10% is 220), parentheses, pi, e, tau, and
    sqrt cbrt root(x, n) exp ln log(x, base) log2 log10 sin cos tan asin acos atan (radians; 30° works) degrees radians
    abs floor ceil round(x, places) min max sum mean mod gcd lcm factorial comb perm. Results that are not exact are
    marked by ≈.

    Args:
        expression: The expression, such as (1234.5 * 3 - 7) / 2 or comb(52, 5).
    """
    if len(expression) > MAX_LENGTH:
        raise ToolError(f"the expression is longer than {MAX_LENGTH:,} characters")
    return shown(_Parser(tokenize(expression.rstrip().removesuffix("="))).result())


@dataclass(frozen=True, slots=True)
class _Operand:
    """A value, and whether it was written as a percentage: `200 + 10%` adds a tenth of 200."""

    value: Number
    percent: bool = False


@dataclass(slots=True)
class _Parser:
    tokens: list[Token]
    position: int = 0
    depth: int = 0

    def peek(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.peek()
        self.position += 1
        return token

    def result(self) -> Number:
        """The value of the whole expression."""
        if self.peek().kind == "end":
            raise ToolError("the expression is empty")
        value = self.operand(0).value
        if self.peek().kind != "end":
            raise self.unexpected("an operator")
        return value

    def operand(self, binding: int) -> _Operand:
        """What stands here, with all operators that bind at least as tightly as `binding`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _problem(self.peek(), f"this is nested more than {MAX_DEPTH} levels deep")
        left = self.postfix(self.prefix())
        while (binds := _BINDING.get(self.peek().text, 0)) > 0 and binds >= binding:
            operator = self.take()
            right = self.operand(binds if operator.text == "**" else binds + 1)
            left = self.apply(operator, left, right)
        self.depth -= 1
        return left

    def apply(self, operator: Token, left: _Operand, right: _Operand) -> _Operand:
        sign = {"%": "mod", "of": "*"}.get(operator.text, operator.text)
        if operator.text == "of" and not left.percent:
            raise _problem(operator, "only a percentage can be of something")
        if sign in ("+", "-") and right.percent:
            if left.percent:
                return _Operand(self.compute(operator, OPERATORS[sign], left.value, right.value), percent=True)
            right = _Operand(self.compute(operator, OPERATORS["*"], left.value, right.value))
        return _Operand(self.compute(operator, OPERATORS[sign], left.value, right.value))

    def prefix(self) -> _Operand:
        """A number, a constant, a call, parentheses, or a sign before any of them."""
        token = self.take()
        if token.kind == "number":
            return _Operand(self.compute(token, lambda: number(token.text)))
        if token.text in ("+", "-"):
            inner = self.operand(_SIGN)
            return _Operand(-inner.value, inner.percent) if token.text == "-" else inner
        if token.text == "(":
            inner = self.operand(0)
            self.expect(")")
            return _Operand(inner.value)
        if token.kind == "name":
            return _Operand(self.named(token))
        self.position -= 1
        raise self.unexpected("a number")

    def named(self, name: Token) -> Number:
        if name.written in "√∛":
            return self.compute(name, FUNCTIONS[name.text].apply, self.operand(_POWER).value)
        if name.text in CONSTANTS:
            return CONSTANTS[name.text]
        if name.text not in FUNCTIONS:
            raise _problem(name, f"there is no {name.written!r}", nearest(name.text, {*FUNCTIONS, *CONSTANTS}))
        function, values = FUNCTIONS[name.text], self.values(name)
        if len(values) < function.least or (function.most is not None and len(values) > function.most):
            hint = "log(x, base), ln, log10 or log2" if name.text == "log" else ""
            raise _problem(name, f"{name.text} takes {function.arity}, not {len(values)}", hint)
        return self.compute(name, function.apply, *values)

    def values(self, name: Token) -> list[Number]:
        """The values between a function's parentheses."""
        if self.peek().text != "(":
            raise self.unexpected(f"( after {name.written}")
        self.take()
        values: list[Number] = []
        while self.peek().text != ")" or values:
            values.append(self.operand(0).value)
            if self.peek().text != ",":
                break
            self.take()
        self.expect(")")
        return values

    def postfix(self, left: _Operand) -> _Operand:
        """What stands directly behind a value."""
        while True:
            token = self.peek()
            if token.kind == "superscript":
                left = _Operand(self.compute(token, power, left.value, Fraction(int(token.text))))
            elif token.text == "!" and self.tokens[self.position - 1].text == "!":
                raise _problem(token, "!! is not known here", "write (n!)! for a factorial of a factorial")
            elif token.text == "!":
                left = _Operand(self.compute(token, factorial, left.value))
            elif token.text == "°":
                left = _Operand(self.compute(token, OPERATORS["*"], left.value, math.pi / 180))
            elif token.text == "%" and self.is_percent():
                left = _Operand(self.compute(token, OPERATORS["/"], left.value, Fraction(100)), percent=True)
            else:
                return left
            self.take()

    def is_percent(self) -> bool:
        """Whether the % that comes next means "hundredths": nothing follows that it could divide by.

        Before a sign it does where it touches its number: `50% - 20%`, but `7 % -2` is a remainder.
        """
        behind = self.tokens[self.position + 1]
        if behind.text in ("+", "-"):
            return not self.peek().spaced
        return behind.text in ("of", "mod") or (behind.kind in ("end", "superscript", "sign") and behind.text != "(")

    def compute(self, at: Token, function: Callable[..., Number], *values: Number) -> Number:
        try:
            return perform(function, *values)
        except ToolError as error:
            raise _problem(at, error.message) from None

    def expect(self, sign: str) -> None:
        if self.peek().text != sign:
            raise self.unexpected(repr(sign))
        self.take()

    def unexpected(self, wanted: str) -> ToolError:
        token = self.peek()
        found = f"not {token.written!r}" if token.kind != "end" else "but the expression ends"
        missing = wanted == "an operator" and (token.kind in ("number", "name") or token.text == "(")
        return _problem(token, f"expected {wanted}, {found}", "write * to multiply" if missing else "")


def _problem(at: Token, message: str, hint: str = "") -> ToolError:
    return ToolError(f"column {at.column}: {message}", hint=hint)
