"""What a reply states counts before what it tells; numbers that arrange, compare or are rejected count for nothing."""

from __future__ import annotations

import pytest

from chatbot.prompting.last_number import last_number, number


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("The answer is $1,234.56.", "1234.56"),
        ("Final Answer: The final answer is $42$. I hope it is correct.", "42"),
        (r"\[ \boxed{\$29.00} \]", "29"),
        (r"\boxed{x = 14\text{ days}}", "14"),
        ("The answer is 29 because 15 + 14 = 29, and 15 is half of 30.", "29"),
        ("Answer: Tom has 5 apples and buys 3. So he has 8.", "8"),
        ("The answer is 5 more than 12, so 17.", "17"),
        ("Answer: 10% of 50 = 5", "5"),
        ("The answer is negative ten.", "-10"),
        ("The answer is twenty-five.", "25"),
        ("17 is the answer.", "17"),
        ("Die Antwort ist 17.", "17"),
        ("答案：14", "14"),
    ],
)
def test_a_statement_is_read_up_to_its_value(reply: str, expected: str) -> None:
    assert last_number(reply) == expected


@pytest.mark.parametrize(
    "reply",
    [
        "The answer is 20 (step 3 of 3).",
        "The answer is 20. I hope this helps with your 2nd question.",
        "So she has 20 left (18 + 2).",
        "He has 20 left. Check: 20 + 9 = 29.",
        "He has 20. I am 90% sure.",
        "Answer: 20\nConfidence: 95%",
        "The answer is not 18 but 20.",
        "The answer is 18. Wait, that's wrong; it's 20.",
        "The answer is 18... no, 20.",
        "A common mistake is to answer 18. The answer is 20.",
        "Some might say 18, but the answer is 20.",
        "Step 1: 3 + 4 = 7\nStep 2: 7 + 13 = 20",
        "She has 20 left [1]. Shall I explain in 3 steps?",
    ],
)
def test_numbers_around_the_answer_do_not_count(reply: str) -> None:
    assert last_number(reply) == "20"


@pytest.mark.parametrize(
    "reply",
    [
        "The answer is not 18.",
        "18 is not the answer.",
        "It is neither 18 nor 20.",
        "If the answer were 18, we would be done.",
        "You might guess 18, but no.",
        "I doubt the answer is 18.",
        "The answer is 18. Wait, that is wrong.",
        "Tom has 18 apples. How many does he have?",
        "I cannot determine the answer, because 18 things are unknown.",
        "The answer is 18 or 20.",
        "<think>It is 18",
    ],
)
def test_a_number_that_is_rejected_asked_or_left_open_is_no_answer(reply: str) -> None:
    assert last_number(reply) is None


def test_a_known_number_may_have_a_unit_or_be_a_whole_solution() -> None:
    assert number("$29.00 per day") == "29"
    assert number("3 + 4 = 7\n#### 7") == "7"
    assert number("none") is None
