"""Yes and no are read where they answer, and not where they are words in a sentence."""

from __future__ import annotations

import pytest

from chatbot.prompting.yes_no import known_yes_no, yes_no


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Yes it is.", "yes"),
        ("It snows. Therefore, yes.", "yes"),
        ("Absolutely yes.", "yes"),
        ("No — pears float.", "no"),
        ("No, that is not correct.", "no"),
        ("Would a pear sink? No.", "no"),
        ("The statement is false.", "no"),
        ('{"answer": true}', "yes"),
    ],
)
def test_an_answer_is_read(reply: str, expected: str) -> None:
    assert yes_no(reply) == expected


@pytest.mark.parametrize(
    "reply",
    [
        "No one knows.",
        "There is no answer.",
        "It could be yes or no.",
        "Some say yes, others say no.",
        "The answer is not yes.",
        "Is it cold? Yes. Is it wet? No.",
        "It depends.",
    ],
)
def test_a_word_in_a_sentence_is_no_answer(reply: str) -> None:
    assert yes_no(reply) is None


def test_a_known_answer_may_be_a_letter() -> None:
    assert (known_yes_no("Y"), known_yes_no("false"), known_yes_no("perhaps")) == ("yes", "no", None)
