"""Calls of tools from end to end: a real endpoint asks for them, they are run, and the answer comes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import ChatServer, call, calls, says

from chatbot import Chatbot, tool
from chatbot.conversation import check

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
