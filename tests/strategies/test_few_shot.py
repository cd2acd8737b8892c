"""Demonstrations stand between the instructions and the question, as turns."""

from __future__ import annotations

import pytest
from driving import QUESTION, SHOTS, drive, spoken, task

from chatbot.errors import PromptError
from chatbot.strategies import get


def test_demonstrations_are_turns_behind_the_system_message() -> None:
    (request,), outcome = drive(get("few_shot")(task(shots=SHOTS)), "7")
    assert spoken(request) == [
        ("system", "Be careful."),
        ("user", "1 and 1?"),
        ("assistant", "2"),
        ("user", "2 and 3?"),
        ("assistant", "5"),
        ("user", QUESTION),
    ]
    assert outcome.answer == "7"


def test_one_shot_shows_one() -> None:
    (request,), _ = drive(get("one_shot")(task(shots=SHOTS)), "7")
    assert [text for role, text in spoken(request) if role == "assistant"] == ["2"]


@pytest.mark.parametrize("name", ["few_shot", "one_shot", "few_shot_cot"])
def test_without_demonstrations_the_prompt_is_told_how_to_name_some(name: str) -> None:
    with pytest.raises(PromptError, match="needs demonstrations") as caught:
        drive(get(name)(task()), "7")
    assert "metadata.chatbot" in caught.value.hint
