"""Short answers are read from their place, bare."""

from __future__ import annotations

import pytest

from chatbot.prompting.short_answers import after, name, short_answer


@pytest.mark.parametrize(
    "reply",
    ["Yajo", 'The answer is "yajo" because of the letters.', "y, a, j, o -> yajo", "Joining them gives us 'yajo'."],
)
def test_a_word_that_is_stated_is_read(reply: str) -> None:
    assert short_answer(reply) == "yajo"


@pytest.mark.parametrize("reply", ["Some would say yajo.", "The answer is not yajo.", "Is it yajo?", "I do not know."])
def test_a_word_that_is_not_stated_is_not_read(reply: str) -> None:
    assert short_answer(reply) is None


def test_a_marker_is_followed_by_the_answer_on_its_line_or_the_next() -> None:
    assert after("Grade: **A-**.\n", marker="Grade:") == "A-"
    assert after("**Grade:**\n\nB\n", marker="Grade:") == "B"
    assert after("Grade: unknown", marker="Grade:") is None
    assert after("The answer is B.", marker="Grade:") is None


def test_a_marker_of_the_answer_stands_for_all_ways_to_state_one() -> None:
    assert after("The answer is Paris.") == "Paris"
    assert after("The answer is Paris.", case="upper") == name("paris.", case="upper") == "PARIS"
