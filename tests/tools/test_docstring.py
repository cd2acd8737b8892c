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
        ("Adds.\n\nArguments:\n  *values (tuple[int, ...]): All.\n\n  **more: Others.\n\nRaises:\n  x: never",
         Docstring("Adds.", {"values": "All.", "more": "Others."})),
        ("Adds.\n\nExample:\n    a: not a parameter", Docstring("Adds.", {})),
        ("Adds.\n\nArgs:\n    a: See http://x.example or b: c.",
         Docstring("Adds.", {"a": "See http://x.example or b: c."})),
        ("Adds.\n\nArgs:\n    a:\n        On the next line.", Docstring("Adds.", {"a": "On the next line."})),
        (":param dict[str, int] a: A table.\n:type b: int\n:raises X: never", Docstring("", {"a": "A table."})),
        ("Note that: this is prose.\nMore of it.", Docstring("Note that: this is prose.\nMore of it.", {})),
    ],
)  # fmt: skip
def test_docstrings_are_taken_apart(text: str, read: Docstring) -> None:
    assert read_docstring(text) == read


@given(st.text(alphabet="Args:param ab\n ()*", max_size=80))
def test_any_docstring_can_be_read(text: str) -> None:
    read = read_docstring(text)
    assert all("\n" not in said for said in read.parameters.values())
