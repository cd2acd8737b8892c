"""Notebooks: cells in order, code in fences with what it printed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.anchors import anchor_text
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.notebook import convert

CELLS = [
    {"cell_type": "markdown", "source": ["# Sums\n", "How to add."]},
    {"cell_type": "code", "source": "", "outputs": []},
    {
        "cell_type": "code",
        "source": "1 + 1",
        "outputs": [
            {"output_type": "stream", "text": ["\x1b[31madding\x1b[0m\n"]},
            {"output_type": "execute_result", "data": {"text/plain": ["2"], "image/png": "iVBOR"}},
            {"output_type": "error", "ename": "ValueError", "evalue": "too much", "traceback": ["..."]},
        ],
    },
]
NOTEBOOK = {"nbformat": 4, "metadata": {"language_info": {"name": "python"}}, "cells": CELLS}


def test_cells_are_text_and_code_with_what_it_printed() -> None:
    assert convert(json.dumps(NOTEBOOK).encode()).text == (
        "# Sums\nHow to add.\n\n```python\n1 + 1\n```\n\n```\nadding\n2\nValueError: too much\n```\n\n"
    )


def test_a_cell_is_found_again_by_its_number() -> None:
    found = convert(json.dumps(NOTEBOOK).encode())
    code = found.text.index("1 + 1")

    assert anchor_text(found.anchors, code, code + 5) == "cell 3"


def test_code_that_holds_fences_stays_in_its_fence() -> None:
    cell = {"cell_type": "code", "source": "'''\n```\n'''"}

    assert convert(json.dumps({"cells": [cell]}).encode()).text.startswith("````\n'''\n```")


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"text/plain": "   a\n0  1", "text/html": "<table><tr><td>1</table>"}, "   a\n0  1"),
        (
            {"text/plain": "<IPython.core.display.Markdown object>", "text/markdown": "**Five**."},
            "**Five**.",
        ),
        ({"text/plain": "<Figure size 640x480 with 1 Axes>", "text/html": ["<p>Seven ", "boats.</p>"]}, "Seven boats."),
        ({"text/html": "<table><tr><td>a<td>b</table>"}, "| a | b |\n|---|---|"),
    ],
)
def test_what_a_cell_shows_is_read_in_the_form_that_says_most(data: dict[str, object], shown: str) -> None:
    cell = {"cell_type": "code", "source": "x", "outputs": [{"output_type": "display_data", "data": data}]}

    assert convert(json.dumps({"cells": [cell]}).encode()).text == f"```\nx\n```\n\n```\n{shown}\n```\n\n"


def test_of_a_bar_that_moved_its_end_is_read() -> None:
    printed = {"output_type": "stream", "text": "start\r\n 10%\r 50%\r100%\r\ndone\n"}
    cell = {"cell_type": "code", "source": "x", "outputs": [printed]}

    assert "```\nstart\n100%\ndone\n```" in convert(json.dumps({"cells": [cell]}).encode()).text


def test_notebooks_of_the_third_format_are_read() -> None:
    cells = [{"cell_type": "heading", "level": 2, "source": "Old"}, {"cell_type": "code", "input": ["x"]}]

    assert convert(json.dumps({"worksheets": [{"cells": cells}]}).encode()).text == "## Old\n\n```\nx\n```\n\n"


@pytest.mark.parametrize("data", [b"{", b"[]", b"{}", b'{"cells": 1}', b"[" * 100_000])
def test_what_is_no_notebook_is_refused(data: bytes) -> None:
    with pytest.raises(KnowledgeError, match="no notebook"):
        convert(data)


VALUE = st.recursive(
    st.none() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "data", "text/plain"]), inner),
)
CELL = st.dictionaries(st.sampled_from(["cell_type", "source", "outputs", "level", "input"]), VALUE)


@given(st.lists(CELL, max_size=4), VALUE)
def test_cells_of_any_shape_are_read_or_passed_over(cells: list[object], metadata: object) -> None:
    assert isinstance(convert(json.dumps({"cells": cells, "metadata": metadata}).encode()).text, str)
