"""Source code: as it stands, each function and class with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.anchors import anchor_text
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats import source_code

PYTHON = '''"""A shop."""

import os


class Shop:
    """It sells."""

    rooms = 3

    @property
    def size(self) -> int:
        return self.rooms

    def order(self) -> None:
        def inner() -> None: ...

    doors = 2


async def main() -> None:
    Shop()


if os.environ:

    def late() -> None: ...
'''


def place(data: str, at: str, language: str = "python") -> str:
    found = source_code.convert(data.encode(), language)
    start = found.text.index(at)
    return anchor_text(found.anchors, start, start + len(at))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("import os", ""),
        ("It sells", "class Shop"),
        ("@property", "method Shop.size"),
        ("return self.rooms", "method Shop.size"),
        ("inner", "method Shop.order"),
        ("doors = 2", "class Shop"),
        ("    Shop()", "function main"),
        ("if os.environ", ""),
        ("late", "function late"),
    ],
)
def test_each_line_of_python_lies_in_its_function_or_class(at: str, expected: str) -> None:
    assert place(PYTHON, at) == expected


def test_the_text_is_the_file_and_its_lines_are_the_files() -> None:
    found = source_code.convert(PYTHON.replace("\n", "\r\n").encode(), "python")

    assert found.text == PYTHON.replace("\n", "\r\n")
    assert found.has_lines and found.language == "python"


def test_python_that_is_being_written_is_read_by_its_lines() -> None:
    assert place(f"{PYTHON}\ndef broken(:\n    text\n", "    text") == "function broken"
    assert place(f"{PYTHON}\ndef broken(:\n", "doors = 2") == "class Shop"


def test_code_in_another_language_has_its_places_too() -> None:
    assert place("const add = (a, b) => {\n  return a + b;\n};\nmain();\n", "return", "javascript") == "function add"
    assert place("const add = (a, b) => {\n  return a + b;\n};\nmain();\n", "main", "javascript") == ""


def test_code_that_a_program_wrote_is_refused() -> None:
    with pytest.raises(KnowledgeError, match="written by a program"):
        source_code.convert(b"x=1;" * 2_000 + b"\n", "javascript")


def test_our_own_code_has_a_place_for_each_function() -> None:
    path = Path(source_code.__file__)
    found = source_code.convert(path.read_bytes(), "python")

    assert {"convert", "_within", "_anchors"} <= {anchor.name for anchor in found.anchors}


LINES = st.sampled_from(
    [
        "class A:",
        "    def f(self):",
        "def g():",
        "        return 1",
        "",
        "    x = 1",
        "}",
        "\f",
        "@d",
        '"""',
        "  # c",
        "if x:",
    ]
)


@given(st.lists(LINES, max_size=20), st.sampled_from(["python", "javascript", "c", "unknown"]))
def test_code_of_any_shape_has_ascending_places(lines: list[str], language: str) -> None:
    text = "\n".join(lines)
    starts = [anchor.start for anchor in source_code.convert(text.encode(), language).anchors]

    assert starts == sorted(starts)
    assert all(start == 0 or text[start - 1] in "\n\r" for start in starts)
