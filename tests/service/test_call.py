"""One reply that is wanted: what is received for it, what it may cost, and that nothing is left if nobody wants it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from random import Random

import pytest
from chat_server import SILENT, ChatServer, Scene, answers, delta, refuses, says, streams

from chatbot.effects import Generate
from chatbot.errors import ModelError, ModelUnreachable
from chatbot.events import ModelEvent, Receiving
from chatbot.messages import message
from chatbot.models.fold import fold
from chatbot.models.openai_api import OpenAIModel
from chatbot.service.connections import connections
from chatbot.service.endpoints import url_endpoint
from chatbot.service.pace import BREAK

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
        async with asyncio.timeout(2.0):
            while server._tasks:
                await asyncio.sleep(0.01)
        return len(server._tasks)

    left, tasks = asyncio.run(all_of_them())
    upstream = asyncio.run(settled())
    figure(f"{count} cancelled: {left} connections, {tasks} tasks, {upstream} requests there left after 2 s (0 may be)")
    assert (left, tasks, upstream) == (0, 0, 0)
