"""A prompt file answers one item, from ordinary code and on an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import ChatServer, says

from chatbot import asolve, solve, tool
from chatbot.errors import NotFoundError
from chatbot.messages import Budget, Reply, ToolCall
from chatbot.models import Scripted
from chatbot.strategies import STRATEGIES

PROMPTS = Path(__file__).parents[1] / "prompts"
PROBLEM = {"question": "A box holds 12 eggs. How many are in 5 boxes, if 3 are taken out?"}


def test_a_prompt_file_answers_an_item() -> None:
    outcome = solve(PROMPTS / "word_problem_direct.prompty", PROBLEM, model=Scripted("57"))
    assert (outcome.answer, outcome.usage.calls) == ("57", 1)


def test_on_an_event_loop_it_is_the_same() -> None:
    work = asolve(PROMPTS / "word_problem_direct.prompty", PROBLEM, model=Scripted("57"))
    assert asyncio.run(work).answer == "57"


def test_the_strategy_can_be_changed_and_bounded() -> None:
    model = Scripted("60 - 3 = 57.\nAnswer: 57", repeat=True)
    path = PROMPTS / "word_problem_direct.prompty"
    outcome = solve(path, PROBLEM, model=model, strategy="self_consistency", budget=Budget(calls=3))
    assert len(model.requests) == 3
    assert outcome.answer == "57"
    assert outcome.limit
    with pytest.raises(NotFoundError, match="did you mean 'self_consistency'"):
        solve(path, PROBLEM, model=model, strategy="self_consistent")


def test_a_vote_at_an_endpoint_is_many_requests_at_once(chat_server: Callable[..., ChatServer]) -> None:
    server = chat_server(says("60 - 3 = 57.\nAnswer: 57", pause=0.05))
    outcome = solve(
        PROMPTS / "word_problem_8_shot_cot.prompty",
        PROBLEM,
        model=f"{server.url}#test-model",
        strategy="self_consistency over few_shot_cot",
    )
    assert outcome.answer == "57"
    assert (outcome.usage.calls, len(server.requests)) == (10, 10)
    assert server.connections > 1


REPLY = "1. Take 3 from 60.\nAnswer: 57\nJudgement: sure\nNothing to improve."
"""Something that every strategy can read."""

COMPOSED = ("self_consistency over few_shot_cot", "self_consistency over react", "self_consistency over least_to_most")


@pytest.mark.parametrize("strategy", [*sorted(STRATEGIES.keys() - {"structured"}), *COMPOSED])
def test_every_strategy_answers_at_an_endpoint_and_the_same_on_an_event_loop(
    chat_server: Callable[..., ChatServer], strategy: str
) -> None:
    server = chat_server(says(REPLY))

    @tool
    def multiply(a: int, b: int) -> int:
        """Multiply."""
        return a * b

    given = {"model": f"{server.url}#test-model", "strategy": strategy, "tools": [multiply]}
    outcome = solve(PROMPTS / "word_problem_8_shot_cot.prompty", PROBLEM, **given)
    asked = len(server.requests)
    assert outcome.answer == "57"
    assert asked == outcome.usage.calls
    assert outcome.trace.answer == "57"

    again = asyncio.run(asolve(PROMPTS / "word_problem_8_shot_cot.prompty", PROBLEM, **given))
    assert (again.text, again.answer, again.trace) == (outcome.text, outcome.answer, outcome.trace)
    assert len(server.requests) == 2 * asked


def test_tools_are_run() -> None:
    @tool
    def multiply(a: int, b: int) -> int:
        """Multiply."""
        return a * b

    model = Scripted(Reply("", (ToolCall("c", "multiply", '{"a": 12, "b": 5}'),)), "57")
    outcome = solve(PROMPTS / "word_problem_direct.prompty", PROBLEM, model=model, tools=[multiply])
    assert outcome.uses[0].result.text == "60"


def test_demonstrations_are_chosen_by_the_packaged_encoder() -> None:
    model = Scripted("positive")
    solve(PROMPTS / "sentiment_one_shot.prompty", {"review": "I love it."}, model=model)
    assert [each.role for each in model.requests[0].messages] == ["system", "user", "assistant", "user"]
