"""Where demonstrations stand, and what a part of a strategy is."""

from __future__ import annotations

from dataclasses import replace

from driving import SHOTS, spoken, task
from hypothesis import given
from hypothesis import strategies as st

from chatbot.effects import Generate
from chatbot.messages import Message, message
from chatbot.strategies.task import ending, with_shots

roles = st.sampled_from(["user", "assistant"])
histories = st.lists(st.builds(lambda role, text: message(role, text, "user"), roles, st.text(max_size=9)), max_size=4)


@given(st.integers(0, 2), histories)
def test_demonstrations_stand_behind_the_instructions_and_before_all_that_was_said(
    systems: int, history: list[Message]
) -> None:
    opening = tuple(message("system", str(number), "author") for number in range(systems))
    request = with_shots(Generate((*opening, *history)), SHOTS, lambda shot: shot.answer)
    assert request.messages[:systems] == opening
    assert [each.text for each in request.messages[systems : systems + 4]] == ["1 and 1?", "2", "2 and 3?", "5"]
    assert list(request.messages[systems + 4 :]) == history


def test_a_step_is_not_shown_and_is_a_draw_of_its_own() -> None:
    step = task().as_step(3).request
    assert (step.purpose, step.sample) == ("step", 3)
    assert replace(step, purpose="answer", sample=0) == task().request


def test_what_a_strategy_adds_to_the_question_is_the_authors() -> None:
    grown = ending(task().request, " Think.")
    assert spoken(grown)[-1][1].endswith("Think.")
    assert [part.origin for part in grown.messages[-1].parts] == ["user", "author"]
