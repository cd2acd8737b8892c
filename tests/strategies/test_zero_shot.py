"""Asking directly sends the prompt as it is."""

from __future__ import annotations

from driving import QUESTION, drive, run, spoken, task

from chatbot.messages import Reply
from chatbot.prompting.extraction import Extraction
from chatbot.strategies import get


def test_the_prompt_is_sent_once_and_nothing_is_added() -> None:
    effects, outcome = drive(get("zero_shot")(task()), "She has 7.")
    assert [spoken(effect) for effect in effects] == [[("system", "Be careful."), ("user", QUESTION)]]
    assert outcome.text == outcome.answer == outcome.shown == "She has 7."


def test_the_answer_is_read_as_the_prompt_says() -> None:
    assert run(get("zero_shot"), task(answer=Extraction("last_number")), "She has 7 apples.").answer == "7"


def test_a_reply_without_an_answer_is_no_wrong_answer() -> None:
    outcome = run(get("zero_shot"), task(answer=Extraction("last_number")), "I cannot say.")
    assert outcome.answer is None
    assert outcome.text == "I cannot say."


def test_a_reply_that_was_cut_says_so_in_the_trace() -> None:
    outcome = run(get("zero_shot"), task(), Reply("She has", finish="length"))
    assert outcome.finish == "length"
    assert "length" in outcome.trace.note
