"""Calls of tools from end to end: a real endpoint asks for them, they are run, and the answer comes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from chat_server import ChatServer, call, calls, says

from chatbot import Chatbot, tool
from chatbot.conversation import check
from chatbot.events import Notice, ToolStarted

Serve = Callable[..., ChatServer]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace without settings and documents, and the current folder."""
    (tmp_path / "chatbot.toml").write_text("tools = []\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bot(server: ChatServer, *tools: object, **more: object) -> Chatbot:
    return Chatbot(f"{server.url}#test-model", knowledge=None, tools=tools, **more)  # type: ignore[arg-type]


def sent(server: ChatServer, number: int = -1) -> list[dict[str, object]]:
    """The messages of a request."""
    return server.bodies[number]["messages"]  # type: ignore[return-value]


def offered(server: ChatServer, number: int = -1) -> list[str]:
    """The names of the tools that a request offers."""
    return [each["function"]["name"] for each in server.bodies[number].get("tools", [])]  # type: ignore[attr-defined]


# --- long results -----------------------------------------------------------------------------------------------------

BOOK = "".join(f"line {number} of the book\n" for number in range(1, 2_001))


@tool(impact="reads")
def read_book() -> str:
    """Read the book."""
    return BOOK


def reads(result_id: str, page: int) -> object:
    return calls(call(0, f'{{"id": "{result_id}", "page": {page}}}', id=f"p{page}", name="read_result"))


def stored_id(server: ChatServer) -> str:
    """The id under which the last message says that its result is kept."""
    return str(sent(server)[-1]["content"]).rpartition(" of result-")[2].partition(";")[0]


def test_a_long_result_is_read_page_by_page(folder: Path, chat_server: Serve) -> None:
    server = chat_server(calls(call(0, id="a", name="read_book")), reads("result-3", 2), says("Read."))
    answer = bot(server, read_book).ask("What is in the book?")
    assert answer.text == "Read."
    assert [offered(server, number) for number in range(3)] == [["read_book"], *[["read_book", "read_result"]] * 2]
    first, second = (use.result for use in answer.tool_calls)
    assert BOOK.startswith(first.text + second.text)
    assert sent(server, 2)[-1]["content"] == second.text + second.note


def test_the_journal_holds_the_whole_of_it_and_the_conversation_the_page(folder: Path, chat_server: Serve) -> None:
    server = chat_server(calls(call(0, id="a", name="read_book")), says("Read."))
    talk = bot(server, read_book)
    answer = talk.ask("What is in the book?")
    [effect] = [each for each in talk.journal.trace(answer.trace_id) if each.kind == "tool"]
    assert effect.result is not None and effect.result["text"] == BOOK
    [said] = [stored.message for stored in talk.session.messages if stored.message.role == "tool"]
    assert len(said.text) < 10_000


def test_pages_are_read_in_a_conversation_that_is_taken_up_again_and_in_a_copy_of_it(
    folder: Path, chat_server: Serve
) -> None:
    server = chat_server(calls(call(0, id="a", name="read_book")), says("Read."))
    talk = bot(server, read_book)
    talk.ask("What is in the book?")
    kept = stored_id(server)
    for session in (talk.session.id, talk.session.fork().id):
        again = chat_server(reads(f"result-{kept}", 3), says("Read on."))
        answer = bot(again, read_book, session=session).ask("And then?")
        assert "read_result" in offered(again, 0)
        [use] = answer.tool_calls
        assert not use.result.failed and use.result.text in BOOK
        check(tuple(stored.message for stored in talk.session.messages))


def test_what_belongs_to_another_conversation_is_not_read(folder: Path, chat_server: Serve) -> None:
    server = chat_server(calls(call(0, id="a", name="read_book")), says("Read."))
    talk = bot(server, read_book)
    talk.ask("What is in the book?")
    other = chat_server(reads(f"result-{stored_id(server)}", 1), says("No."))
    [use] = bot(other, read_book).ask("Read what others read.").tool_calls
    assert use.result.failed
    assert "no result" in use.result.text
    assert "read_result" not in offered(other, 0)


# --- bounds -----------------------------------------------------------------------------------------------------------


@tool(impact="reads")
def look(place: str) -> str:
    """Look at a place."""
    return f"nothing at {place}"


def looks(*places: str) -> object:
    parts = (call(at, f'{{"place": "{place}"}}', id=place, name="look") for at, place in enumerate(places))
    return calls(*parts)


def test_more_than_eight_calls_are_not_run_and_the_answer_says_so(folder: Path, chat_server: Serve) -> None:
    server = chat_server(looks(*"abcde"), looks(*"fghij"), says("Nothing."))
    events = list(bot(server, look).stream("Where is it?"))
    answer = events[-1].answer  # type: ignore[union-attr]
    assert [use.result.failed for use in answer.tool_calls] == [False] * 8 + [True] * 2
    assert sum(isinstance(event, ToolStarted) for event in events) == 8
    assert (answer.text, answer.limit) == (
        "Nothing.",
        "the model made more calls of tools than the 8 it may, and the rest were not run",
    )
    assert any(isinstance(event, Notice) and answer.limit in event.text for event in events)
    assert offered(server, 2) == []
    assert [each["role"] for each in sent(server, 2)[-6:]] == ["assistant"] + ["tool"] * 5


def test_each_bound_can_be_set_and_is_told_in_the_answer(folder: Path, chat_server: Serve) -> None:
    for settings, said, runs in (
        ("tool_calls = 1", "more calls of tools than the 1 it may", 1),
        ("rounds = 2", "went on calling tools after 2 rounds", 1),
        ("turn_seconds = 0.000001", "the budget of 1e-06 seconds is spent", 1),
        ("turn_dollars = 0.5", "the price of this model is not known", 1),
    ):
        (folder / "chatbot.toml").write_text(f"tools = []\n{settings}\n")
        server = chat_server(looks("a"), looks("b"), says("Nothing."))
        answer = bot(server, look).ask("Where is it?")
        assert said in answer.limit
        assert answer.text
        assert sum(not use.result.failed for use in answer.tool_calls) == runs


@pytest.mark.parametrize("impact", ["reads", "writes"])
def test_the_same_call_over_and_over_ends_the_use_of_tools(
    folder: Path, chat_server: Serve, impact: Literal["reads", "writes"]
) -> None:
    ran: list[str] = []

    def act(place: str) -> str:
        """Act at a place."""
        ran.append(place)
        return "done"

    spelled = ['{"place": "a"}', '{ "place":"a" }', '{"place": "\\u0061"}']
    scenes = [calls(call(0, each, id=f"c{at}", name="act")) for at, each in enumerate(spelled)]
    server = chat_server(*scenes, says("It is done."))
    answer = bot(server, tool(impact=impact)(act), approve=lambda *_: True).ask("Do it.")
    assert len(ran) == (2 if impact == "reads" else 1)
    assert [use.result.failed for use in answer.tool_calls] == [False, False, True]
    assert "the same call again and again" in answer.limit
    assert answer.text == "It is done."


def test_a_call_whose_result_changes_may_be_made_again(folder: Path, chat_server: Serve) -> None:
    seen = iter(range(9))

    @tool(impact="reads")
    def progress() -> int:
        """How far it is."""
        return next(seen)

    server = chat_server(*[calls(call(0, id=f"c{at}", name="progress")) for at in range(4)], says("Three."))
    answer = bot(server, progress).ask("How far is it?")
    assert [use.result.text for use in answer.tool_calls] == ["0", "1", "2", "3"]
    assert not answer.limit
