"""One reply that is wanted: what is received for it, what it may cost, and that nothing is left if nobody wants it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest
from chat_server import SILENT, ChatServer, Scene, answers, delta, refuses, says, streams
from pacing import let_in

from chatbot.effects import Generate
from chatbot.errors import ModelDown, ModelError, ModelProtocolError, ModelRefused, ModelUnreachable
from chatbot.events import ModelEvent, Receiving
from chatbot.messages import message
from chatbot.models.fold import fold
from chatbot.models.openai_api import OpenAIModel
from chatbot.service.allowance import Rates
from chatbot.service.call import Call, Service
from chatbot.service.connections import connections
from chatbot.service.endpoints import Endpoint, url_endpoint
from chatbot.service.exchange import Clocks
from chatbot.service.pace import BREAK, IN_CHAT, START, START_HERE, Counts, Pace, Patience
from chatbot.service.refusals import refusal

Start = Callable[..., ChatServer]

ASKED = Generate((message("user", "Hello?", "user"),))


def model_of(server: ChatServer, timeout: float = 20.0) -> OpenAIModel:
    return OpenAIModel("m", "m", url_endpoint(server.url, {}), timeout=timeout, prices={})


def asked(model: OpenAIModel) -> tuple[list[ModelEvent], ModelError | None]:
    """The events of a reply, and the error that ended it."""

    async def all_of_it() -> tuple[list[ModelEvent], ModelError | None]:
        events: list[ModelEvent] = []
        try:
            async for event in model.stream(ASKED):
                events += [event]
        except ModelError as error:
            return events, error
        return events, None

    return asyncio.run(all_of_it())


def received(events: list[ModelEvent]) -> list[tuple[int, str, bytes]]:
    raws = [event.raw for event in events if isinstance(event, Receiving)]
    return [(raw.status, raw.request_id, bytes(raw.body)) for raw in raws]


def test_every_response_is_received_those_that_refuse_too(chat_server: Start) -> None:
    named = {"X-Request-Id": "req-2", "Retry-After": "0"}
    server = chat_server(
        refuses(422, "stream_options is unknown", X_Request_Id="req-1"),
        Scene((b"\xff no",), 500, named),
        Scene(says("a").steps, headers={"Content-Type": "text/event-stream", "X-Request-Id": "req-3"}),
    )
    events, error = asked(model_of(server))
    first, second, third = received(events)
    assert error is None
    assert first == (422, "req-1", b'{"error": {"message": "stream_options is unknown"}}')
    assert second == (500, "req-2", b"\xff no")
    assert third == (200, "req-3", b"".join(each for each in says("a").steps if isinstance(each, bytes)))


def test_what_came_of_a_reply_that_failed_is_kept_and_the_request_named(chat_server: Start) -> None:
    headers = {"Content-Type": "text/event-stream", "X-Request-Id": "req-9"}
    server = chat_server(Scene((delta(content="a"), b"data: {"), headers=headers, end="cut"))
    events, error = asked(model_of(server))
    assert received(events) == [(200, "req-9", delta(content="a") + b"data: {")]
    assert error is not None and error.billed
    assert (error.request_id, "[request req-9]" in str(error)) == ("req-9", True)


@pytest.mark.parametrize(
    ("status", "billed"), [(400, False), (401, False), (500, False), (504, True), (524, True), (307, False)]
)
def test_a_refusal_is_paid_where_somebody_in_between_was_tired_of_waiting(
    chat_server: Start, status: int, *, billed: bool
) -> None:
    _, error = asked(model_of(chat_server(refuses(status, "no", Retry_After="0"))))
    assert error is not None and error.billed == billed


def test_a_reply_in_one_piece_is_received_as_it_came(chat_server: Start) -> None:
    choice = {"index": 0, "message": {"content": "a\ud800\x00"}, "finish_reason": "stop"}
    scene = answers({"choices": [choice]})
    server = chat_server(scene)
    events, _ = asked(model_of(server))
    assert received(events) == [(200, "", scene.steps[0])]


def test_whoever_asks_a_service_that_is_down_is_told_at_once_and_since_when(
    chat_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatbot.service.pace.BREAK_SECONDS", 0.0)
    server = chat_server(*[Scene(head=(), end="cut")] * (BREAK + 1), says("back"))
    model = model_of(server)
    for _ in range(BREAK):
        assert "broke the connection off" in str(asked(model)[1])
    for _ in range(3):
        _, error = asked(model)
        assert isinstance(error, ModelUnreachable) and not error.billed
        assert re.search(r"has not answered since \d\d:\d\d:\d\d: .*broke .*\(it is tried again in 1 s\)", str(error))
    assert len(server.requests) == BREAK

    async def later() -> list[str]:
        said: list[str] = []
        while not said or "back" not in said:
            try:
                said.append((await fold(model.stream(ASKED))).text)
            except ModelError as error:
                said.append("at once" if "not answered since" in str(error) else "tried")
            await asyncio.sleep(0.05)
        return said

    said = asyncio.run(later())
    assert said.count("tried") == 1  # one looks whether it is back, and a longer pause follows
    assert len(server.requests) == BREAK + 2


@pytest.mark.parametrize("count", [40, pytest.param(500, marks=pytest.mark.slow)])
def test_what_nobody_wants_any_more_leaves_nothing(
    chat_server: Start, count: int, figure: Callable[[str], None]
) -> None:
    words = streams(*[delta(content="a"), 0.01] * 500)
    server = chat_server(*[SILENT, words, says("a"), refuses(500, "later"), Scene((b"{", 9.0), 400, {})] * count)
    model = model_of(server)
    draw = Random(9)  # a draw, not a secret

    async def one() -> None:
        task = asyncio.create_task(fold(model.stream(ASKED)))
        await asyncio.sleep(draw.uniform(0, 0.2))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def all_of_them() -> tuple[int, int]:
        before = len(asyncio.all_tasks())
        for _ in range(0, count, 20):
            await asyncio.gather(*(one() for _ in range(20)))
        open_now = await connections()
        open_now.close()  # those that wait for a next request
        return len(open_now), len(asyncio.all_tasks()) - before

    async def settled() -> int:
        async with asyncio.timeout(30.0):
            while server._tasks:
                await asyncio.sleep(0.01)
        return len(server._tasks)

    left, tasks = asyncio.run(all_of_them())
    upstream = asyncio.run(settled())
    figure(f"{count} cancelled: {left} connections, {tasks} tasks, {upstream} requests there left (0 may be)")
    assert (left, tasks, upstream) == (0, 0, 0)


# --- a call of a service ----------------------------------------------------------------------------------------------


class Asked:
    """A service, and what was found out of its refusals: status, words, and seconds that were left for that."""

    def __init__(self, url: str, *, whole: float = 5.0, patience: Patience = IN_CHAT, **more: Any) -> None:
        self.endpoint = Endpoint(url, key=more.pop("key", ""))
        self.service = Service(self.endpoint, "m", clocks=Clocks(whole), patience=patience, **more)
        self.refusals: list[tuple[int, object]] = []
        self.deadlines: list[float] = []

    async def explain(self, status: int, said: object, deadline: float) -> ModelError | None:
        self.refusals.append((status, said))
        self.deadlines.append(deadline)
        return refusal(status, said, self.endpoint)

    def call(self) -> Call:
        return self.service.call("/ask", self.explain)

    async def reply(self, body: bytes = b'{"a": 1}', tokens: int = 0) -> bytes:
        with self.call() as call:
            whole = await call.whole(body, tokens)
            call.answered(10)
            return whole

    def failure(self) -> ModelError:
        with pytest.raises(ModelError) as caught:
            asyncio.run(self.reply())
        return caught.value


def test_all_who_ask_a_model_with_a_key_share_its_pace_which_begins_slower_on_this_machine() -> None:
    def pace(url: str, model: str = "m", key: str = "") -> Pace:
        return Service(Endpoint(url, key), model, clocks=Clocks(5.0)).pace

    here = pace("http://127.0.0.1:9/v1")
    others = (
        pace("http://127.0.0.1:9/v1", "n"),
        pace("http://127.0.0.1:9/v1", key="sk-here"),
        pace("https://model.example/v1"),
    )
    assert pace("http://127.0.0.1:9/v1") is here and here not in others
    assert (here.name, here.limit, others[2].limit) == ("http://127.0.0.1:9/v1", START_HERE, START)


def test_calls_and_requests_are_counted_as_the_service_would(chat_server: Start) -> None:
    fine = answers({"fine": True})
    server = chat_server(refuses(500, "not now", Retry_After="0"), fine, fine)
    asked = Asked(server.url)
    for _ in range(2):
        assert json.loads(asyncio.run(asked.reply())) == {"fine": True}
    assert asked.service.pace.counts == Counts(calls=2, sent=3, retries=1, answered=2, failed=1)
    assert asked.refusals == [(500, {"error": {"message": "not now"}})]
    assert [(each.method, each.path, each.body) for each in server.requests] == [("POST", "/v1/ask", {"a": 1})] * 3


def test_what_could_not_be_sent_is_not_counted_as_sent(chat_server: Start, closed_port: int) -> None:
    asked = Asked(f"http://127.0.0.1:{closed_port}/v1")
    failure = asked.failure()
    assert isinstance(failure, ModelUnreachable) and not failure.billed
    assert asked.service.pace.counts == Counts(calls=1, failed=3)
    asked = Asked(chat_server().url, key="sk\n")
    assert isinstance(asked.failure(), ModelRefused)
    assert asked.service.pace.counts == Counts(calls=1)


@pytest.mark.parametrize(
    ("scene", "kind", "whole"),
    [
        (Scene(head=(b"SSH-2.0\r\n\r\n",), end="cut"), ModelProtocolError, 20.0),
        (Scene(head=(), end="cut"), ModelUnreachable, 20.0),
        (Scene((b"{", 9.0), 400, {}), ModelUnreachable, 1.0),
    ],
    ids=["another tongue", "no answer", "a refusal that does not end"],
)
def test_what_came_of_a_request_that_was_sent_is_the_services_failure(
    chat_server: Start, scene: Scene, kind: type[ModelError], whole: float
) -> None:
    server = chat_server(scene)
    asked = Asked(server.url, whole=whole)
    failure = asked.failure()
    assert isinstance(failure, kind)
    assert asked.service.pace.counts == Counts(calls=1, sent=1, failed=1)
    assert len(server.requests) == 1


def test_a_refusal_names_its_request_and_none_is_sent_again_past_the_deadline(chat_server: Start) -> None:
    for status, words in ((300, "elsewhere"), (404, "no such model"), (503, "later")):
        server = chat_server(refuses(status, words, X_Request_Id="req-5", Retry_After="25"))
        asked = Asked(server.url, whole=20.0)
        assert asked.failure().request_id == "req-5"
        assert asked.refusals == [(status, {"error": {"message": words}})]
        assert len(server.requests) == 1


def test_all_requests_of_a_call_in_a_chat_have_one_deadline(chat_server: Start) -> None:
    asked = Asked(chat_server(*[refuses(500, "not now", Retry_After="0")] * 3).url, whole=30.0)
    asked.failure()
    assert len(asked.deadlines) == 3
    assert asked.deadlines == pytest.approx([asked.deadlines[0]] * 3, abs=1.0)


def test_a_users_bound_on_tokens_is_kept_by_what_replies_really_had(chat_server: Start) -> None:
    fine = answers({"fine": True})
    server = chat_server(fine, fine)
    asked = Asked(server.url, rates=Rates(tokens_per_minute=100))

    async def three() -> None:
        await asked.reply(tokens=90)  # which had ten
        await asked.reply(tokens=85)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asked.reply(tokens=85), 0.1)

    asyncio.run(three())
    assert len(server.requests) == 2


PATIENT = Patience(down=30.0)


def lost(asked: Asked, before: Callable[[Call], None] = lambda call: None) -> ModelError:
    """The error for a reply that broke off."""
    return asyncio.run(loses(asked, before))


async def loses(asked: Asked, before: Callable[[Call], None]) -> ModelError:
    with asked.call() as call:
        await call.response(b"{}")
        before(call)
        broken = ModelUnreachable("it broke off", hint="try again").of_request("req-3")
        return await call.failed(broken)


def test_a_reply_that_was_lost_is_told_as_it_is_where_the_service_is_there(chat_server: Start) -> None:
    server = chat_server(says("a"), Scene((), 401))
    asked = Asked(server.url, patience=PATIENT)
    failure = lost(asked)
    assert type(failure) is ModelUnreachable and failure.message == "it broke off [request req-3]"
    assert not asked.service.pace.is_down and asked.service.pace.counts.failed == 1


def test_a_reply_that_was_lost_with_its_service_says_so_to_who_waits_for_it(chat_server: Start) -> None:
    server = chat_server(says("a"))
    asked = Asked(server.url, patience=PATIENT)
    failure = lost(asked, lambda _: server.close())
    assert isinstance(failure, ModelDown)
    assert (failure.message, failure.hint, failure.billed, failure.request_id) == (
        "it broke off [request req-3]",
        "try again",
        True,
        "req-3",
    )
    assert asked.service.pace.is_down and "nothing listens there" in asked.service.pace.trouble


def test_nobody_looks_where_others_are_answered_nor_for_who_does_not_wait(chat_server: Start) -> None:
    for patience, others in ((PATIENT, True), (IN_CHAT, False)):
        server = chat_server(says("a"))
        asked = Asked(server.url, patience=patience)
        other = asyncio.run(let_in(asked.service.pace))
        soon = partial(after, 0.05, asked.service.pace.answered, other)
        assert type(lost(asked, soon if others else lambda _: None)) is ModelUnreachable
        assert [each.method for each in server.requests] == ["POST"]
        assert server.connections == 1


def after(seconds: float, act: Callable[..., None], what: object, _: Call) -> None:
    asyncio.get_running_loop().call_later(seconds, act, what)


def test_of_a_reply_that_was_lost_nothing_is_in_flight_while_somebody_looks(chat_server: Start) -> None:
    server = chat_server(says("a"))
    asked = Asked(server.url, patience=PATIENT)

    async def looks() -> bool:
        looking = asyncio.ensure_future(loses(asked, lambda _: server.close()))
        while not asked.service.pace.counts.failed:
            await asyncio.sleep(0)
        fails = await let_in(asked.service.pace, PATIENT)
        asked.service.pace.failed(fails, "nothing listens", nobody_there=True)
        fails.leave()
        waiting = asyncio.ensure_future(let_in(asked.service.pace, PATIENT))
        await asyncio.sleep(0)
        was_down = asked.service.pace.is_down
        for task in (waiting, looking):
            task.cancel()
        await asyncio.wait([waiting, looking])
        return was_down and not asked.service.pace.is_down

    assert asyncio.run(looks())


def test_a_reply_that_breaks_the_protocol_tells_nothing_of_who_is_there(chat_server: Start) -> None:
    async def told() -> ModelError:
        with Asked(chat_server(says("a")).url, patience=PATIENT).call() as call:
            await call.response(b"{}")
            return await call.failed(ModelProtocolError("gibberish"))

    assert type(asyncio.run(told())) is ModelProtocolError
