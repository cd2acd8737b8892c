"""Exact arithmetic, held to Python's own fractions; bounded whatever is asked."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ToolError
from chatbot.tools.calculate import calculate


def value(expression: str) -> str:
    return str(calculate(expression))


NUMBERS = st.one_of(
    st.integers(0, 10**12).map(str), st.decimals(0, 10**6, places=3, allow_nan=False, allow_infinity=False).map(str)
)
EXPRESSIONS = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        inner.map(lambda e: f"-({e})"),
    ),
    max_leaves=12,
)


def exactly(expression: str) -> Fraction:
    """The same with Python's fractions; the expressions are made of digits, signs and parentheses only."""
    tokens = "".join(f"Fraction('{t}')" if t[0].isdigit() else t for t in _split(expression))
    return Fraction(eval(tokens, {"Fraction": Fraction}))  # our own expression


def _split(expression: str) -> list[str]:
    found, word = [], ""
    for character in f"{expression} ":
        if character.isdigit() or character == ".":
            word += character
            continue
        found += [word] if word else []
        found.append(character)
        word = ""
    return found


@given(EXPRESSIONS)
def test_sums_and_products_are_exact(expression: str) -> None:
    try:
        wanted = exactly(expression)
    except ZeroDivisionError:
        with pytest.raises(ToolError, match="divides by zero"):
            value(expression)
        return
    assert Fraction(value(f"({expression}) - ({wanted.numerator}/{wanted.denominator})")) == 0


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9).filter(bool))
def test_quotient_and_remainder_are_pythons(left: int, right: int) -> None:
    assert value(f"({left}) // ({right})") == str(left // right)
    assert value(f"({left}) mod ({right})") == str(left % right)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("2 + 3 * 4", "14"),
        ("2 ** 3 ** 2", "512"),
        ("-2 ** 2", "-4"),
        ("0.1 + 0.2", "0.3"),
        ("1 / 3 + 1 / 6", "0.5"),
        ("10 / 4", "2.5"),
        ("2 ** 100", str(2**100)),
        ("7 // 2", "3"),
        ("1,234.5 × 2", "2469"),
        ("2²", "4"),
        ("√16", "4"),
        ("sqrt(2/8)", "0.5"),
        ("15% of 80", "12"),
        ("20!", str(math.factorial(20))),
        ("max(1, 2, 3) - min(4, 5)", "-1"),
        ("abs(-3)", "3"),
        ("round(2.567, 2)", "2.57"),
        ("gcd(12, 18)", "6"),
        ("1e3", "1000"),
    ],
)
def test_what_people_and_models_write(expression: str, result: str) -> None:
    assert value(expression) == result


@pytest.mark.parametrize(
    ("expression", "function"),
    [
        ("sin(1)", math.sin(1)),
        ("ln(10)", math.log(10)),
        ("exp(1)", math.e),
        ("2 ** 0.5", math.sqrt(2)),
        ("pi", math.pi),
    ],
)
def test_what_has_no_exact_value_is_marked_as_approximate(expression: str, function: float) -> None:
    result = value(expression)
    assert result.startswith("≈ ")
    assert float(result[2:]) == pytest.approx(function)


def test_a_fraction_without_an_end_is_given_both_ways() -> None:
    assert value("1 / 3") == "1/3 ≈ 0.333333333333333"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("1 / 0", "divides by zero"),
        ("9 ** 9 ** 9", "more than 4,000 digits"),
        ("10 ** 10 ** 10", "more than 4,000 digits"),
        ("99999!", "more than 4,000 digits"),
        ("1e99999", "more than 4,000 digits"),
        ("sqrt(-1)", "a negative number has no even root"),
        ("2 +", "the expression ends"),
        ("2 3", "write * to multiply"),
        ("(1", "column"),
        ("foo(1)", "foo"),
        ("__import__('os')", "not arithmetic"),
        ("", ""),
        ("(" * 5_000 + "1" + ")" * 5_000, ""),
        ("1+" * 100_000 + "1", ""),
        ("2!!", "(n!)!"),
        ("max()", ""),
    ],
)
def test_what_cannot_be_computed_is_said_and_costs_little(expression: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        calculate(expression)
    assert said in str(caught.value)


@given(st.one_of(st.text(max_size=60), st.text(alphabet="0123456789+-*/^%!().,eE xsqrtlogmaxπ√²", max_size=40)))
def test_any_text_has_a_value_or_an_error_for_the_model(text: str) -> None:
    try:
        said = value(text)
    except ToolError as error:
        said = error.message
    assert said
