"""`chatbot doctor --model M` shows how well a model calls tools, and has it asked so from then on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_server import ChatServer, Request, Scene, call, calls, says
from in_process import Run

from chatbot import Chatbot
from chatbot.call_tasks import TASKS, CallTask
from chatbot.models.call_rungs import kept
from chatbot.models.connect import connect


class Speaker(ChatServer):
    """Calls well in words, and never in the protocol."""

    def scene(self, request: Request) -> Scene:
        messages = request.body["messages"]
        assert isinstance(messages, list)
        task = next(task for task in TASKS if any(task.question in str(each["content"]) for each in messages))
        if request.body.get("tools"):
            return calls(call(0, '{"wrong": 1}', id="1", name="weather_now"))
        return says(written(task))


def written(task: CallTask) -> str:
    blocks = [json.dumps({"name": each.tool, "arguments": dict(each.arguments)}) for each in task.wanted]
    return "\n".join(f"<tool_call>\n{block}\n</tool_call>" for block in blocks) or "Hello."


@pytest.fixture
def server() -> Iterator[Speaker]:
    with Speaker() as server:
        yield server


def test_the_ways_are_shown_with_their_intervals_and_the_best_is_kept(here: Run, server: Speaker) -> None:
    spec = f"{server.url}#test-model"
    done = here("doctor", "--model", spec)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    native = next(line for line in lines if " native " in line)
    text = next(line for line in lines if " text " in line)
    assert f"0/{len(TASKS)}" in native and "0 to 14%" in native
    assert text.startswith("*") and f"{len(TASKS)}/{len(TASKS)}" in text and "86 to 100%" in text
    assert all(len(line) <= 80 for line in lines if not line.startswith(("It will", spec)))
    assert kept(connect(spec)) == "text"


def test_as_json(here: Run, server: Speaker) -> None:
    done = here("doctor", "--model", f"{server.url}#test-model", "--json")
    shown = json.loads(done.stdout)
    assert shown["rung"] == "text" and shown["tasks"] == shown["of"] == len(TASKS)
    assert shown["rungs"][0] | {"broken": 0} == {"rung": "native", "right": 0, "broken": 0, "low": 0.0, "high": 0.138}
    assert shown["rungs"][1]["right"] == len(TASKS) and shown["rungs"][1]["high"] == 1.0


def test_a_chat_asks_the_model_in_the_way_that_was_measured(here: Run, server: Speaker, folder: Path) -> None:
    spec = f"{server.url}#test-model"
    (folder / "chatbot.toml").write_text('tools = ["calculate"]\n', encoding="utf-8")
    for offered in (True, False):
        before = len(server.bodies)
        Chatbot(spec, knowledge=None, workspace=folder).ask(TASKS[4].question)
        assert ("tools" in server.bodies[before]) is offered
        here("doctor", "--model", spec)


def test_a_model_that_only_quotes_is_refused_in_one_line(here: Run) -> None:
    done = here("doctor", "--model", "extractive")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "calls no tools" in done.stderr


def test_a_model_that_does_nothing_in_time_is_said_to(here: Run) -> None:
    with ChatServer(says("a", "b", pause=3.0)) as server:
        done = here("doctor", "--model", f"{server.url}#test-model", "--seconds", "1")
    assert done.returncode != 0
    assert "did no task in 1 s" in done.stderr
