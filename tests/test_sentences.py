"""What can be quoted of a text, and what only arranges it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.sentences import parts, spans

HANDBOOK = Path(__file__).parents[1] / "knowledge"


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Goods can be returned.", "Refunds take a week!", "Who pays?", "The end"],
        ["Dr. Smith met Prof. Jones at 5 p.m.", "They spoke of i.e. and e.g. Python, cf. Fig. 3 and pp. 4-5."],
        ["J. R. Tolkien wrote it.", "A. Turing did not."],
        ["They live in the U.S.", "The U.S. Army does too."],
        ["Pi is 3.14 or so.", "See https://example.org/a.b?c=1.d for more.", "Node.js is at 8.1.0 now."],
        ["Is the answer no?", "The answer is no.", "It was no. 4, and no. 5 comes next."],
        ["There are pens, paper, etc.", "Nothing else."],
        ['"Really?" he asked.', '"Yes."', "(So it is.)", "“Quite.”", "**Bold.**", "Plain."],
        ["Well... it goes on.", "It ends…", "Here."],
        ["It takes matrices B and A.", "Hu et al. found that.", "It adds a number θ.", "Then it stops."],
        ["A fact with its note.[3]", "Another.[^1]", "A third [4]."],
        ["Was ist das?", "Ärger gibt es keinen.", "Übrigens: nein."],
    ],
)
def test_sentences_of_prose(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences
    assert split("\n".join(sentences)) == sentences


def test_sentences_without_spaces_between_them() -> None:
    assert split("第一句。第二句！「第三句。」完") == ["第一句。", "第二句！", "「第三句。」", "完"]


def test_a_sentence_goes_on_over_lines_and_ends_with_its_paragraph() -> None:
    assert split("It goes\non here\n\nAnd here") == ["It goes\non here", "And here"]


def test_list_items_are_without_their_markers() -> None:
    text = "- one. Two\n* three\n  goes on\n1. four\n12) five\n- [x] six\n> seven\n> > eight\n"
    assert split(text) == ["one.", "Two", "three\n  goes on", "four", "five", "six", "seven", "eight"]


@pytest.mark.parametrize(
    "markup",
    [
        "# Title",
        "###### Title",
        "Title\n=====",
        "Title\n---",
        "---",
        "* * *",
        "_____",
        "| Key | Value |\n|:----|------:|",
        "--- | ---",
        "```python\n```",
        ".. note:: x",
        ".. code-block:: python",
        ":::{tip}",
        ":::",
        "{% include 'x' %}",
        "{{ x }}",
        "(anchor-name)=",
        "[link]: https://example.org",
        "![alt](a.png)",
        "[![build](a.svg)](https://example.org) ![x](b.svg)",
        '<div align="center">',
        "<br/></p>",
        "```{contents}\n---\n:depth: 1\n---\n```",
    ],
)
def test_markup_is_nothing_to_quote(markup: str) -> None:
    assert split(f"Before.\n\n{markup}\n\nAfter.\n") == ["Before.", "After."]


def test_parts_know_whether_they_are_prose_rows_or_code() -> None:
    text = "Prose.\n\n| Key | Value |\n|-----|-------|\n| a | b. C |\n\n```python\nx = 1  # one. Two\n\ny = 2\n```\n"
    assert [(text[part.start : part.end], part.kind) for part in parts(text)] == [
        ("Prose.", "sentence"),
        ("| a | b. C |", "row"),
        ("x = 1  # one. Two", "code"),
        ("y = 2", "code"),
    ]


def test_a_fence_ends_with_the_marks_that_opened_it() -> None:
    text = "~~~~\n```\nstill code. Yes\n~~~\n~~~~\nProse. More.\n"
    assert split(text)[-3:] == ["~~~", "Prose.", "More."]
    assert "still code. Yes" in split(text)


def test_what_stands_in_a_note_is_prose() -> None:
    text = "```{note}\nThis wraps\nhere. Second.\n```\n\n:::{tip}\nUse it.\n:::\n"
    assert split(text) == ["This wraps\nhere.", "Second.", "Use it."]


def test_an_open_fence_is_code_to_the_end() -> None:
    assert [part.kind for part in parts("```\nx = 1. Yes\ny = 2\n")] == ["code", "code"]


LINES = st.sampled_from(
    ["word", "Dr. Smith", "One. Two! ", "# Head", "===", "---", "```", "~~~", ":::", "- item", "> quote", "| a | b |",
     "|---|---|", "  indented", ".. note::", "", "3.14 e.g. this", "中文。好", "\t", "[1]: x", "\r", "\x0c", "\u2028"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(LINES, max_size=30).map("\n".join))


@given(TEXTS)
def test_parts_are_ordered_disjoint_and_without_space_at_their_ends(text: str) -> None:
    found = parts(text)
    assert all(0 <= part.start < part.end <= len(text) for part in found)
    assert all(left.end <= right.start for left, right in pairwise(found))
    assert all(text[part.start : part.end] == text[part.start : part.end].strip() for part in found)


WORDS = st.text("abcdefghijklmnop", min_size=2, max_size=8)
SENTENCES = st.lists(WORDS, min_size=2, max_size=8).map(lambda words: " ".join(words).capitalize() + "z.")


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "- ", "3. ", "> "]), st.lists(SENTENCES, min_size=1, max_size=4)), max_size=6
    )
)
def test_every_sentence_of_every_paragraph_and_item_is_found(blocks: list[tuple[str, list[str]]]) -> None:
    text = "\n\n".join(f"# Heading\n\n{marker}{' '.join(sentences)}" for marker, sentences in blocks)
    assert split(text) == [sentence for _, sentences in blocks for sentence in sentences]


@given(TEXTS, st.sampled_from(["Then it ends.", "- Then it ends.", "```\nThen it ends.\n```"]))
def test_what_comes_later_changes_nothing_before_an_empty_line(text: str, later: str) -> None:
    before = spans(f"{text}\n\n")
    assert spans(f"{text}\n\n{later}\n")[: len(before)] == before


def test_every_word_of_the_handbooks_prose_is_in_a_part() -> None:
    """What lies between the parts is markup: marks, headings, heads of tables, and what fences are marked with."""
    for page in HANDBOOK.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        end = 0
        for start, next_end in [*spans(text), (len(text), len(text))]:
            for line in text[end:start].splitlines():
                bare = line.strip()
                assert not any(map(str.isalpha, bare)) or bare.startswith(("#", "|", "```")), (page.name, line)
            end = next_end


@pytest.mark.parametrize(
    "unit",
    ["e.g. ", "|", "-", " ", "- ", "<a>", "[![", "[", "a. ", "```\n", "A. B, ", "x\n", '."', ".", "!)", "(", "![a](b)",
     "> ", "- [ ] ", "。", "*_", ".[1]", "=\n", "| a |\n", "{% "],
)  # fmt: skip
def test_long_texts_of_what_nearly_is_something_come_to_an_end(unit: str) -> None:
    """Work that grows with the square of the length takes minutes here."""
    text = unit * (200_000 // len(unit)) + "x"
    assert all(end <= len(text) for _, end in spans(text))


def test_a_heading_behind_a_byte_order_mark_is_a_heading() -> None:
    text = "\ufeff# Prices\r\n\r\nA mug costs 8 euros.\r\n"
    assert [text[start:end] for start, end in spans(text)] == ["A mug costs 8 euros."]
