"""The calculator: what people and models write, parsed without `eval`, and refused where it would cost too much."""

from __future__ import annotations

import ast
import inspect
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ToolError
from chatbot.tools import arithmetic, calculate, tokens

value = calculate.calculate
"""The tool, called as the function it is."""

Sum = tuple[str, Fraction | None]
"""An expression, and its value; None where it divides by zero."""


def exactly(written: str) -> Sum:
    return written, Fraction(written)


def joined(parts: tuple[Sum, str, Sum]) -> Sum:
    (left, a), sign, (right, b) = parts
    written = f"({left} {sign} {right})"
    if a is None or b is None or (sign == "/" and b == 0):
        return written, None
    return written, {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[sign]()


def negated(inner: Sum) -> Sum:
    written, number = inner
    return f"-{written}" if written.startswith("(") else f"-({written})", None if number is None else -number


NUMBERS = st.one_of(
    st.integers(0, 10**20).map(str), st.decimals(0, 10**6, places=4, allow_nan=False, allow_infinity=False).map(str)
).map(exactly)
SUMS = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(st.tuples(inner, st.sampled_from("+-*/"), inner).map(joined), inner.map(negated)),
    max_leaves=12,
)


@given(SUMS)
def test_sums_and_products_are_those_of_fractions(made: Sum) -> None:
    written, number = made
    if number is None:
        with pytest.raises(ToolError, match="divides by zero"):
            value(written)
        return
    assert value(f"({written}) - ({number.numerator}/{number.denominator})") == "0"
    shown = value(written)
    if "≈" not in shown:
        assert Fraction(shown) == number
    else:
        assert float(shown.rpartition("≈ ")[2]) == pytest.approx(float(number), rel=1e-13)


@given(st.lists(st.tuples(st.sampled_from(["+", "-", "*", "//", "mod"]), st.integers(1, 10**6)), max_size=8))
def test_products_come_before_sums_and_both_from_left_to_right(terms: list[tuple[str, int]]) -> None:
    total, sign, product = 0, 1, 7
    for operator, number in terms:
        match operator:
            case "*":
                product *= number
            case "//":
                product //= number
            case "mod":
                product %= number
            case _:
                total, sign, product = total + sign * product, 1 if operator == "+" else -1, number
    assert value("7" + "".join(f" {operator} {number}" for operator, number in terms)) == str(total + sign * product)


