"""Docstrings of the three common styles, as people write them, taken apart."""

from __future__ import annotations

import inspect

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


NUMPY = """Adds.

    At length.

    Parameters
    ----------
    a, b : int
        The numbers,
        both of them.
    mode : {'fast', 'exact'}, optional
        How.
    *rest : int
        More numbers.
    bare
        Without a type.
    silent : int

    Other Parameters
    ----------------
    rare : str
        Seldom used.

    Returns
    -------
    total : int
        The sum.
    """


def test_numpy_style() -> None:
    assert read_docstring(inspect.cleandoc(NUMPY)) == Docstring(
        "Adds.\n\nAt length.",
        {
            "a": "The numbers, both of them.",
            "b": "The numbers, both of them.",
            "mode": "How.",
            "rest": "More numbers.",
            "bare": "Without a type.",
            "rare": "Seldom used.",
        },
    )


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Adds.\nArgs:\n    a: The first.\nReturns:\n    A sum.", Docstring("Adds.", {"a": "The first."})),
        ("Args:\n    a: The first.\n      And more.\n    b: B.",
         Docstring("", {"a": "The first. And more.", "b": "B."})),
        ("Adds.\n\nArgs:\n    a (dict[str, Callable[[int], str]] | None, optional): The (first): one.\n"
         "    b (tuple(int, str)): B.",
         Docstring("Adds.", {"a": "The (first): one.", "b": "B."})),
        ("Adds.\n\nArgs:\n    a: One of\n        - x: this\n        - y: that\n\n        or none.",
         Docstring("Adds.", {"a": "One of - x: this - y: that or none."})),
        ("A point.\n\nAttributes:\n    x: Across.\n    y: Up.", Docstring("A point.", {"x": "Across.", "y": "Up."})),
        ("Adds.\n\n:param a: The first.\n\n    And more.\n\n:return: a sum",
         Docstring("Adds.", {"a": "The first. And more."})),
        ("Adds.\n\n@param a: The first.\n@return: a sum", Docstring("Adds.", {"a": "The first."})),
        ("Adds.\n\n:param list[int] \\*a: All.\n:keyword b: B.\n:ivar c: C.",
         Docstring("Adds.", {"a": "All.", "b": "B.", "c": "C."})),
        ("Adds.\n\nArgs:\n    größe: In cm.", Docstring("Adds.", {"größe": "In cm."})),
        ("Parameters of a fit\n\nNote\n----\nNone.", Docstring("Parameters of a fit", {})),
        ("Arguments are bad for you.\nReturns early.", Docstring("Arguments are bad for you.\nReturns early.", {})),
        ("Adds.\n\nParameters\n----------\nThis is prose, not an entry: see below.", Docstring("Adds.", {})),
    ],
)  # fmt: skip
def test_styles_as_people_write_them(text: str, read: Docstring) -> None:
    assert read_docstring(inspect.cleandoc(text)) == read


@given(st.text(alphabet="Args:param ab\n ()*-@", max_size=80) | st.text(max_size=80))
def test_any_docstring_can_be_read(text: str) -> None:
    read = read_docstring(text)
    assert all("\n" not in said for said in read.parameters.values())
