"""The driver of flows: what it performs, what it writes down before and after, and what it shows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from chat_server import DONE, ChatServer, delta, refuses, says, streams, usage
from numpy.typing import NDArray

from chatbot.effects import (
    CallTool,
    CheckSources,
    Effect,
    Embed,
    Flow,
    Generate,
    Overview,
    Purpose,
    Remember,
    Retrieve,
    Survey,
    Tell,
    Together,
)
from chatbot.errors import (
    ChatbotError,
    KnowledgeError,
    ModelError,
    ModelRefused,
    ModelUnreachable,
    ToolError,
    UsageError,
)
from chatbot.events import (
    Ended,
    ModelEvent,
    Notice,
    Prompted,
    TextDelta,
    ToolEnded,
    ToolProgress,
    ToolStarted,
    TurnEvent,
)
from chatbot.journal import Journal
from chatbot.messages import Message, Passage, Reply, ToolCall, ToolResult, Usage, message
from chatbot.models import Scripted
from chatbot.models.connect import connect
from chatbot.models.model import Abilities, Model, estimate_tokens
from chatbot.models.openai_api import OpenAIModel
from chatbot.retrieval import Knowledge
from chatbot.runtime import Runtime
from chatbot.service.endpoints import Quirks, url_endpoint
from chatbot.tools import Tool, Toolbox, tool

RECORDS = [
    {
        "id": "sky",
        "text": "The sky is blue by day, red in the evening, and black at night, when the stars come out.",
    },
    {
        "id": "sea",
        "text": "The sea is green near the shore and grey further out, and nobody knows how deep it is out there.",
    },
]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(tmp_path / "journal.db")
    made.begin_turn(None, "t", model="scripted", prompt="chat@1")
    return made


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.from_records(RECORDS)


def request(text: str = "Hello?", purpose: Purpose = "answer") -> Generate:
    return Generate((message("user", text, "user"),), purpose)


def once(effect: Effect) -> Flow[object]:
    """A flow of one effect, which returns its result."""
    return (yield effect)


def run(flow: Flow[object], runtime: Runtime, show: Callable[[TurnEvent], None] | None = None) -> object:
    return asyncio.run(runtime.run(flow, "t", show=show))


# --- asking a model ---------------------------------------------------------------------------------------------------


def test_the_intent_is_written_before_the_request_leaves(journal: Journal) -> None:
    seen: list[object] = []

    def reply(_: Generate) -> str:
        seen.append([(effect.kind, effect.result) for effect in journal.trace("t")])
        return "Hello."

    run(once(request()), Runtime(Scripted(reply), journal))

    assert seen == [[("generate", None)]]


def test_the_result_is_written_before_the_flow_gets_it(journal: Journal) -> None:
    def flow() -> Flow[object]:
        reply = yield request()
        return reply.text, journal.trace("t")[0].result["text"]

    assert run(flow(), Runtime(Scripted("Hello."), journal)) == ("Hello.", "Hello.")


def test_text_is_in_the_journal_before_it_is_on_the_screen(journal: Journal, tmp_path: Path) -> None:
    shown, another_program = "", Journal(tmp_path / "journal.db")

    def show(event: TurnEvent) -> None:
        nonlocal shown
        assert isinstance(event, TextDelta)
        shown += event.text
        assert another_program.trace("t")[0].shown.startswith(shown)

    text = " ".join(f"word{number}" for number in range(40))
    run(once(request()), Runtime(Scripted(text, delay=0.002), journal), show)

    assert shown == text


def test_where_nobody_watches_nothing_is_streamed(journal: Journal) -> None:
    run(once(request()), Runtime(Scripted("Hello."), journal))

    assert journal.trace("t")[0].shown == ""


@pytest.mark.parametrize("purpose", ["rewrite", "summary"])
def test_only_an_answer_is_shown(journal: Journal, purpose: Purpose) -> None:
    shown: list[TurnEvent] = []
    run(once(request(purpose=purpose)), Runtime(Scripted("Hello."), journal), shown.append)

    assert shown == []


def test_a_summary_that_was_made_before_is_recalled_and_costs_nothing(journal: Journal) -> None:
    model = Scripted(Reply("In brief.", usage=Usage(100, 10, cost=0.1)))
    runtime = Runtime(model, journal)

    first = run(once(request(purpose="summary")), runtime)
    second = run(once(request(purpose="summary")), runtime)

    assert len(model.requests) == 1
    assert first.usage.input_tokens == 100 and first.usage.calls == 1  # type: ignore[attr-defined]
    assert second == Reply("In brief.")


def test_another_model_makes_its_own_summary(journal: Journal) -> None:
    run(once(request(purpose="summary")), Runtime(Scripted("One.", name="one"), journal))
    reply = run(once(request(purpose="summary")), Runtime(Scripted("Two.", name="two"), journal))

    assert reply.text == "Two."  # type: ignore[attr-defined]


def test_an_error_is_thrown_into_the_flow_which_may_handle_it(journal: Journal) -> None:
    def flow() -> Flow[object]:
        try:
            yield request()
        except ModelError as error:
            return f"handled: {error}"
        return "unreachable"

    def fail(_: Generate) -> Reply:
        raise ModelUnreachable("nobody there")

    assert run(flow(), Runtime(Scripted(fail), journal)) == "handled: nobody there"
    assert journal.trace("t")[0].failed


def test_an_error_that_the_flow_does_not_handle_reaches_the_caller(journal: Journal) -> None:
    with pytest.raises(ModelError, match="0 replies"):
        run(once(request()), Runtime(Scripted(), journal))


def test_a_stream_that_ends_without_a_reason_is_truncated(journal: Journal) -> None:
    reply = run(once(request()), Runtime(Scripted(Reply("Half an ans", finish="truncated")), journal))

    assert reply.finish == "truncated"  # type: ignore[attr-defined]


def test_time_and_number_of_calls_are_counted(journal: Journal) -> None:
    reply = run(once(request()), Runtime(Scripted("Hello."), journal))

    assert reply.usage.calls == 1 and reply.usage.seconds > 0  # type: ignore[attr-defined]


class Endless:
    """A model that never stops, and notices when it is stopped."""

    name = "endless"
    abilities = Abilities(writes=True, tools=True, context_tokens=1000)

    def __init__(self) -> None:
        self.closed = False

    async def stream(self, _: Generate) -> AsyncGenerator[ModelEvent, None]:
        try:
            while True:
                yield TextDelta("on and ")
                await asyncio.sleep(0.001)
        finally:
            self.closed = True

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)


def test_a_cancelled_answer_is_kept_as_interrupted_and_the_model_is_stopped(journal: Journal) -> None:
    model, shown = Endless(), []

    async def watch() -> None:
        enough = asyncio.Event()

        def show(event: TurnEvent) -> None:
            shown.append(event.text)  # type: ignore[union-attr]
            if len(shown) > 3:
                enough.set()

        task = asyncio.create_task(Runtime(model, journal).run(once(request()), "t", show=show))
        await enough.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(watch())

    [effect] = journal.trace("t")
    assert model.closed
    assert effect.result["finish"] == "interrupted"  # type: ignore[index]
    assert effect.shown == "".join(shown) == effect.result["text"]  # type: ignore[index]


def test_a_flow_is_closed_however_its_run_ends(journal: Journal) -> None:
    closed: list[str] = []

    def flow() -> Flow[object]:
        try:
            return (yield request())
        finally:
            closed.append("closed")

    async def cancel() -> None:
        came = asyncio.Event()
        task = asyncio.create_task(Runtime(Endless(), journal).run(flow(), "t", show=lambda _: came.set()))
        await came.wait()
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(cancel())
    assert closed == ["closed"]


# --- against an endpoint ----------------------------------------------------------------------------------------------


def endpoint(server: ChatServer) -> Model:
    return connect(f"{server.url}#test-model", timeout=60)


def test_an_endpoint_streams_to_the_screen_and_reports_its_usage(
    journal: Journal, chat_server: Callable[..., ChatServer]
) -> None:
    shown: list[TurnEvent] = []
    reply = run(once(request()), Runtime(endpoint(chat_server(says("Hel", "lo."))), journal), shown.append)

    assert [event.text for event in shown] == ["Hel", "lo."]  # type: ignore[union-attr]
    assert reply.text == "Hello." and reply.finish == "complete"  # type: ignore[attr-defined]
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (12, 3)  # type: ignore[attr-defined]


def test_a_connection_that_breaks_off_leaves_what_came_in_the_journal(
    journal: Journal, chat_server: Callable[..., ChatServer]
) -> None:
    server = chat_server(streams(delta(content="Half an ans"), end="cut"))
    shown: list[TurnEvent] = []

    with pytest.raises(ModelError):
        run(once(request()), Runtime(endpoint(server), journal), shown.append)

    [effect] = journal.trace("t")
    assert effect.failed and effect.shown == "Half an ans" and effect.result["text"] == "Half an ans"  # type: ignore[index]


def test_a_refusal_is_an_error_with_advice(journal: Journal, chat_server: Callable[..., ChatServer]) -> None:
    with pytest.raises(ModelRefused) as raised:
        run(once(request()), Runtime(endpoint(chat_server(refuses(401, "bad key"))), journal))

    assert raised.value.hint
    assert journal.trace("t")[0].failed


def test_cancelling_closes_the_connection_to_the_endpoint(
    journal: Journal, chat_server: Callable[..., ChatServer]
) -> None:
    server = chat_server(streams(delta(content="Hel"), end="hang"))

    async def cancel() -> None:
        came = asyncio.Event()
        flow = Runtime(endpoint(server), journal).run(once(request()), "t", show=lambda _: came.set())
        task = asyncio.create_task(flow)
        await came.wait()
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(cancel())
    assert server.left()


# --- the other effects ------------------------------------------------------------------------------------------------


def test_a_search_returns_passages_and_stands_in_the_journal(journal: Journal, knowledge: Knowledge) -> None:
    found = run(once(Retrieve("What colour is the sky?", 1)), Runtime(Scripted(), journal, knowledge))

    assert [passage.record_id for passage in found] == ["sky"]  # type: ignore[attr-defined]
    [effect] = journal.trace("t")
    assert effect.kind == "retrieve" and effect.request["query"] == "What colour is the sky?"
    assert effect.result["result"][0]["record_id"] == "sky"  # type: ignore[index]


def test_an_overview_describes_the_collection(journal: Journal, knowledge: Knowledge) -> None:
    overview = run(once(Survey()), Runtime(Scripted(), journal, knowledge))

    assert isinstance(overview, Overview) and overview.documents == 2
    assert {passage.record_id for passage in overview.openings} == {"sky", "sea"}


def test_without_documents_a_search_is_an_error_and_no_source_has_changed(journal: Journal) -> None:
    runtime = Runtime(Scripted(), journal)

    with pytest.raises(KnowledgeError, match="no documents"):
        run(once(Retrieve("What?")), runtime)
    assert run(once(CheckSources((Passage("x", 0, 1, 1, path="a.md"),))), runtime) == frozenset()


def test_a_source_that_changed_on_the_disk_is_found_out(journal: Journal, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name in ("sky", "sea"):
        (folder / f"{name}.md").write_text(f"The {name} is wide and open to all who look at it.")
    knowledge = Knowledge(folder, index=tmp_path / "index.db")
    passages = tuple(knowledge.search("How wide is it?"))
    (folder / "sky.md").write_text("The sky is low.")

    changed = run(once(CheckSources(passages)), Runtime(Scripted(), journal, knowledge))

    assert changed == {"sky.md"}


@tool(impact="reads")
def double(number: int) -> int:
    """Twice the number."""
    return 2 * number


def test_a_tool_is_run_between_its_two_rows_and_its_two_events(journal: Journal) -> None:
    seen: list[object] = []

    def look() -> str:
        """Looks at the journal while it runs."""
        seen.append(journal.trace("t")[0].result)
        return "looked"

    shown: list[TurnEvent] = []
    call = ToolCall("c1", "look", "{}")
    tools = Toolbox([Tool.from_function(look, impact="reads")])
    result = run(once(CallTool(call)), Runtime(Scripted(), journal, tools=tools), shown.append)

    assert seen == [None]
    assert result == ToolResult("c1", "look", "looked")
    assert journal.trace("t")[0].result["text"] == "looked"  # type: ignore[index]
    assert shown == [ToolStarted(call), ToolEnded(call, result)]


def test_progress_of_a_tool_is_in_the_journal_before_it_is_shown(journal: Journal) -> None:
    def look() -> Iterator[str]:
        yield "page 1"
        yield "page 2"

    kept: list[str] = []
    shown: list[TurnEvent] = []

    def show(event: TurnEvent) -> None:
        shown.append(event)
        kept.append(journal.trace("t")[0].shown)

    call = ToolCall("c1", "look", "{}")
    tools = Toolbox([Tool.from_function(look, impact="reads")])
    result = run(once(CallTool(call)), Runtime(Scripted(), journal, tools=tools), show)

    assert result == ToolResult("c1", "look", "page 2")
    assert shown == [
        ToolStarted(call),
        ToolProgress(call, "page 1"),
        ToolProgress(call, "page 2"),
        ToolEnded(call, ToolResult("c1", "look", "page 2")),
    ]
    assert kept[1:3] == ["page 1\n", "page 1\npage 2\n"]


def test_a_call_without_tools_is_an_error(journal: Journal) -> None:
    with pytest.raises(ToolError, match="no tools"):
        run(once(CallTool(ToolCall("c1", "double", "{}"))), Runtime(Scripted(), journal))


def test_a_tool_that_is_stopped_is_interrupted_in_the_journal_which_says_whether_it_goes_on(journal: Journal) -> None:
    freed = threading.Event()
    started: list[str] = []

    def work() -> None:
        """Runs in a thread, which nobody can stop."""
        started.append("work")
        freed.wait(20)

    async def wait() -> None:
        """Waits on the loop."""
        started.append("wait")
        await asyncio.sleep(60)

    async def stop() -> None:
        tools = Toolbox([Tool.from_function(each, impact="none") for each in (work, wait)])
        both = Together(tuple(CallTool(ToolCall(name, name, "{}")) for name in ("work", "wait")))
        task = asyncio.ensure_future(Runtime(Scripted(), journal, tools=tools).run(once(both), "t"))
        while len(started) < 2:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stop())
    freed.set()
    effects = {each.request["call"]["name"]: each for each in journal.trace("t") if each.kind == "tool"}
    assert all(effect.failed for effect in effects.values())
    assert effects["work"].result == {"error": "interrupted", "left_behind": True}
    assert effects["wait"].result == {"error": "interrupted", "left_behind": False}


def test_effects_together_run_side_by_side_and_come_back_in_order(journal: Journal) -> None:
    """Each of the two tools waits for the other: one after the other they would never end."""
    met = asyncio.Barrier(2)

    async def meet(name: str) -> str:
        """Waits for the other one."""
        await met.wait()
        return name

    tools = Toolbox([Tool.from_function(meet, impact="none")])
    calls = [CallTool(ToolCall(f"c{name}", "meet", f'{{"name": "{name}"}}')) for name in "ab"]
    results = run(once(Together(tuple(calls))), Runtime(Scripted(), journal, tools=tools))

    assert [result.text for result in results] == ["a", "b"]  # type: ignore[attr-defined]
    assert run(once(Together(())), Runtime(Scripted(), journal)) == ()


def test_when_one_of_several_fails_the_failure_is_the_flows_and_the_others_are_stopped(journal: Journal) -> None:
    stopped: list[bool] = []

    async def wait() -> None:
        """Waits for ever."""
        try:
            await asyncio.sleep(60)
        finally:
            stopped.append(True)

    def flow() -> Flow[object]:
        try:
            yield Together((CallTool(ToolCall("c1", "wait", "{}")), Together((Survey(), Retrieve("What?")))))
        except KnowledgeError as error:
            return error.message
        return "unreachable"

    tools = Toolbox([Tool.from_function(wait, impact="none")])

    assert "no documents" in str(run(flow(), Runtime(Scripted(), journal, tools=tools)))
    assert stopped == [True]


def test_what_is_told_is_shown_and_the_token_ledger_is_kept(journal: Journal) -> None:
    shown: list[TurnEvent] = []

    def flow() -> Flow[object]:
        yield Tell(Notice("Mind the gap."))
        yield Tell(Prompted({"system": 7, "room": 100}))
        return None

    run(flow(), Runtime(Scripted(), journal), shown.append)

    assert shown == [Notice("Mind the gap."), Prompted({"system": 7, "room": 100})]
    assert [(effect.kind, effect.request["tokens"]["system"]) for effect in journal.trace("t")] == [("prompted", 7)]


def test_a_message_is_remembered_by_the_conversation_where_there_is_one(journal: Journal) -> None:
    kept: list[tuple[Message, str]] = []

    class Book:
        def remember(self, effect: Remember, trace_id: str) -> None:
            kept.append((effect.message, trace_id))

    said = message("user", "Hello?", "user")
    asyncio.run(Runtime(Scripted(), journal).run(once(Remember(said)), "t", conversation=Book()))
    run(once(Remember(said)), Runtime(Scripted(), journal))

    assert kept == [(said, "t")]


def test_one_runtime_serves_many_turns_at_once(journal: Journal) -> None:
    for number in range(8):
        journal.begin_turn(None, f"t{number}", model="scripted", prompt="chat@1")
    runtime = Runtime(Scripted("So.", repeat=True, delay=0.001), journal)

    async def all_of_them() -> list[object]:
        return await asyncio.gather(
            *(runtime.run(once(request(f"{n}?")), f"t{n}", show=lambda _: None) for n in range(8))
        )

    replies = asyncio.run(all_of_them())

    assert [reply.text for reply in replies] == ["So."] * 8  # type: ignore[attr-defined]
    assert all(journal.trace(f"t{number}")[0].shown == "So." for number in range(8))


def test_errors_that_are_no_ones_fault_but_ours_are_not_hidden(journal: Journal) -> None:
    class Broken(Endless):
        async def stream(self, _: Generate) -> AsyncGenerator[ModelEvent, None]:
            yield Ended("complete")
            raise LookupError("a bug")

    with pytest.raises(LookupError, match="a bug") as raised:
        run(once(request()), Runtime(Broken(), journal))
    assert not isinstance(raised.value, ChatbotError)


# --- together ---------------------------------------------------------------------------------------------------------


def draws(*texts: str, journal: Journal, chat_server: Callable[..., ChatServer]) -> tuple[Runtime, ChatServer]:
    """A runtime whose endpoint draws these replies to one request."""
    pieces = [delta(index=index, content=text) for index, text in enumerate(texts)]
    ends = [delta("stop", index) for index in range(len(texts))]
    server = chat_server(streams(*pieces, *ends, usage(9, 5), DONE))
    endpoint = replace(url_endpoint(server.url, {}), quirks=Quirks(samples=True))
    return Runtime(OpenAIModel("m", "m", endpoint, timeout=20.0, prices={}), journal), server


def test_a_failure_among_effects_leaves_the_others_whole_where_the_flow_keeps_failures(journal: Journal) -> None:
    def fails(_: Generate) -> str:
        raise ModelError("down")

    both = Together((request("a"), request("b")), keep_failures=True)
    results = run(once(both), Runtime(Scripted("fine", fails), journal))

    assert isinstance(results, tuple)
    assert results[0].text == "fine"
    assert isinstance(results[1], ModelError)


def test_samples_of_one_request_go_out_as_one(journal: Journal, chat_server: Callable[..., ChatServer]) -> None:
    runtime, server = draws("yes", "no", "yes", journal=journal, chat_server=chat_server)
    samples = Together(tuple(replace(request(), sample=number) for number in range(3)))

    replies = run(once(samples), runtime)

    assert isinstance(replies, tuple)
    assert [reply.text for reply in replies] == ["yes", "no", "yes"]
    assert len(server.requests) == 1
    assert sum((reply.usage for reply in replies), Usage()).calls == 1
    assert [row.result["text"] for row in journal.trace("t")] == ["yes", "no", "yes"]


def test_requests_that_differ_go_out_apart(journal: Journal, chat_server: Callable[..., ChatServer]) -> None:
    runtime, server = draws("yes", "no", journal=journal, chat_server=chat_server)
    asked = Together((replace(request("a"), sample=0), replace(request("a"), sample=1), request("b")))
    run(once(asked), runtime)
    assert sorted(each.body.get("n", 1) for each in server.requests) == [1, 2]


def test_samples_that_a_service_did_not_draw_are_asked_for_one_by_one(
    journal: Journal, chat_server: Callable[..., ChatServer]
) -> None:
    runtime, server = draws("yes", journal=journal, chat_server=chat_server)
    replies = run(once(Together(tuple(replace(request(), sample=number) for number in range(3)))), runtime)
    assert isinstance(replies, tuple)
    assert [reply.text for reply in replies] == ["yes", "yes", "yes"]
    assert [each.body.get("n") for each in server.requests] == [3, None, None]


def test_samples_that_fail_together_fail_each(journal: Journal, chat_server: Callable[..., ChatServer]) -> None:
    server = chat_server(refuses(401))
    endpoint = replace(url_endpoint(server.url, {}), quirks=Quirks(samples=True))
    runtime = Runtime(OpenAIModel("m", "m", endpoint, timeout=20.0, prices={}), journal)
    asked = tuple(replace(request(), sample=number) for number in range(2))

    results = run(once(Together(asked, keep_failures=True)), runtime)

    assert isinstance(results, tuple)
    assert all(isinstance(each, ModelRefused) for each in results)
    assert all("error" in row.result for row in journal.trace("t"))


# --- embedding --------------------------------------------------------------------------------------------------------


def test_texts_are_embedded_in_order() -> None:
    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[float(len(text))] for text in texts], dtype=np.float32)

    runtime = Runtime(Scripted(), Journal(None), embed=embed)
    vectors = run(once(Embed(("a", "abc"))), runtime)
    assert isinstance(vectors, np.ndarray)
    assert vectors.tolist() == [[1.0], [3.0]]


def test_without_an_embedder_the_flow_is_told() -> None:
    with pytest.raises(UsageError, match="compare the meaning"):
        run(once(Embed(("a",))), Runtime(Scripted(), Journal(None)))