@given(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30).filter(bool))
def test_quotient_and_remainder_are_pythons(left: int, right: int) -> None:
    assert value(f"({left}) // ({right})") == str(left // right)
    assert value(f"({left}) mod ({right})") == value(f"mod({left}, {right})") == str(left % right)


@given(st.integers(-50, 50), st.integers(0, 60))
def test_powers_of_whole_numbers_are_exact(base: int, exponent: int) -> None:
    assert value(f"({base}) ** {exponent}") == value(f"({base})^{exponent}") == str(base**exponent)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("2 + 3 * 4", "14"),
        ("(2 + 3) * 4", "20"),
        ("7 - 2 - 1", "4"),
        ("100 / 5 / 2", "10"),
        ("2 ** 3 ** 2", "512"),
        ("2^-2", "0.25"),
        ("-2 ** 2", "-4"),
        ("(-2) ** 2", "4"),
        ("--5", "5"),
        ("+-+5", "-5"),
        ("3 - -2", "5"),
        ("0.1 + 0.2", "0.3"),
        (".5 + 1.", "1.5"),
        ("1 / 3 + 1 / 6", "0.5"),
        ("7 // 2", "3"),
        ("-7 // 2", "-4"),
        ("7 % 3", "1"),
        ("7 % -2", "-1"),
        ("1e3 + 2E-1", "1000.2"),
        ("1,234.5 × 2", "2469"),
        ("1_000_000 ÷ 8", "125000"),
        ("12'500 − 500", "12000"),
        ("3 x 4", "12"),
        ("10x10", "100"),
        ("0 x 4", "0"),
        ("2² · 2⁻¹", "2"),
        ("√16 + ∛27", "7"),
        ("√√16", "2"),
        ("5!", "120"),
        ("(3!)!", "720"),
        ("2 ** 3!", "64"),
        ("-3!", "-6"),
        ("15% of 80", "12"),
        ("200 + 10%", "220"),
        ("200 - 10%", "180"),
        ("50% + 20%", "0.7"),
        ("50% * 8", "4"),
        ("5%", "0.05"),
        ("max(1,200)", "200"),
        ("max(1, 2, 3) - min(4, 5)", "-1"),
        ("SQRT(9)", "3"),
        ("2 + 2 =", "4"),
        ("  42  ", "42"),
    ],
)
def test_what_people_and_models_write(expression: str, result: str) -> None:
    assert value(expression) == result


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "the expression is empty"),
        (" = ", "the expression is empty"),
        ("2 +", "column 4: expected a number, but the expression ends"),
        ("* 2", "column 1: expected a number, not '*'"),
        ("2 3", "column 3: expected an operator, not '3' (write * to multiply)"),
        ("2π", "column 2: expected an operator, not 'π' (write * to multiply)"),
        ("2(3)", "write * to multiply"),
        ("(1", "column 3: expected ')', but the expression ends"),
        ("1)", "column 2: expected an operator, not ')'"),
        ("()", "column 2: expected a number, not ')'"),
        ("sin 5", "column 5: expected ( after sin, not '5'"),
        ("max(1,)", "column 7: expected a number, not ')'"),
        ("max()", "max takes at least 1 value, not 0"),
        ("sqrt(1, 2)", "sqrt takes 1 value, not 2"),
        ("round(1, 2, 3)", "round takes 1 or 2 values, not 3"),
        ("log(100)", "log takes 2 values, not 1 (log(x, base), ln, log10 or log2)"),
        ("comb(5)", "comb takes 2 values, not 1"),
        ("sqr(4)", "there is no 'sqr' (did you mean 'sqrt'?)"),
        ("x + 1", "column 1: expected a number, not 'x'"),
        ("2!!", "write (n!)! for a factorial of a factorial"),
        ("5 of 80", "only a percentage can be of something"),
        ("1,2345", "column 2: expected an operator, not ','"),
        ("max(1,000, 2)", "inside a function a comma separates values; write '1,000' without it"),
        ("5 mod 0", "column 3: this divides by zero"),
        ("1 + 1 / (2 - 2)", "column 7: this divides by zero"),
        ("2 = 2", "column 3: '=' is not arithmetic"),
        ("1; 2", "';' is not arithmetic"),
        ("a.b", "column 2: '.' is not arithmetic"),
        ("__import__('os').system('ls')", "'_' is not arithmetic"),
        ("lambda: 1", "column 7: ':' is not arithmetic"),
        ("[1]", "'[' is not arithmetic"),
        ("1 + 0x10", "column 5: '0x10' is not a decimal number"),
        ("1e", "expected an operator, not 'e'"),
        ("٣ + 1", "is not arithmetic"),
    ],
)
def test_what_is_wrong_is_said_with_its_column(expression: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        value(expression)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("9**9**9", "more than 4,000 digits"),
        ("9**9**9**9**9**9", "more than 4,000 digits"),
        ("(10**1000)**1000", "more than 4,000 digits"),
        ("2**-99999", "more than 4,000 digits"),
        ("99999!", "more than 4,000 digits"),
        ("((99!)!)!", "more than 4,000 digits"),
        ("1e99999", "more than 4,000 digits"),
        ("1e-99999", "more than 4,000 digits"),
        ("1e999999999", "more than 4,000 digits"),
        ("10**3000 * 10**3000", "more than 4,000 digits"),
        ("comb(10**9, 10**8)", "more than 4,000 digits"),
        ("perm(10**9, 10**8)", "more than 4,000 digits"),
        ("lcm(10**3000, 10**3000 + 1)", "more than 4,000 digits"),
        ("9" * 1_001, "longer than 1,000 characters"),
        ("(" * 300 + "1" + ")" * 300, "nested more than 100 levels deep"),
        ("-" * 300 + "1", "nested more than 100 levels deep"),
        ("2**" * 300 + "1", "nested more than 100 levels deep"),
        ("sqrt(" * 190 + "1" + ")" * 10, "nested more than 100 levels deep"),
        ("√" * 300 + "1", "nested more than 100 levels deep"),
        ("1+" * 100_000 + "1", "longer than 1,000 characters"),
        ("round(1, 10**9)", "at most 1000 places"),
        ("round(1.5, -10**9)", "at most 1000 places"),
    ],
)
def test_what_would_cost_too_much_is_refused_at_once(expression: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        value(expression)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "expression",
    [
        "log(10**2300, 1.5" + "0" * 900 + "1)",
        "2 ** (1 / 10**900)",
        "root(10**4000 - 1, 3989)",
        "(10**3999) ** (1/3)",
        "comb(10**900, 4)",
        "gcd(10**3999 + 1, 10**3999 - 1)",
        "1" + "+1/7" * 200,
        "2" + "!" + "+2!" * 300,
    ],
)
def test_what_looks_costly_and_is_bounded_comes_to_an_end(expression: str) -> None:
    try:
        said = value(expression)
    except ToolError as error:
        said = error.message
    assert said


ARITHMETIC = st.lists(
    st.sampled_from(
        "0 1 2 9 10 0.5 1e3 99999 pi e tau + - * / // % mod of ** ^ ! ° ² ⁻¹ ( ) , √ ∛ sqrt( cbrt( root( exp( ln( log( "
        "log2( log10( sin( cos( tan( asin( acos( atan( degrees( radians( abs( floor( ceil( round( min( max( sum( mean( "
        "mod( gcd( lcm( factorial( comb( perm(".split()
    ),
    max_size=14,
).map(" ".join)


@given(st.one_of(st.text(max_size=60), ARITHMETIC, ARITHMETIC.map(lambda text: text.replace(" ", ""))))
def test_any_text_has_a_value_or_an_error_for_the_model(text: str) -> None:
    try:
        said = value(text)
    except ToolError as error:
        said = error.message
    assert said and "\n" not in said


def test_nothing_is_ever_evaluated_by_python() -> None:
    for module in (calculate, arithmetic, tokens):
        called = {
            node.func.id
            for node in ast.walk(ast.parse(inspect.getsource(module)))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not called & {"eval", "exec", "compile", "__import__", "literal_eval", "getattr"}


def test_it_is_a_tool_that_only_computes() -> None:
    assert calculate.calculate.impact == "none"
    assert not calculate.calculate.needs_approval
    assert calculate.calculate.parameters["required"] == ["expression"]
    for name in (*arithmetic.FUNCTIONS, *arithmetic.CONSTANTS):
        assert name in calculate.calculate.description
    assert math.isclose(float(value("pi")[2:]), math.pi)
