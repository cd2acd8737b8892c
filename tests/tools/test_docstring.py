import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.tools.docstring import Docstring, read_docstring


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", Docstring("", {})),
        ("Adds.", Docstring("Adds.", {})),
        ("Adds.\n\nArgs:\n    a: The first.\n    b (int): The second,\n        at last.\n\nReturns:\n    The sum.",
         Docstring("Adds.", {"a": "The first.", "b": "The second, at last."})),
        ("Adds.\n\n:param a: The first.\n:param int b: The second,\n    at last.\n:returns: the sum",
         Docstring("Adds.", {"a": "The first.", "b": "The second, at last."})),
        ("Note that: this is prose.\nMore of it.", Docstring("Note that: this is prose.\nMore of it.", {})),
    ],
)  # fmt: skip
def test_docstrings_are_taken_apart(text: str, read: Docstring) -> None:
    assert read_docstring(text) == read


@given(st.text(alphabet="Args:param ab\n ()*", max_size=80))
def test_any_docstring_can_be_read(text: str) -> None:
    read = read_docstring(text)
    assert all("\n" not in said for said in read.parameters.values())
