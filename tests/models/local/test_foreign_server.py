"""Our small model at a server of someone else's and in our own process: one model, one answer to one request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from foreign_server import NOT_INSTALLED, POCKET, PROGRAM, said, serving, unstreamed

from chatbot import Chatbot, tool
from chatbot.effects import Generate, ToolSchema
from chatbot.messages import Message, Reply, Segment, ToolCall, message
from chatbot.models.connect import connect
from chatbot.models.fold import fold
from chatbot.sampling import Sampling

pytestmark = pytest.mark.skipif(not PROGRAM.is_file(), reason=NOT_INSTALLED)

GREEDY = Sampling(temperature=0, max_tokens=96)


def schema(name: str, description: str, **arguments: str) -> ToolSchema:
    properties = {name: {"type": kind} for name, kind in arguments.items()}
    return ToolSchema(name, description, {"type": "object", "properties": properties, "required": list(arguments)})


TOOLS = (
    schema("get_weather", "The weather of a place.", city="string"),
    schema("set_timer", "A timer for some minutes.", minutes="integer"),
)

WEATHER = message("user", "What is the weather in Lisbon?", "user")
CALL = ToolCall("call-1", "get_weather", '{"city": "Lisbon"}')
RESULT = Message("tool", (Segment("sunny, 21 degrees", "tool"),), call_id="call-1")
PASSAGES = '<passage number="1" source="shop.md">\nThe shop opens at 9:30 and closes at 18:00.\n</passage>'

REQUESTS: dict[str, Generate] = {
    "a question": Generate((message("user", "Who are you?", "user"),)),
    "a system text": Generate(
        (message("system", "Solve the problem step by step.", "author"), message("user", "What is 12 * 3 + 4?", "user"))
    ),
    "several turns": Generate(
        (
            message("user", "Hello!", "user"),
            message("assistant", "Hello.", "model"),
            message("user", "Say it – in «français» 🙂.", "user"),
        )
    ),
    "a passage": Generate(
        (Message("user", (Segment(PASSAGES, "document"), Segment("\n\nWhen does the shop open?", "user"))),)
    ),
    "tools": Generate((WEATHER,), tools=TOOLS),
    "tools of which none fits": Generate((message("user", "What does the lamp cost?", "user"),), tools=TOOLS),
    "a tool's result": Generate((WEATHER, Message("assistant", tool_calls=(CALL,)), RESULT), tools=TOOLS),
}


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with serving(POCKET) as spec:
        yield spec


@pytest.fixture(scope="module")
def local() -> str:
    return f"local:{POCKET}"


def ask(spec: str, request: Generate) -> Reply:
    return asyncio.run(fold(connect(spec).stream(replace(request, sampling=GREEDY))))


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_a_reply_is_the_same_here_and_there_streamed_and_in_one_piece(
    served: str, local: str, request_: Generate
) -> None:
    here, streamed = ask(local, request_), ask(served, request_)
    assert said(here) == said(streamed) == said(unstreamed(served, replace(request_, sampling=GREEDY)))


def test_the_model_does_something_with_the_requests(served: str) -> None:
    """It calls with the right value; which of the functions it names is beyond it (see its card)."""
    (call,) = ask(served, REQUESTS["tools"]).tool_calls
    assert json.loads(call.arguments) == {"city": "Lisbon"}
    assert "open" in ask(served, REQUESTS["a passage"]).text
    assert ask(served, REQUESTS["a tool's result"]).finish == "complete"


def test_a_turn_with_a_call_ends_alike(served: str, local: str, tmp_path: Path) -> None:
    asked: list[str] = []

    @tool(impact="none")
    def weather(city: str) -> str:
        """The weather of a place."""
        asked.append(city)
        return "sunny, 21 degrees"

    (tmp_path / "chatbot.toml").write_text("tools = []\n")
    answers = [
        Chatbot(spec, knowledge=None, tools=[weather], workspace=tmp_path, durable=False).ask(WEATHER.text)
        for spec in (served, local)
    ]
    assert asked == ["Lisbon", "Lisbon"]
    assert answers[0].text == answers[1].text


def test_a_reply_that_is_broken_off_leaves_the_next_one_right(served: str) -> None:
    request = replace(REQUESTS["a system text"], sampling=GREEDY)

    async def broken_off_then_whole() -> Reply:
        model = connect(served)
        async with aclosing(model.stream(request)) as events:
            await anext(events)
        return await fold(model.stream(request))

    assert said(asyncio.run(broken_off_then_whole())) == said(unstreamed(served, request))
