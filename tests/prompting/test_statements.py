"""A reply is sorted into what it states, tells, asks and refuses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatbot.prompting.statements import Statement, read


def test_the_last_statement_comes_first_and_what_is_told_is_kept_apart() -> None:
    said = read("There are 3. The answer is 4. The answer is 5! Good luck!")
    assert [each.text for each in said.stated] == ["5!", "4."]
    assert read("There are 3. Rs. 5 is paid. Good luck!").told == ["There are 3.", "Rs. 5 is paid."]


def test_a_refusal_ends_all_and_a_statement_after_it_counts() -> None:
    assert read("It is 5. I cannot determine the answer.").told == []
    assert read("I cannot say yet. The answer is 5.").stated[0] == Statement("5.")


def test_what_is_taken_back_is_gone() -> None:
    assert read("The answer is 5. Wait, that is wrong.").stated == []


def test_a_reply_that_ends_with_a_question_tells_nothing_unless_it_is_an_offer() -> None:
    assert read("Ann has 3. How many has Bob?").told == []
    assert read("Ann has 3. Would you like to know more?").told == ["Ann has 3."]


@given(st.text(max_size=300))
def test_any_text_is_sorted(text: str) -> None:
    read(text, topics=True)
