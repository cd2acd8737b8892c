"""Calls of tools from end to end: a real endpoint asks for them, they are run, and the answer comes of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from chat_server import (
    DONE,
    SILENT,
    ChatServer,
    Scene,
    answers,
    call,
    calls,
    delta,
    refuses,
    says,
    streams,
    usage,
)

from chatbot import Chatbot, Knowledge, Tool, tool
from chatbot.conversation import check
from chatbot.conversation.history import CUT_CALL
from chatbot.errors import KnowledgeError, LimitReached, ModelProtocolError, ModelRefused, ModelUnreachable, UsageError
from chatbot.events import Notice, ToolStarted
from chatbot.messages import Metadata, Passage
from chatbot.tools.execution import left_behind

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


# --- however it is streamed -------------------------------------------------------------------------------------------


@tool(impact="reads")
def order_status(order_id: str, since: int = 0) -> str:
    """Look up an order."""
    return f"order {order_id} was shipped"


PARALLEL = (
    delta(role="assistant", content=""),
    delta(content="Let me look. é"),
    *call(0, *'{"order_id": "1é7"}', id="call_1", name="order_status"),
    *call(1, '{"order', '_id": "18", "sin', 'ce": 3}', id="call_2", name="order_status"),
    delta("tool_calls"),
    usage(),
    DONE,
)


def wire(*steps: bytes) -> bytes:
    """The stream as bytes, in the raw UTF-8 and with the comments that some servers send."""
    body = b": ping\r\n\r\n".join(steps)
    return body.replace(rb"\u00e9", "é".encode())


def is_answered(server: ChatServer, talk: Chatbot) -> None:
    answer = talk.ask("Where are my orders?")
    assert answer.text == "Shipped."
    assert [(use.call.id, use.result.text) for use in answer.tool_calls] == [
        ("call_1", "order 1é7 was shipped"),
        ("call_2", "order 18 was shipped"),
    ]
    calling, *results = sent(server)[-3:]
    assert (calling["role"], calling["content"]) == ("assistant", "Let me look. é")
    assert [each["tool_call_id"] for each in results] == ["call_1", "call_2"]


def test_parallel_calls_that_come_byte_by_byte_are_run_and_answered_in_order(folder: Path, chat_server: Serve) -> None:
    body = wire(*PARALLEL)
    server = chat_server(streams(*(body[at : at + 1] for at in range(len(body)))), says("Shipped."))
    is_answered(server, bot(server, order_status))


def each_cut(step: int, chat_server: Serve) -> None:
    """The stream in two pieces, cut at each of these bytes in turn."""
    body = wire(*PARALLEL)
    places = range(1, len(body), step)
    scenes = [scene for at in places for scene in (streams(body[:at], body[at:]), says("Shipped."))]
    server = chat_server(*scenes)
    talk = bot(server, order_status, durable=False)
    for _ in places:
        is_answered(server, talk.conversation())


def test_a_stream_that_is_cut_anywhere_is_read_alike(folder: Path, chat_server: Serve) -> None:
    each_cut(37, chat_server)


@pytest.mark.slow
def test_a_stream_that_is_cut_at_every_byte_is_read_alike(folder: Path, chat_server: Serve) -> None:
    each_cut(1, chat_server)


ORDER_17 = {"name": "order_status", "arguments": '{"order_id": "17"}'}

ONE = call(0, '{"order_id": "17"}', id="a", name="order_status")


def message_with(**call_fields: object) -> dict[str, object]:
    made = {"id": "a", "type": "function", "function": {"name": "order_status", "arguments": {"order_id": "17"}}}
    said = {"role": "assistant", "content": None, "tool_calls": [made | call_fields]}
    return {"choices": [{"index": 0, "message": said, "finish_reason": "tool_calls"}]}


@pytest.mark.parametrize(
    "scene",
    [
        calls(ONE, finish="stop"),
        streams(*ONE, delta("tool_calls"), end="close"),
        streams(
            delta(tool_calls=[{"function": {"name": "order_status", "arguments": '{"order_id": "17"}'}}]), delta("stop")
        ),
        streams(delta(function_call={"name": "order_status", "arguments": '{"order_id": 17}'}), delta("function_call")),
        calls(call(0, *'{"order_id": "17"}', name="order_status")),
        answers(message_with()),
        answers(message_with(id=None)),
    ],
    ids=["finish stop", "no [DONE]", "no index, no id", "the old form", "no id", "not streamed", "not streamed, no id"],
)
def test_a_call_is_run_in_each_form_that_servers_send(folder: Path, chat_server: Serve, scene: Scene) -> None:
    server = chat_server(scene, says("Shipped."))
    answer = bot(server, order_status).ask("Where is order 17?")
    assert [use.result.text for use in answer.tool_calls] == ["order 17 was shipped"]
    assert answer.text == "Shipped."
    said, result = sent(server)[-2:]
    assert said["tool_calls"][0]["id"] == result["tool_call_id"] != ""  # type: ignore[index]


@pytest.mark.parametrize(
    ("scene", "finish"),
    [
        (calls(ONE, finish="length"), "length"),
        (calls(ONE, finish="content_filter"), "filtered"),
        (calls(ONE, finish=None), "truncated"),
        (streams(*ONE, end="whole"), "truncated"),
    ],
    ids=["cut at the limit", "withheld", "no reason", "no end"],
)
def test_calls_of_a_reply_that_is_not_whole_are_not_run(
    folder: Path, chat_server: Serve, scene: Scene, finish: str
) -> None:
    server = chat_server(scene, says("never asked"))
    answer = bot(server, order_status).ask("Where is order 17?")
    assert (answer.tool_calls, answer.finish, len(server.requests)) == ((), finish, 1)


@pytest.mark.parametrize(
    ("arguments", "name", "told"),
    [
        ('{"order_id": "17"', "order_status", "are not JSON"),
        ('{"order_id": NaN}', "order_status", "NaN"),
        ('{"order": "17"}', "order_status", "order_id"),
        ('{"order_id": "17", "since": "soon"}', "order_status", "since"),
        ('{"order_id": "17"}', "order_state", "did you mean 'order_status'?"),
        ("{}", "", "there is no tool ''"),
    ],
)
def test_a_wrong_call_goes_back_to_the_model_which_may_make_it_right(
    folder: Path, chat_server: Serve, arguments: str, name: str, told: str
) -> None:
    server = chat_server(calls(call(0, arguments, id="x", name=name)), calls(ONE), says("Shipped."))
    answer = bot(server, order_status).ask("Where is order 17?")
    wrong, right = (use.result for use in answer.tool_calls)
    assert wrong.failed and told in wrong.text
    assert sent(server, 1)[-1]["content"] == wrong.text
    assert (right.text, answer.text) == ("order 17 was shipped", "Shipped.")


def test_what_the_program_says_of_a_wrong_call_is_no_word_of_a_tools(folder: Path, chat_server: Serve) -> None:
    """So the call that is right may run without anybody being asked: only the user has spoken."""
    noted: list[str] = []

    @tool(impact="writes")
    def note(text: str) -> str:
        """Write a note."""
        noted.append(text)
        return "noted"

    wrong, right = (call(0, arguments, id="x", name="note") for arguments in ('{"txt": "milk"}', '{"text": "milk"}'))
    answer = bot(chat_server(calls(wrong), calls(right), says("Done.")), note).ask("Note milk.")
    assert [use.result.failed for use in answer.tool_calls] == [True, False]
    assert noted == ["milk"]


def test_calls_with_one_id_are_both_refused_and_the_history_stays_valid(folder: Path, chat_server: Serve) -> None:
    twice = (*ONE, *call(1, '{"order_id": "18"}', id="a", name="order_status"))
    server = chat_server(calls(twice), says("I could not look."))
    talk = bot(server, order_status)
    answer = talk.ask("Where are my orders?")
    assert all(use.result.failed and "had the id 'a'" in use.result.text for use in answer.tool_calls)
    assert len({use.call.id for use in answer.tool_calls}) == 2
    check(tuple(stored.message for stored in talk.session.messages))


def test_what_breaks_in_the_middle_of_the_loop_is_an_error_and_the_conversation_goes_on(
    folder: Path, chat_server: Serve
) -> None:
    for scene, error in (
        (refuses(401), ModelRefused),
        (streams(delta(content="Ship"), end="cut"), ModelUnreachable),
        (streams(b"data: {nope\n\n"), ModelProtocolError),
        (SILENT, LimitReached),
    ):
        server = chat_server(calls(ONE), scene, says("Shipped."))
        talk = bot(server, order_status)
        with pytest.raises(error):
            talk.ask("Where is order 17?", timeout=2.5 if scene is SILENT else None)
        assert talk.ask("And now?").text == "Shipped."
        check(tuple(stored.message for stored in talk.session.messages))


# --- whatever a tool does ---------------------------------------------------------------------------------------------


def _endless() -> list[object]:
    endless: list[object] = []
    endless.append(endless)
    return endless


def _leave() -> None:
    raise SystemExit(3)


def _interrupt() -> None:
    raise KeyboardInterrupt


async def _interrupt_async() -> None:
    raise KeyboardInterrupt


def _cancel() -> None:
    raise asyncio.CancelledError


def _deep() -> object:
    deep: object = "x"
    for _ in range(100_000):
        deep = [deep]
    return deep


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda: 1 / 0, "ZeroDivisionError: division by zero"),
        (_endless, "Circular reference"),
        (_deep, "RecursionError"),
        (lambda: {(1, 2): 3}, "TypeError"),
        (_leave, "SystemExit: 3"),
        (_interrupt, "KeyboardInterrupt"),
        (_interrupt_async, "KeyboardInterrupt"),
        (_cancel, "CancelledError"),
        (lambda: threading.Event().wait(20), "timed out after 0.05 s; it could not be stopped"),
        (lambda: asyncio.sleep(20), "timed out after 0.05 s; it was stopped"),
    ],
)
def test_whatever_a_tool_does_the_turn_goes_on(
    folder: Path, chat_server: Serve, act: Callable[[], object], told: str
) -> None:
    made = Tool.from_function(act, name="act", impact="none", timeout=0.05 if "timed out" in told else 5)
    server = chat_server(
        calls(call(0, id="a", name="act"), call(1, *'{"order_id": "17"}', id="b", name="order_status")), says("Hm.")
    )
    answer = bot(server, made, order_status).ask("Go.")
    failed, fine = (use.result for use in answer.tool_calls)
    assert failed.failed and told in failed.text
    assert (fine.text, answer.text) == ("order 17 was shipped", "Hm.")
    assert failed.text in str(sent(server)[-2]["content"])


def test_every_call_is_in_the_journal_with_its_arguments_and_result_and_how_long_it_took(
    folder: Path, chat_server: Serve
) -> None:
    server = chat_server(calls(ONE, call(1, '{"order_id": 0', id="b", name="order_status")), says("Shipped."))
    talk = bot(server, order_status)
    answer = talk.ask("Where is order 17?")
    rows = [effect for effect in talk.journal.trace(answer.trace_id) if effect.kind == "tool"]
    assert [row.request["call"]["arguments"] for row in rows] == ['{"order_id": "17"}', '{"order_id": 0']
    for row, use in zip(rows, answer.tool_calls, strict=True):
        assert row.result is not None
        assert (row.result["text"], row.result["failed"]) == (use.result.text, use.result.failed)
    assert answer.tool_calls[0].result.seconds > 0


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
    ):
        (folder / "chatbot.toml").write_text(f"tools = []\n{settings}\n")
        server = chat_server(looks("a"), looks("b"), says("Nothing."))
        answer = bot(server, look).ask("Where is it?")
        assert said in answer.limit
        assert answer.text
        assert sum(not use.result.failed for use in answer.tool_calls) == runs


def test_after_the_time_of_a_turn_nothing_is_asked(folder: Path, chat_server: Serve) -> None:
    @tool(impact="reads")
    def look(place: str) -> str:
        """Look at a place, slowly."""
        time.sleep(1.5)
        return f"nothing at {place}"

    (folder / "chatbot.toml").write_text("tools = []\nturn_seconds = 1.5\n")
    server = chat_server(looks("a"), says("Nothing."))
    answer = bot(server, look).ask("Where is it?")
    assert answer.limit == "the budget of 1.5 seconds is spent" and answer.text
    assert len(server.requests) == 1


def test_the_dollars_of_a_turn_are_never_passed(folder: Path, chat_server: Serve) -> None:
    server = chat_server(looks("a"), looks("b"), looks("c"), looks("d"), says("Nothing."))
    price = 'prices = {"test-model" = {input = 1000, output = 1000}}'
    (folder / "chatbot.toml").write_text(f"tools = []\nturn_dollars = 2.0\n{price}\n")
    answer = bot(server, look).ask("Where is it?")
    assert answer.limit == "the budget of $2 is spent"
    assert 0 < len(server.requests) < 5
    for request in server.requests:
        assert 1000 * int(str(request.body["max_tokens"])) / 1e6 < 2.0, "a reply may be longer than is left"


def test_a_model_whose_price_is_not_known_is_not_asked_within_a_budget(folder: Path, chat_server: Serve) -> None:
    (folder / "chatbot.toml").write_text("tools = []\nturn_dollars = 0.5\n")
    server = chat_server(says("Nothing."))
    with pytest.raises(UsageError, match=r"the price of .* is not known, so a budget of \$0.5 cannot be kept"):
        bot(server, look).ask("Where is it?")
    assert server.requests == []


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


# --- stopped ----------------------------------------------------------------------------------------------------------


def test_a_turn_that_is_stopped_while_tools_run_is_kept_and_the_conversation_goes_on(
    folder: Path, chat_server: Serve
) -> None:
    freed, started, cleaned = threading.Event(), threading.Semaphore(0), threading.Event()

    @tool(impact="none")
    def work() -> str:
        """Works in a thread."""
        started.release()
        freed.wait(20)
        return "late"

    @tool(impact="none")
    async def wait() -> str:
        """Waits on the loop."""
        started.release()
        try:
            await asyncio.sleep(20)
        finally:
            cleaned.set()
        return "late"

    both = calls(call(0, id="a", name="work"), call(1, id="b", name="wait"))
    server = chat_server(both, says("It was stopped."))
    talk = bot(server, work, wait)

    async def stop() -> None:
        turn = asyncio.ensure_future(talk.aask("Go."))
        for _ in range(2):
            await asyncio.to_thread(started.acquire)
        turn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await turn

    asyncio.run(stop())
    assert cleaned.is_set()
    assert "work" in left_behind() and "wait" not in left_behind()
    assert talk.ask("What happened?").text == "It was stopped."
    freed.set()
    told = [each["content"] for each in sent(server) if each["role"] == "tool"]
    assert told == [CUT_CALL, CUT_CALL]
    check(tuple(stored.message for stored in talk.session.messages))
    rows = [effect for effect in talk.journal.trace(talk.session.messages[0].trace_id) if effect.kind == "tool"]
    assert [(row.failed, row.result) for row in rows] == [
        (True, {"error": "interrupted", "left_behind": True}),
        (True, {"error": "interrupted", "left_behind": False}),
    ]


def test_a_search_that_fails_is_a_result_beside_those_of_the_other_tools(folder: Path, chat_server: Serve) -> None:
    class Broken(Knowledge):
        """Documents whose index turns out to be damaged in one place."""

        def search(self, query: str, k: int = 5, where: Metadata | None = None, **kwargs: int) -> list[Passage]:
            if query == "returns":
                raise KnowledgeError("the index is damaged", hint="rebuild it")
            return super().search(query, k, where)

    (folder / "chatbot.toml").write_text('tools = ["search_knowledge"]\n')
    search = call(1, '{"query": "returns"}', id="s", name="search_knowledge")
    server = chat_server(calls(ONE, search), says("Shipped."))
    knowledge = Broken.from_records([{"id": "a", "text": "Goods can be returned."}])
    talk = Chatbot(f"{server.url}#test-model", knowledge=knowledge, tools=[order_status])
    answer = talk.ask("Where is order 17?")
    assert [(use.result.text, use.result.failed) for use in answer.tool_calls] == [
        ("order 17 was shipped", False),
        ("error: the index is damaged (rebuild it)", True),
    ]
    assert answer.text == "Shipped."
