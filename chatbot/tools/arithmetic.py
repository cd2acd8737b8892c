"""Arithmetic on exact fractions, and on floats where a result has no exact form; bounded in size, and so in time.

Every function takes and returns `Number`s. What is exact stays exact: roots, powers and logarithms come out as
fractions where they are ones. Raises ToolError for what has no value, or too many digits.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from chatbot.errors import ToolError

Number = Fraction | float

MAX_DIGITS = 4_000
"""Digits of a numerator or denominator: below what Python prints, and enough for the factorial of 1,400."""

MAX_BITS = int(MAX_DIGITS * math.log2(10))

SHOWN_DIGITS = 60
"""A decimal that ends is written out up to this length."""

APPROXIMATE = 15
"""Significant digits of an approximate result: what a float can vouch for."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function, and how many values it takes."""

    apply: Callable[..., Number]
    least: int = 1
    most: int | None = 1
    """None for any number."""

    @property
    def arity(self) -> str:
        """How many values it takes, in words."""
        if self.most is None:
            return f"at least {self.least} value"
        if self.most > self.least:
            return f"{self.least} or {self.most} values"
        return "1 value" if self.least == 1 else f"{self.least} values"


def perform(function: Callable[..., Number], *values: Number) -> Number:
    """The result, checked for its size. Raises ToolError for every way in which arithmetic fails."""
    try:
        return _bounded(function(*values))
    except ZeroDivisionError:
        raise ToolError("this divides by zero") from None
    except OverflowError:
        raise _out_of_range() from None
    except ValueError:
        raise ToolError("this has no real value") from None


def number(text: str) -> Number:
    """The exact value of digits with an optional point and exponent."""
    mantissa, _, exponent = text.lower().partition("e")
    if len(exponent) > 5 or len(mantissa) > MAX_DIGITS or abs(int(exponent or 0)) > MAX_DIGITS:
        raise _too_large()
    return _bounded(Fraction(mantissa) * Fraction(10) ** int(exponent or 0))


def shown(value: Number) -> str:
    """An integer, a decimal that ends, or a fraction with its approximation; approximate results are marked by ≈."""
    if isinstance(value, float):
        return f"≈ {value + 0.0:.{APPROXIMATE}g}"  # no negative zero
    if value.denominator == 1:
        return str(value.numerator)
    decimal = _terminating(value)
    if decimal is not None:
        return decimal
    with localcontext() as context:
        context.prec = APPROXIMATE
        approximation = f"≈ {(Decimal(value.numerator) / Decimal(value.denominator)).normalize():g}"
    fraction = str(value)
    return f"{fraction} {approximation}" if len(fraction) <= SHOWN_DIGITS else approximation


def _terminating(value: Fraction) -> str | None:
    """The decimal digits of a fraction, where they end soon enough."""
    rest, places = value.denominator, 0
    for factor in (2, 5):
        power = 0
        while rest % factor == 0:
            rest, power = rest // factor, power + 1
        places = max(places, power)
    if rest != 1 or places > SHOWN_DIGITS:
        return None
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def _bounded(value: Number) -> Number:
    if isinstance(value, float):
        if math.isnan(value):
            raise ToolError("this has no real value")
        if math.isinf(value):
            raise _out_of_range()
        return value
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise _too_large()
    return value


def _too_large() -> ToolError:
    return ToolError(f"the result has more than {MAX_DIGITS:,} digits")


def _out_of_range() -> ToolError:
    return ToolError("the numbers are too large or too small for an approximate result")


def _nonzero(value: float) -> float:
    """A result that is not zero. One so small that a float cannot hold it is refused, not taken for zero."""
    if abs(value) < sys.float_info.min:
        raise _out_of_range()
    return value


def _float(value: Number) -> float:
    """The nearest float of what is not zero."""
    return _nonzero(float(value)) if value else 0.0


def _whole(value: Number, *, least: int | None = None) -> int:
    if isinstance(value, float) or value.denominator != 1:
        raise ToolError(f"this takes whole numbers, not {shown(value)}")
    if least is not None and value < least:
        raise ToolError(f"this takes whole numbers from {least}, not {shown(value)}")
    return value.numerator


# --- powers, roots, logarithms ----------------------------------------------------------------------------------------


def power(base: Number, exponent: Number) -> Number:
    """The power, exact where base and result are."""
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        if exponent.denominator == 1:
            return _integer_power(base, exponent.numerator)
        exact = _exact_root(base, exponent.denominator) if base >= 0 else None
        if exact is not None:
            return _integer_power(exact, exponent.numerator)
    if base < 0 and not float(exponent).is_integer():
        raise ToolError("a negative number has no real power of this kind; for odd roots there are cbrt and root")
    return _nonzero(math.pow(_float(base), _float(exponent))) if base else math.pow(0.0, exponent)


