import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ToolError
from chatbot.tools.tokens import tokenize


def read(expression: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokenize(expression)[:-1]]


@pytest.mark.parametrize(
    ("expression", "pieces"),
    [
        ("1+2", [("number", "1"), ("sign", "+"), ("number", "2")]),
        ("1,234.5", [("number", "1234.5")]),
        ("1 234", [("number", "1"), ("number", "234")]),
        ("1\u202f234", [("number", "1234")]),
        ("12,34", [("number", "12"), ("sign", ","), ("number", "34")]),
        ("1e-3", [("number", "1e-3")]),
        ("2 × 3 ÷ 4 − 1", [("number", "2"), ("sign", "*"), ("number", "3"), ("sign", "/"), ("number", "4"),
                           ("sign", "-"), ("number", "1")]),
        ("x⁻¹²", [("sign", "*"), ("superscript", "-12")]),
        ("2^3**4", [("number", "2"), ("sign", "**"), ("number", "3"), ("sign", "**"), ("number", "4")]),
        ("√2", [("name", "sqrt"), ("number", "2")]),
        ("π", [("name", "pi")]),
        ("log10(2)", [("name", "log10"), ("sign", "("), ("number", "2"), ("sign", ")")]),
        ("Max(1,200)", [("name", "max"), ("sign", "("), ("number", "1"), ("sign", ","), ("number", "200"),
                        ("sign", ")")]),
        ("(1,200)", [("sign", "("), ("number", "1200"), ("sign", ")")]),
    ],
)  # fmt: skip
def test_expressions_are_cut_into_pieces(expression: str, pieces: list[tuple[str, str]]) -> None:
    assert read(expression) == pieces


@pytest.mark.parametrize(("expression", "column"), [("2³⁻", 3), ("1 + #", 5), ("1;2", 2), ("0x10", 1), ("1 + a_b", 6)])
def test_what_is_no_arithmetic_is_named_with_its_column(expression: str, column: int) -> None:
    with pytest.raises(ToolError, match=rf"^column {column}: .* is not "):
        tokenize(expression)


@given(st.text(alphabet="0123456789.,eE+-*/^()%!°²⁻√πxsqrtmax _'\t\n\u00a0", max_size=60))
def test_the_pieces_and_the_white_space_between_them_are_the_expression(text: str) -> None:
    try:
        *tokens, end = tokenize(text)
    except ToolError:
        return
    position = 0
    for token in tokens:
        between = text[position : token.column - 1]
        assert not between.strip() and token.spaced == bool(between)
        assert text.startswith(token.written, token.column - 1)
        position = token.column - 1 + len(token.written)
    assert end.kind == "end" and not text[position:].strip()
