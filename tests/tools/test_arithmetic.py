"""The calculator's functions: exact where the result is a fraction, marked where not, refused where there is none."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ToolError
from chatbot.tools.arithmetic import CONSTANTS, FUNCTIONS, MAX_DIGITS, OPERATORS, Number, number, perform, shown
from chatbot.tools.calculate import calculate


def applied(name: str, *values: Number | int) -> Number:
    exact = [Fraction(value) if isinstance(value, int) else value for value in values]
    return perform(FUNCTIONS[name].apply, *exact)


FRACTIONS = st.fractions(max_denominator=10**6, min_value=-(10**6), max_value=10**6)
POSITIVE = st.fractions(max_denominator=10**6, min_value=Fraction(1, 10**6), max_value=10**6)


@given(FRACTIONS, FRACTIONS)
def test_operators_are_those_of_fractions(left: Fraction, right: Fraction) -> None:
    assert perform(OPERATORS["+"], left, right) == left + right
    assert perform(OPERATORS["-"], left, right) == left - right
    assert perform(OPERATORS["*"], left, right) == left * right
    if right:
        assert perform(OPERATORS["/"], left, right) == left / right
        assert perform(OPERATORS["//"], left, right) == left // right
        assert perform(OPERATORS["mod"], left, right) == left % right


@given(POSITIVE, st.integers(1, 7))
def test_a_root_of_a_power_is_the_number_itself(value: Fraction, degree: int) -> None:
    assert applied("root", value**degree, degree) == value
    assert perform(OPERATORS["**"], value**degree, Fraction(1, degree)) == value
    if degree % 2:
        assert applied("root", -(value**degree), degree) == -value


@given(st.fractions(min_value=Fraction(2), max_value=50, max_denominator=50), st.integers(-20, 20))
def test_a_logarithm_of_a_power_is_the_exponent(base: Fraction, exponent: int) -> None:
    assert applied("log", base**exponent, base) == exponent


@given(FRACTIONS)
def test_rounding_is_that_of_paper(value: Fraction) -> None:
    assert applied("floor", value) == math.floor(value)
    assert applied("ceil", value) == math.ceil(value)
    rounded = applied("round", value, 2)
    assert isinstance(rounded, Fraction)
    assert (rounded * 100).denominator == 1 and abs(rounded - value) <= Fraction(1, 200)
    assert applied("round", -value, 2) == -rounded


@given(st.lists(FRACTIONS, min_size=1, max_size=6))
def test_sums_of_many(values: list[Fraction]) -> None:
    assert applied("sum", *values) == sum(values)
    assert applied("mean", *values) == sum(values) / len(values)
    assert applied("min", *values) == min(values)
    assert applied("max", *values) == max(values)


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=5), st.integers(0, 200), st.integers(0, 200))
def test_whole_numbers(values: list[int], n: int, k: int) -> None:
    assert applied("gcd", *values) == math.gcd(*values)
    assert applied("lcm", *values) == math.lcm(*values)
    assert applied("comb", n, k) == math.comb(n, k)
    assert applied("perm", n, k) == math.perm(n, k)
    assert applied("factorial", n) == math.factorial(n)


@given(st.floats(0.01, 100))
def test_what_has_no_exact_value_is_close_to_the_librarys(value: float) -> None:
    for name in ("exp", "sin", "cos", "tan", "atan", "degrees", "radians"):
        assert applied(name, value) == pytest.approx(getattr(math, name)(value), rel=1e-12, abs=1e-12)
    assert applied("ln", value) == pytest.approx(math.log(value), abs=1e-12)
    assert applied("sqrt", value) == pytest.approx(math.sqrt(value))


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("sin(0)", "0"),
        ("cos(0)", "1"),
        ("exp(0)", "1"),
        ("ln(1)", "0"),
        ("acos(1)", "0"),
        ("sqrt(2/8)", "0.5"),
        ("8 ** (2/3)", "4"),
        ("log2(2**100)", "100"),
        ("log(0.001, 10)", "-3"),
        ("0 ** 0", "1"),
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(1.005, 2)", "1.01"),
        ("round(1234, -2)", "1200"),
        ("round(pi, 2)", "3.14"),
        ("floor(sqrt(2) ** 2)", "2"),
        ("floor(pi * 10**12)", "3141592653589"),
        ("abs(-7/2)", "3.5"),
        ("comb(52, 5)", "2598960"),
        ("comb(3, 5)", "0"),
        ("perm(3, 5)", "0"),
        ("gcd(0, 0)", "0"),
        ("cbrt(-27)", "-3"),
        ("mod(7, -3)", "-2"),
    ],
)
def test_what_is_exact_stays_exact(expression: str, result: str) -> None:
    assert calculate(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("pi", "≈ 3.14159265358979"),
        ("sin(30°)", "≈ 0.5"),
        ("sin(pi)", "≈ 0"),
        ("cos(90°)", "≈ 0"),
        ("sin(0.00000000000000000001)", "≈ 1e-20"),
        ("sin(2**60)", f"≈ {math.sin(2.0**60):.15g}"),
        ("2 ** 0.5", "≈ 1.4142135623731"),
        ("exp(1) - e", "≈ 0"),
        ("-0 * pi", "≈ 0"),
        ("ln(10**3000)", "≈ 6907.75527898214"),
        ("round(pi, 30)", "≈ 3.14159265358979"),
        ("pi + 1e-400", "≈ 3.14159265358979"),
    ],
)
def test_what_is_not_exact_is_marked_and_shows_only_digits_that_hold(expression: str, result: str) -> None:
    assert calculate(expression) == result


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("1 / 0", "divides by zero"),
        ("0 ** -1", "divides by zero"),
        ("pi / 0", "divides by zero"),
        ("pi mod 0", "divides by zero"),
        ("sqrt(-1)", "a negative number has no even root"),
        ("(-8) ** (1/3)", "for odd roots there are cbrt and root"),
        ("ln(0)", "a logarithm takes positive numbers"),
        ("log(8, 1)", "a base other than 1"),
        ("log(2, 1 + 1e-900)", "the base is too close to 1"),
        ("asin(2)", "no real value"),
        ("tan(90°)", "the tangent has no value here"),
        ("factorial(2.5)", "this takes whole numbers, not 2.5"),
        ("(-1)!", "this takes whole numbers from 0, not -1"),
        ("root(8, 0)", "this takes whole numbers from 1, not 0"),
        ("gcd(pi, 2)", "this takes whole numbers, not ≈ 3.14159265358979"),
        ("exp(1000)", "too large or too small"),
        ("exp(-1000)", "too large or too small"),
        ("sqrt(2e-800)", "too large or too small"),
        ("pi * 1e-300 * 1e-300", "too large or too small"),
        ("10**400 * pi", "too large or too small"),
        ("sin(10**300)", "the angle is too large"),
        ("sin(10**12 * pi)", "the angle is too large"),
        ("floor(10**20 * pi)", "cannot be rounded"),
    ],
)
def test_what_has_no_value_is_said(expression: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        calculate(expression)
    assert said in str(caught.value)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_fraction_is_written_so_that_it_can_be_read_back(top: int, bottom: int) -> None:
    value = Fraction(-top, bottom)
    written = shown(value)
    assert Fraction(written.partition(" ≈ ")[0]) == value


def test_how_results_are_written() -> None:
    assert shown(Fraction(1, 3)) == "1/3 ≈ 0.333333333333333"
    assert shown(Fraction(-1, 8)) == "-0.125"
    assert shown(Fraction(1, 2**40)) == "0." + f"{5**40:040d}"
    assert shown(Fraction(1, 3**200)) == "≈ 3.76486194959903e-96"
    assert shown(Fraction(10**50)) == "1" + "0" * 50
    assert shown(-0.0) == "≈ 0"


@pytest.mark.parametrize(
    ("text", "value"), [("12", 12), ("1.50", Fraction(3, 2)), (".5", Fraction(1, 2)), ("2e3", 2000)]
)
def test_digits_are_read_exactly(text: str, value: Number) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", ["9" * (MAX_DIGITS + 1), "1e4001", "1e-4001", "1e999999999999"])
def test_digits_beyond_the_bound_are_refused(text: str) -> None:
    with pytest.raises(ToolError, match="more than 4,000 digits"):
        number(text)


def test_constants_are_pythons() -> None:
    assert {"pi": math.pi, "e": math.e, "tau": math.tau} == CONSTANTS
