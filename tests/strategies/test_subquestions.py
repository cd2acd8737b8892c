"""Questions are read from a list however a model writes it, and from nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.strategies.subquestions import LONGEST, read_questions

TWO = ("How many has she?", "How many buys she?")


@pytest.mark.parametrize(
    "written",
    [
        "1. How many has she?\n2. How many buys she?",
        "1) How many has she?\n2) How many buys she?",
        "**1.** How many has she?\n**2.** How many buys she?",
        "- How many has she?\n- How many buys she?",
        "* **How many has she?**\n* **How many buys she?**",
        "Q1: How many has she?\nQ2: How many buys she?",
        "Subquestion 1: How many has she?\nSubquestion 2: How many buys she?",
        "1. Subquestion: How many has she?\n2. Subquestion: How many buys she?",
        "### Step 1: How many has she?\nWe need that.\n### Step 2: How many buys she?",
        "Here they are:\n\n1. How many has she?\n   - look at the text\n2. How many buys she?\n\nThat is all.",
        "1. How many has she?\n2. How many has she?\n3. How many buys she?",
        '["How many has she?", "How many buys she?"]',
        '```json\n{"questions": ["How many has she?", "How many buys she?"]}\n```',
        'To answer that, we need to know: "How many has she?", "How many buys she?"',
        "How many has she?\nHow many buys she?",
        "<think>1. Hm?</think>\n1. How many has she?\n2. How many buys she?",
    ],
)
def test_a_list_is_read_however_it_is_written(written: str) -> None:
    assert read_questions(written, 5) == TWO


def test_items_without_a_question_mark_count_where_none_has_one() -> None:
    assert read_questions("1. The apples she has.\n2. The apples she buys.", 5) == (
        "The apples she has.",
        "The apples she buys.",
    )
    assert read_questions("1. First I look.\n2. How many has she?", 5) == ("How many has she?",)


@pytest.mark.parametrize(
    "written", ["", "None.", "There are no simpler questions.", "She has 7.", "1. \n2. ", "[1]", "[]", "<think>?"]
)
def test_what_lists_no_question_holds_none(written: str) -> None:
    assert read_questions(written, 5) == ()


def test_the_first_are_taken_where_there_are_too_many() -> None:
    assert read_questions("\n".join(f"{number}. Is it {number}?" for number in range(1, 30)), 2) == (
        "Is it 1?",
        "Is it 2?",
    )


PIECES = [
    "1. ",
    "2) ",
    "- ",
    "Q1: ",
    "Step ",
    "?",
    '"',
    "[",
    "]",
    "{",
    "}",
    ",",
    "\n",
    " ",
    "how",
    "*",
    "<think>",
    "</think>",
]


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=50).map("".join), st.integers(1, 5))
def test_whatever_the_text_it_never_fails_and_keeps_its_bounds(text: str, most: int) -> None:
    found = read_questions(text, most)
    assert len(found) <= most
    assert all(each.strip() and len(each) <= LONGEST for each in found)
    assert len({each.casefold() for each in found}) == len(found)


WORDS = st.lists(st.from_regex(r"[a-z]{2,9}( [a-z]{2,9}){1,4}\?", fullmatch=True), min_size=1, max_size=5, unique=True)


@given(WORDS)
def test_a_numbered_list_and_one_in_json_hold_the_same(questions: list[str]) -> None:
    numbered = "\n".join(f"{number}. {each}" for number, each in enumerate(questions, 1))
    assert read_questions(numbered, 5) == read_questions(json.dumps(questions), 5) != ()


@pytest.mark.parametrize("piece", ["1. ", "- ", "Q1:", "[", '"', '"?', "\n", " ", "*", "<think>", '["a",', "1. a?\n"])
def test_long_junk_is_read_in_linear_steps(piece: str) -> None:
    """Anything but linear would take minutes."""
    read_questions(piece * 30_000, 5)
