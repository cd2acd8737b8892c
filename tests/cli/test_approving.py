"""A person at a terminal is asked about a call, sees what would run and where it comes from, and their word holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chat_server import ChatServer, call, calls, says
from terminal import Terminal

from chatbot.cli.approving import Approver
from chatbot.cli.screen import Screen
from chatbot.tools import ApprovalRequest

QUESTION = "How long can goods be returned? Remember that I like it short."
FACT = "The user likes short answers."

Start = Callable[..., ChatServer]


def remembers(*facts: str) -> object:
    """A reply that calls `remember`, once for each fact, side by side."""
    return calls(
        *(call(index, json.dumps({"fact": fact}), id=f"c{index}", name="remember") for index, fact in enumerate(facts))
    )


@pytest.fixture
def chat(folder: Path, chat_server: Start) -> Iterator[Callable[..., tuple[Terminal, ChatServer]]]:
    """A chat that offers `remember`, in whose turns documents have been read, and the server it asks."""
    opened: list[Terminal] = []

    def start(*scenes: object) -> tuple[Terminal, ChatServer]:
        settings = folder / "chatbot.toml"
        settings.write_text('tools = ["remember", "recall"]\n', encoding="utf-8")
        server = chat_server(*scenes)
        terminal = Terminal("--model", f"{server.url}#m", folder=folder)
        opened.append(terminal)
        terminal.see(lambda text: text.rstrip().endswith("›"))
        return terminal, server

    yield start
    for terminal in opened:
        terminal.close()


def told(server: ChatServer) -> list[str]:
    """What the model was told of its calls, in its last request."""
    messages = server.requests[-1].body["messages"]
    assert isinstance(messages, list)
    return [str(message["content"]) for message in messages if message["role"] == "tool"]


def test_a_call_is_shown_with_its_reason_and_runs_after_a_yes(chat: Callable[..., tuple[Terminal, ChatServer]]) -> None:
    terminal, server = chat(remembers(FACT), says("Within 30 days [1]."))
    terminal.enter(QUESTION)
    text = terminal.see("run it?")
    assert "remember wants to run: it changes something" in text
    assert "text of documents or tools is in this conversation" in " ".join(text.split())
    assert FACT in text
    assert len(server.requests) == 1
    terminal.enter("y")
    terminal.see("Within 30 days [1].")
    assert "error" not in told(server)[0]
    terminal.enter("/calls")
    terminal.see("1. remember(")
    terminal.enter("/calls 1")
    assert "allow: the user approved it" in terminal.see("decision")


@pytest.mark.parametrize("answer", ["", "n", "not that"])
def test_anything_but_a_yes_is_a_no_and_a_reason_reaches_the_model(
    chat: Callable[..., tuple[Terminal, ChatServer]], answer: str
) -> None:
    terminal, server = chat(remembers(FACT), says("Then I do not. Within 30 days [1]."))
    terminal.enter(QUESTION)
    terminal.see("run it?")
    terminal.enter(answer)
    terminal.see("Within 30 days [1].")
    assert "did not approve" in told(server)[0]
    assert ("not that" in told(server)[0]) == (answer == "not that")


def test_what_was_typed_before_the_question_answers_nothing(chat: Callable[..., tuple[Terminal, ChatServer]]) -> None:
    slow = calls((0.8, *call(0, json.dumps({"fact": FACT}), id="c", name="remember")))
    terminal, server = chat(slow, says("Within 30 days [1]."))
    terminal.enter(QUESTION)
    terminal.type("y\ry\r")
    terminal.see("run it?")
    terminal.settle()
    assert len(server.requests) == 1
    terminal.enter("n")
    terminal.see("Within 30 days [1].")
    assert "did not approve" in told(server)[0]


def test_always_holds_for_the_conversation_and_for_calls_side_by_side(
    chat: Callable[..., tuple[Terminal, ChatServer]],
) -> None:
    terminal, server = chat(remembers(FACT, "The user returns goods."), says("Within 30 days [1]."))
    terminal.enter(QUESTION)
    terminal.see("run it?")
    terminal.enter("a")
    text = terminal.see("Within 30 days [1].")
    assert text.count("wants to run") == 1
    assert not any("error" in result for result in told(server))


def test_each_of_two_calls_has_an_answer_of_its_own(chat: Callable[..., tuple[Terminal, ChatServer]]) -> None:
    terminal, server = chat(remembers(FACT, "The user returns goods."), says("Within 30 days [1]."))
    terminal.enter(QUESTION)
    terminal.see("run it?")
    terminal.enter("n")
    terminal.see(lambda text: text.count("run it?") == 2)
    terminal.enter("y")
    terminal.see("Within 30 days [1].")
    assert ["did not approve" in result for result in told(server)] == [True, False]


def test_an_edit_runs_what_the_person_wrote(chat: Callable[..., tuple[Terminal, ChatServer]]) -> None:
    terminal, server = chat(remembers(FACT), says("Within 30 days [1]."))
    terminal.enter(QUESTION)
    terminal.see("run it?")
    terminal.enter("e")
    terminal.see("arguments:")
    terminal.type("\x05" + "\x7f" * 60 + '{"fact": "The user likes tea."}\r')
    terminal.see("Within 30 days [1].")
    assert "The user likes tea." in told(server)[0]


def test_ctrl_c_at_the_question_stops_the_turn_and_nothing_runs(
    chat: Callable[..., tuple[Terminal, ChatServer]], folder: Path
) -> None:
    terminal, server = chat(remembers(FACT), says("Never said."))
    terminal.enter(QUESTION)
    terminal.see("run it?")
    terminal.type("\x03")
    terminal.see("[stopped; /continue goes on]")
    assert len(server.requests) == 1
    assert (
        not (folder / ".chatbot" / "memory.db").exists()
        or FACT.encode() not in (folder / ".chatbot" / "memory.db").read_bytes()
    )


def test_a_tool_can_be_switched_off_and_on(chat: Callable[..., tuple[Terminal, ChatServer]]) -> None:
    terminal, server = chat(says("Within 30 days [1]."))
    terminal.enter("/tools off remember")
    assert "off: remember" in terminal.see("off:")
    terminal.enter("/tools on current_time")
    terminal.see("current_time       none")
    terminal.enter("/tools on currenttime")
    terminal.see("did you mean 'current_time'?")
    terminal.enter(QUESTION)
    terminal.see("Within 30 days [1].")
    offered = [tool["function"]["name"] for tool in server.requests[-1].body["tools"]]  # type: ignore[attr-defined]
    assert "current_time" in offered and "remember" not in offered


def test_questions_that_are_open_when_the_turn_is_over_are_answered_no() -> None:
    import threading

    approver = Approver(Screen(plain=True))
    request = ApprovalRequest("f", "", "writes", "{}", (), "", "c", "s", "hash")
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(approver(request).verdict))
    thread.start()
    while not answers:
        approver.give_up()
    thread.join()
    assert answers == ["reject"]
