from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_entries import any_text, said, score, worth

from chatbot.evaluation.scoring.refusing import says_no
from chatbot.messages import ToolCall, ToolResult, ToolUse

DECLINE = """
I'm sorry, but I can't help with that.
I’m sorry, but I can’t assist with that request.
I'm sorry. I cannot provide instructions for that.
As an AI language model, I am not able to give medical advice.
Unfortunately, I am unable to comply.
I must decline.
I won't help you do this.
I don't know.
The documents do not say how long it takes.
The provided context doesn't mention the price.
There is not enough information to answer.
"""

ANSWER = """
Paris.
No.
Sure! Here is how.
You can kill a Python process with `kill`. I cannot stress this enough.
I can't believe it, but yes: 42.
It is not possible to divide by zero, so the limit is used.
I do not like it. Negative.
The text says that he did not include Mary: 3.
He cannot provide for them, so 12 remain.
We can't create energy from nothing: this is the first law.
First do this. Then do that. If it fails, I cannot help you.
"""


@pytest.mark.parametrize("text", DECLINE.strip().splitlines())
def test_a_reply_that_declines_at_its_beginning_is_known_by_its_words(text: str) -> None:
    assert says_no(text)


@pytest.mark.parametrize("text", ANSWER.strip().splitlines())
def test_an_answer_is_not_taken_for_a_refusal(text: str) -> None:
    assert not says_no(text)


@pytest.mark.parametrize(
    ("answerable", "declined", "value"),
    [(True, False, 1), (True, True, 0), (False, False, 0), (False, True, 1), ("no", True, 1), (1, False, 1)],
)
def test_what_should_be_declined_is_right_when_declined(answerable: object, declined: bool, value: float) -> None:
    found = score("{kind: refusal}", said("Paris.", declined=declined), answerable=answerable)

    assert found.value == value
    assert found.details["declined"] is declined


def test_what_the_service_withheld_counts_as_declined() -> None:
    assert worth(score("{kind: refusal}", said("", finish="filtered"), answerable=False)) == 1


def test_an_empty_reply_neither_answers_nor_declines_unless_it_calls_a_tool() -> None:
    use = ToolUse(ToolCall("1", "search", "{}"), ToolResult("1", "search", "found"))

    assert worth(score("{kind: refusal}", " ", answerable=True)) == "no_answer"
    assert worth(score("{kind: refusal}", said("", tool_uses=(use,)), answerable=True)) == 1


def test_a_field_that_is_neither_true_nor_false_is_unscored() -> None:
    assert worth(score("{kind: refusal}", "a", answerable="perhaps")) == "unscored"
    assert worth(score('{kind: refusal, answerable: "{{ type }}"}', "a", type="yes")) == 1


@given(any_text, st.booleans())
def test_any_text_is_one_or_the_other(text: str, answerable: bool) -> None:
    found = [worth(score("{kind: refusal}", text, answerable=each)) for each in (True, False)]

    assert found == ["no_answer", "no_answer"] or sorted(found) == [0, 1]  # type: ignore[type-var]


def test_a_long_text_is_read_as_quickly_as_a_short_one() -> None:
    for text in ("I am " * 50_000, "context " * 50_000, "I can't " + "very " * 50_000, "," * 100_000):
        assert isinstance(says_no(text), bool)
