"""The calculator: what people and models write, parsed without `eval`, and refused where it would cost too much."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from calculations import calculations
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ToolError
from chatbot.tools import arithmetic, calculate

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
        ("1,5 + 2", "column 2: expected an operator, not ',' (write decimals with a point, 1.5)"),
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


ESCAPES = """
__import__('os').system('touch {canary}')
open('{canary}', 'w')
exec("open('{canary}', 'w')")
eval("open('{canary}', 'w')")
().__class__.__base__.__subclasses__()
(1).__class__.__mro__[1].__subclasses__()[104].load_module('os').system('touch {canary}')
[x for x in (1).__class__.__bases__[0].__subclasses__() if x.__name__ == 'Popen'][0]('touch {canary}', shell=True)
lambda: open('{canary}', 'w')
(lambda f: f(f))(lambda f: f(f))
getattr(__builtins__, 'ev' + 'al')("open('{canary}', 'w')")
globals()['__builtins__']['open']('{canary}', 'w')
vars()['x']
breakpoint()
input('> ')
print('hi', file=open('{canary}', 'w'))
compile("open('{canary}', 'w')", 'x', 'exec')
f"{{__import__('os').system('touch {canary}')}}"
'%s' % open('{canary}', 'w')
"{{0.__class__}}".format(1)
{{{{ cycler.__init__.__globals__.os.popen('touch {canary}').read() }}}}
${{jndi:ldap://127.0.0.1/{canary}}}
$(touch {canary})
`touch {canary}`
; touch {canary}
| touch {canary}
&& touch {canary}
import os
from os import system
raise SystemExit
assert False
del x
x = 1
(x := 1)
yield 1
await x
async def f(): pass
class A: pass
@x
1 if open('{canary}', 'w') else 2
1 and open('{canary}', 'w')
not open('{canary}', 'w')
*open('{canary}', 'w')
1 .real
1j ** 2
...
b'x'
0b1 + 0o7
a[0]
{{1: 2}}
\\N{{DIGIT ONE}}
""".strip().splitlines()
WRAPPED = [
    "{}",
    "1 + {}",
    "({})",
    "sqrt({})",
    "max(1, {})",
    "{} in km",
    "what percent is {} of 20",
    "20% of {}",
    "-{}",
    "2026-11-20 + {}",
]
"""Around an escape: what comes before it has been read when it is met."""

BOMBS = [
    "9**9**9",
    "9^9^9^9",
    "(9**9)**(9**9)",
    "2**10**10",
    "10**-10**9",
    "1e999999",
    "1e-999999",
    "99999!",
    "(99!)!",
    "2!" + "!" * 900,
    "((((9!)!)!)!)!",
    "comb(10**9, 5*10**8)",
    "perm(10**9, 10**8)",
    "lcm(10**3000 + 1, 10**3000 + 3)",
    "gcd(" + "9" * 480 + ", " + "7" * 480 + ")",
    "root(10**3999, 3999)",
    "root(2, 10**9)",
    "sqrt(" * 100 + "2" + ")" * 100,
    "√" * 900 + "2",
    "exp(10**6)",
    "exp(exp(exp(exp(9))))",
    "log(10**3000, 1.0000001)",
    "tan(1e300)",
    "round(1, 10**9)",
    "round(10**3999, -999)",
    "(" * 990,
    "(" * 450 + "1" + ")" * 450,
    "-" * 990 + "1",
    "1" + "+1" * 490,
    "1" + "/7" * 490,
    "1" + "*9999999" * 120,
    "1" + "**1" * 300,
    "1" + "%" * 990,
    "1" + "°" * 900,
    "9" * 1000,
    "9" * 1_000_000,
    "1+" * 500_000,
    "0." + "0" * 990 + "1",
    "mean(" + "1/7," * 240 + "1)",
    "max(" * 200,
    "1 km" + " * 1 km" * 120,
    "1 m" + " * 1 s * 1 kg * 1 K * 1 B" * 30,
    "(1 km)^999999",
    "2 m^999",
    "1 km " + "in m " * 190,
    "9999-12-31 + 10**300 days",
    "1583-01-01 - 10**3000 workdays",
    "today + 10**9 business days",
    "1" + " million" * 120,
    "what is " * 124,
]

ATTACK = """
import gc, json, resource, sys, time
from chatbot.errors import ToolError
from chatbot.tools.calculate import calculate

expressions = json.load(sys.stdin)
for warm in ("1 + 1", "5 km in mi", "days until 2999-01-01", "foo"):
    try:
        calculate(warm)
    except ToolError:
        pass
seen, outcomes, slowest = [], [], 0.0
watched = ("exec", "compile", "open", "import", "os.", "subprocess.", "socket.", "ctypes.", "shutil.", "builtins.")
sys.addaudithook(lambda event, _: seen.append(event) if event.startswith(watched) else None)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for expression in expressions:
    gc.collect()
    started = time.thread_time()
    try:
        outcomes.append(("told", calculate(expression)))
    except ToolError as error:
        outcomes.append(("refused", str(error)))
    slowest = max(slowest, time.thread_time() - started)
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
sys.stdout.write(json.dumps({"seen": seen, "outcomes": outcomes, "seconds": slowest, "megabytes": grown}))
"""


def attacked(expressions: list[str]) -> dict[str, Any]:
    """What becomes of the expressions in a program that watches for files, programs, imports and compiled code."""
    sent = json.dumps(expressions)
    done = subprocess.run([sys.executable, "-c", ATTACK], input=sent, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def figures(came: dict[str, Any]) -> str:
    """Beside what is asked for."""
    return f"at most {1000 * came['seconds']:.0f} ms each (< 100), {came['megabytes']:.1f} MB in all (< 50)"


def test_of_500_escapes_none_is_executed_and_each_is_refused(tmp_path: Path, figure: Callable[[str], None]) -> None:
    canary = tmp_path / "canary"
    escapes = [around.format(each.format(canary=canary)) for each in ESCAPES for around in WRAPPED]
    assert len(set(escapes)) >= 500

    came = attacked(escapes)
    figure(f"{len(escapes)} escapes: {len(came['seen'])} executed (0 may be), {figures(came)}")

    assert came["seen"] == [] and not canary.exists()
    assert [
        (text, said) for text, (kind, said) in zip(escapes, came["outcomes"], strict=True) if kind != "refused"
    ] == []
    assert came["seconds"] < 0.1 and came["megabytes"] < 50


def test_of_50_bombs_each_is_answered_or_refused_at_once_in_little_memory(figure: Callable[[str], None]) -> None:
    assert len(set(BOMBS)) >= 50

    came = attacked(BOMBS)
    figure(f"{len(BOMBS)} bombs: {figures(came)}")

    assert came["seen"] == []
    assert len(came["outcomes"]) == len(BOMBS)
    assert came["seconds"] < 0.1 and came["megabytes"] < 50  # seconds of the processor, so that others do not matter


def fuzzed(seed: int, count: int) -> tuple[int, float]:
    """How many of the calculations have a value, and the longest that one took, in seconds of the processor."""
    value("5 km in mi")  # the units are read once
    told, slowest = 0, 0.0
    for text in calculations(seed, count):
        started = time.thread_time()
        try:
            said, told = value(text), told + 1
        except ToolError as error:
            said = str(error)
        slowest = max(slowest, time.thread_time() - started)
        assert said and "\n" not in said, text
    return told, slowest


def test_calculations_at_random_have_a_value_or_an_error() -> None:
    told, slowest = fuzzed(seed=7, count=2_000)

    assert told > 100
    assert slowest < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_million_calculations_at_random_have_a_value_or_an_error(seed: int) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told, slowest = fuzzed(seed, count=100_000)

    assert told > 5_000
    assert slowest < 0.1
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 50


def test_it_is_a_tool_that_only_computes() -> None:
    assert calculate.calculate.impact == "none"
    assert not calculate.calculate.needs_approval
    assert calculate.calculate.parameters["required"] == ["expression"]
    for name in (*arithmetic.FUNCTIONS, *arithmetic.CONSTANTS):
        assert name in calculate.calculate.description
    assert math.isclose(float(value("pi")[2:]), math.pi)
