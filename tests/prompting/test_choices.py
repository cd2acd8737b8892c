"""A choice is a letter that is chosen, or the text of one option; what is weighed is not chosen."""

from __future__ import annotations

import pytest

from chatbot.prompting.choices import choice

OPTIONS = ["A) doctor", "B) bookstore", "C) market", "D) train station", "E) mortuary"]


@pytest.mark.parametrize(
    "reply",
    [
        "answer is (b)",
        "B - bookstore",
        "Option B is correct, because A is not.",
        "The answer must be B, not A.",
        "It's not A, so it must be B.",
        "Let's go through them. A) doctor: no. B) bookstore: yes. C) market: no. So, B.",
        "You would find them in a bookstore. I'd go with (B).",
        "A bookstore.",
        "The answer is bookstore (B).",
        "B, because it sells magazines.",
        "<answer>\nB\n</answer>",
        '{"choice": "b"}',
    ],
)
def test_a_letter_or_a_text_that_is_chosen_is_read(reply: str) -> None:
    assert choice(reply, options=OPTIONS) == "B"


@pytest.mark.parametrize(
    "reply",
    [
        "The answer is A or B.",
        "The answer is not B.",
        "B can be eliminated.",
        "Let's consider B first.",
        "One could argue for (B).",
        "So (B) is out.",
        "The options are (A) doctor, (B) bookstore, (C) market.",
        "A bookstore sells books. A doctor heals.",
        "None of the options fit.",
    ],
)
def test_an_option_that_is_weighed_is_not_chosen(reply: str) -> None:
    assert choice(reply, options=OPTIONS) is None


def test_an_option_known_by_its_number_may_have_another_unit() -> None:
    prices = ["A)$61", "B)$65", "C)$67.40", "D)70", "E)Cannot be determined"]
    assert choice("The answer is 67.40 dollars.", options=prices) == "C"
    assert choice("Answer: Cannot be determined", options=prices) == "E"
    assert choice("I cannot determine the answer.", options=prices) is None


def test_a_text_that_two_options_have_chooses_neither() -> None:
    assert choice("The answer is 8.75.", options=["A)8.75", "B)8.79", "C)8.75"]) is None


def test_letters_are_the_authors_and_may_be_digits() -> None:
    assert choice("The answer is (b).", letters="abcd") == "b"
    assert choice("The answer is 2.", letters="1234") == "2"
    assert choice("The answer is (F).", letters="ABCD") is None