def _integer_power(base: Fraction, exponent: int) -> Fraction:
    if abs(base) == 1:
        return base if exponent % 2 else Fraction(1)
    if base and _size(base) * abs(exponent) > MAX_BITS:
        raise _too_large()
    return Fraction(base**exponent) if base else Fraction(0**exponent)


def _size(value: Fraction) -> int:
    """Bits that each further power of a fraction adds at least."""
    return max(value.numerator.bit_length(), value.denominator.bit_length()) - 1


def root(value: Number, degree: Number) -> Number:
    """The real root of this degree, a whole number from 1."""
    n = _whole(degree, least=1)
    if value < 0:
        if n % 2 == 0:
            raise ToolError("a negative number has no even root")
        return -root(-value, degree)
    exact = _exact_root(value, n) if isinstance(value, Fraction) else None
    return exact if exact is not None else _float(value) ** (1 / n)


def _exact_root(value: Fraction, degree: int) -> Fraction | None:
    top, bottom = _integer_root(value.numerator, degree), _integer_root(value.denominator, degree)
    return Fraction(top, bottom) if Fraction(top, bottom) ** min(degree, MAX_BITS) == value else None


def _integer_root(value: int, degree: int) -> int:
    """The largest integer whose power is not above `value`, by Newton's method from above."""
    if value < 2 or degree == 1:
        return value
    if degree >= value.bit_length():
        return 1
    guess = 1 << -(-value.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + value // guess ** (degree - 1)) // degree
        if better >= guess:
            return guess
        guess = better


def logarithm(value: Number, base: Number) -> Number:
    """The logarithm of `value` to any base; a whole number where it is one."""
    if value <= 0 or base <= 0 or base == 1:
        raise ToolError("a logarithm takes positive numbers, and a base other than 1")
    if not (divisor := _natural(base)):
        raise ToolError("the base is too close to 1 for an approximate result")
    result = _natural(value) / divisor
    if isinstance(value, Fraction) and isinstance(base, Fraction):
        near = round(result)
        if _size(base) * abs(near) <= MAX_BITS and base**near == value:
            return Fraction(near)
    return result


def _natural(value: Number) -> float:
    """ln, also of fractions beyond a float's range."""
    if value <= 0:
        raise ToolError("a logarithm takes positive numbers")
    if isinstance(value, float) or 1e-300 < value < 1e300:
        return math.log(value)
    return math.log(value.numerator) - math.log(value.denominator)


# --- angles -----------------------------------------------------------------------------------------------------------


def _angular(function: Callable[[float], float]) -> Callable[[Number], Number]:
    """A function of an angle in radians. A result within the angle's own error of zero is zero."""

    def apply(value: Number) -> Number:
        slack = _slack(value)
        result = function(float(value))
        return 0.0 if abs(result) < slack else result

    return apply


def _slack(angle: Number) -> float:
    """How far an angle may be off: not at all where it is exactly a float. Raises ToolError where that is too far."""
    if isinstance(angle, Fraction) and Fraction(float(angle)) == angle:
        return 0.0
    slack = 1e-15 * abs(float(angle))
    if slack > 1e-6:
        raise ToolError("the angle is too large for an approximate result")
    return slack


def _tangent(value: Number) -> Number:
    if abs(math.cos(float(value))) < _slack(value):
        raise ToolError("the tangent has no value here")
    return _angular(math.tan)(value)


# --- whole numbers ----------------------------------------------------------------------------------------------------


def _rounding(function: Callable[[Number], int]) -> Callable[[Number], Number]:
    return lambda value: Fraction(function(_settled(value)))


def _settled(value: Number) -> Number:
    """A value that can be rounded: an approximate one that is a whole number but for its error is that number."""
    if isinstance(value, Fraction):
        return value
    if abs(value) >= 1e13:
        raise ToolError("an approximate number of this size cannot be rounded")
    near = round(value)
    return Fraction(near) if abs(value - near) <= 1e-14 * max(1.0, abs(value)) else value


def _round(value: Number, digits: Number = Fraction(0)) -> Number:
    """Halves go away from zero, as on paper."""
    places = _whole(digits)
    if abs(places) > 1000:
        raise ToolError("this rounds to at most 1000 places")
    settled = _settled(value)
    if isinstance(settled, float) and places > APPROXIMATE - 1 - math.floor(math.log10(abs(settled))):
        return settled  # it vouches for no digit that would go
    scaled = Fraction(settled) * Fraction(10) ** places
    rounded = Fraction(math.floor(abs(scaled) + Fraction(1, 2))) / Fraction(10) ** places
    return -rounded if scaled < 0 else rounded


def factorial(value: Number) -> Number:
    """n!, for whole numbers from 0."""
    n = _whole(value, least=0)
    if n > MAX_DIGITS:
        raise _too_large()
    return Fraction(math.factorial(n))


def _combinations(n: Number, k: Number) -> Number:
    total, chosen = _whole(n, least=0), _whole(k, least=0)
    chosen = min(chosen, total - chosen)
    if chosen < 0:
        return Fraction(0)
    # at least (n/k)^k, and less than (3n/k)^k
    if chosen and chosen * (total // chosen).bit_length() - chosen > MAX_BITS:
        raise _too_large()
    return Fraction(math.comb(total, chosen))


def _permutations(n: Number, k: Number) -> Number:
    total, chosen = _whole(n, least=0), _whole(k, least=0)
    if chosen > total:
        return Fraction(0)
    # at least (n-k+1)^k, and at least k!
    if chosen > MAX_DIGITS or chosen * ((total - chosen + 1).bit_length() - 1) > MAX_BITS:
        raise _too_large()
    return Fraction(math.perm(total, chosen))


def _whole_numbers(function: Callable[..., int]) -> Callable[..., Number]:
    def apply(*values: Number) -> Number:
        result = 0 if function is math.gcd else 1
        for value in values:
            result = function(result, _whole(value))
            _bounded(Fraction(result))
        return Fraction(result)

    return apply


def _mean(*values: Number) -> Number:
    return _divided(sum(values, Fraction(0)), Fraction(len(values)))


def _median(*values: Number) -> Number:
    ordered = sorted(values)
    return _mean(*ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1])


def _exactly(value: Number, at: int, result: int, otherwise: Callable[[Number], Number]) -> Number:
    """A function that has an exact value at one place."""
    return Fraction(result) if isinstance(value, Fraction) and value == at else otherwise(value)


def _known_at(at: int, result: int, otherwise: Callable[[Number], Number]) -> Function:
    return Function(lambda value: _exactly(value, at, result, otherwise))


def _times(left: Number, right: Number) -> Number:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left * right
    return _nonzero(_float(left) * _float(right)) if left and right else 0.0


def _divided(left: Number, right: Number) -> Number:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left / right
    return _nonzero(_float(left) / _float(right)) if left else 0.0 / float(right)


OPERATORS: Mapping[str, Callable[[Number, Number], Number]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": _times,
    "/": _divided,
    "//": lambda left, right: Fraction(math.floor(_settled(_divided(left, right)))),
    "mod": lambda left, right: left % right,
    "**": power,
}

FUNCTIONS: Mapping[str, Function] = {
    "sqrt": Function(lambda value: root(value, Fraction(2))),
    "cbrt": Function(lambda value: root(value, Fraction(3))),
    "root": Function(root, 2, 2),
    "exp": _known_at(0, 1, lambda value: _nonzero(math.exp(value))),
    "ln": _known_at(1, 0, _natural),
    "log": Function(logarithm, 2, 2),
    "log2": Function(lambda value: logarithm(value, Fraction(2))),
    "log10": Function(lambda value: logarithm(value, Fraction(10))),
    "sin": _known_at(0, 0, _angular(math.sin)),
    "cos": _known_at(0, 1, _angular(math.cos)),
    "tan": _known_at(0, 0, _tangent),
    "asin": _known_at(0, 0, lambda value: math.asin(_float(value))),
    "acos": _known_at(1, 0, lambda value: math.acos(value)),
    "atan": _known_at(0, 0, lambda value: math.atan(_float(value))),
    "degrees": _known_at(0, 0, lambda value: math.degrees(_float(value))),
    "radians": _known_at(0, 0, lambda value: math.radians(_float(value))),
    "abs": Function(abs),
    "floor": Function(_rounding(math.floor)),
    "ceil": Function(_rounding(math.ceil)),
    "round": Function(_round, 1, 2),
    "min": Function(lambda *values: min(values), 1, None),
    "max": Function(lambda *values: max(values), 1, None),
    "sum": Function(lambda *values: sum(values, Fraction(0)), 1, None),
    **dict.fromkeys(("mean", "average", "avg"), Function(_mean, 1, None)),
    "median": Function(_median, 1, None),
    "pow": Function(power, 2, 2),
    "mod": Function(OPERATORS["mod"], 2, 2),
    "gcd": Function(_whole_numbers(math.gcd), 1, None),
    "lcm": Function(_whole_numbers(math.lcm), 1, None),
    "factorial": Function(factorial),
    "comb": Function(_combinations, 2, 2),
    "perm": Function(_permutations, 2, 2),
}

CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e, "tau": math.tau}
