"""Reasoning comes first, the answer after it, in one call or in Kojima's two."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import QUESTION, SHOTS, drive, run, spoken, task

from chatbot.errors import PromptError
from chatbot.messages import Reply
from chatbot.prompting.extraction import Extraction
from chatbot.strategies import get

NUMBER = Extraction("last_number")


def test_the_second_call_reads_the_answer_off_the_reasoning() -> None:
    effects, outcome = drive(get("zero_shot_cot")(task(answer=NUMBER)), "3 and 4 make 7.", "7.")
    first, second = map(spoken, effects)
    assert first[-1] == ("user", f"{QUESTION}\n\nLet's think step by step.")
    assert second == [
        *first,
        ("assistant", "3 and 4 make 7."),
        ("user", "Therefore, the answer (arabic numerals) is"),
    ]
    assert outcome.answer == "7"
    assert outcome.text == "3 and 4 make 7.\n\nAnswer: 7."
    assert [step.kind for step in outcome.trace.steps] == ["reasoning", "conclusion"]


def test_only_the_reasoning_is_shown_while_it_streams_and_the_text_begins_with_it() -> None:
    (first, second), outcome = drive(get("zero_shot_cot")(task(answer=NUMBER)), "3 and 4 make 7.", "7.")
    assert (first.purpose, second.purpose) == ("answer", "step")  # type: ignore[union-attr]
    assert outcome.text.startswith(outcome.shown)


@pytest.mark.parametrize(
    ("kind", "trigger"), [("choice", "among the choices"), ("yes_no", "(Yes or No)"), ("text", "nothing else")]
)
def test_the_answer_is_asked_for_in_the_form_it_is_read_in(kind: str, trigger: str) -> None:
    (_, second), _ = drive(get("zero_shot_cot")(task(answer=Extraction(kind))), "Hm.", "B")
    assert trigger in spoken(second)[-1][1]


def test_in_one_call_the_answer_stands_on_a_line_of_its_own() -> None:
    (only,), outcome = drive(get("zero_shot_cot", calls=1)(task()), "3 and 4 make 7.\nAnswer: 7")
    assert "'Answer:'" in spoken(only)[-1][1]
    assert outcome.answer == "7"


def test_another_trigger_can_be_asked_for() -> None:
    (first, _), _ = drive(get("zero_shot_cot", trigger="Take a deep breath.")(task()), "Hm.", "7")
    assert spoken(first)[-1][1].endswith("Take a deep breath.")


def test_reasoning_that_was_cut_is_not_concluded_from() -> None:
    outcome = run(get("zero_shot_cot"), task(answer=NUMBER), Reply("3 and", finish="length"))
    assert outcome.finish == "length"
    assert outcome.usage.calls == 1


def test_demonstrations_reason_before_they_answer() -> None:
    (request,), outcome = drive(get("few_shot_cot")(task(shots=SHOTS)), "3 and 4 make 7.\nAnswer: 7")
    assert spoken(request)[2] == ("assistant", "One and one are two.\nAnswer: 2")
    assert outcome.answer == "7"


def test_a_demonstration_without_a_rationale_is_refused() -> None:
    with pytest.raises(PromptError, match="rationale"):
        drive(get("few_shot_cot")(task(shots=(replace(SHOTS[0], rationale=""),))), "7")
