"""reStructuredText: line for line, with the marks that documents are split by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.retrieval.formats.structured_text import convert
from chatbot.retrieval.outline import sections

PAGE = """\
.. _top:

=======
 Shops
=======

Read :doc:`the guide <guide>`, :func:`~shop.order` and `the site <https://example.org>`_.

Hours
=====

.. note:: Closed on *Sundays*.

Code::

    # no heading
    order("``x``")

After it.

Days
----

.. code-block:: python
   :linenos:

   if open:
       go()

.. a comment
   of two lines

.. function:: order(what)

   It orders ``what``.
"""


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (".. math:: a^2 + b^2 = c^2\n\nSo it is.\n", "a^2 + b^2 = c^2\n\nSo it is.\n"),
        (
            '.. csv-table:: Prices\n   :header: "Item", "Price"\n\n   "Rope", 3\n',
            'Prices\n"Item", "Price"\n\n   "Rope", 3\n',
        ),
        (
            ".. image:: a.png\n   :alt: A boat under *sail*\n   :width: 9\n\nText.\n",
            "\nA boat under *sail*\n\n\nText.\n",
        ),
    ],
    ids=["formula", "names of columns", "words for a picture"],
)
def test_what_a_directive_says_in_its_first_lines_is_text(page: str, text: str) -> None:
    assert convert(page.encode()).text == text


def test_every_line_keeps_its_place() -> None:
    text = convert(PAGE.encode()).text

    assert text.count("\n") == PAGE.count("\n")
    assert convert(PAGE.encode()).has_lines
    for word in ("Shops", "site", "Sundays", "no heading", "After", "Days", "go()", "order(what)", "It orders"):
        lines = [next(at for at, line in enumerate(each.split("\n")) if word in line) for each in (text, PAGE)]
        assert lines[0] == lines[1], word


def test_headings_code_notes_and_links_are_markdown() -> None:
    text = convert(PAGE.encode()).text

    assert [section.heading for section in sections(text)] == [
        ("Shops",),
        ("Shops", "Hours"),
        ("Shops", "Hours", "Days"),
    ]
    assert "Read the guide, `order` and the site." in text
    assert "Note: Closed on *Sundays*." in text
    assert 'Code:\n```\n# no heading\norder("``x``")\n```\nAfter it.' in text
    assert "```python\nif open:\n    go()\n```" in text
    assert "order(what)\n\n   It orders `what`." in text
    assert "comment" not in text and "_top" not in text


LINES = st.sampled_from(
    [
        *PAGE.split("\n"),
        "====",
        "A",
        "    x",
        "::",
        "`",
        ":r:`",
        "``",
        "..",
        ".. x::",
        ".. code::",
        "   :a: b",
        "a::",
        "\t",
        "```",
    ]
)


@given(st.lists(LINES, max_size=25))
def test_text_of_any_shape_keeps_its_lines(lines: list[str]) -> None:
    assert convert("\n".join(lines).encode()).text.count("\n") == max(0, len(lines) - 1)


@pytest.mark.parametrize(
    "text", ["`" * 50_000, ":a:`" * 20_000, "`a <" * 20_000, "x\n=\n" * 10_000, "::\n\n x\n" * 10_000]
)
def test_odd_text_is_read_too(text: str) -> None:
    assert convert(text.encode()).text.count("\n") == text.count("\n")
