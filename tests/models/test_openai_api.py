"""The real client against a real server: what a user gets when a server does well, badly, or nothing at all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import replace

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
    event,
    refuses,
    says,
    streams,
    usage,
)

from chatbot.effects import Generate, ToolSchema
from chatbot.errors import ContextOverflow, ModelError, ModelProtocolError, ModelRefused, ModelUnreachable
from chatbot.events import OfSample, Receiving, TextDelta
from chatbot.messages import Reply, ToolCall, Usage, message
from chatbot.models.fold import Fold, fold
from chatbot.models.openai_api import OpenAIModel
from chatbot.models.prices import OPENAI_PRICES
from chatbot.sampling import Sampling
from chatbot.sampling_names import read_decoding
from chatbot.service.endpoints import Quirks, url_endpoint
from chatbot.service.exchange import Clocks
from chatbot.service.retrying import RETRIES

Start = Callable[..., ChatServer]

ASKED = Generate((message("system", "Be brief.", "author"), message("user", "Hello?", "user")))
ADD = ToolSchema("add", "Add numbers.", {"type": "object", "properties": {"a": {"type": "integer"}}})

QUICK = {"Retry_After": "0"}
"""Lets a refused client come back at once."""


def model_of(server: ChatServer, *, timeout: float = 20.0, name: str = "test-model", key: str = "") -> OpenAIModel:
    endpoint = url_endpoint(server.url, {"CHATBOT_API_KEY": key})
    return OpenAIModel(f"{server.url}#{name}", name, endpoint, timeout=timeout, prices=OPENAI_PRICES)


def ask(model: OpenAIModel, request: Generate = ASKED) -> Reply:
    return asyncio.run(fold(model.stream(request)))


# --- several replies to one request ---------------------------------------------------------------------------------


DRAWS = Quirks(samples=True)


def drawing(server: ChatServer, quirks: Quirks = DRAWS) -> OpenAIModel:
    endpoint = replace(url_endpoint(server.url, {}), quirks=quirks)
    return OpenAIModel("m", "m", endpoint, timeout=20.0, prices={})


def draw(model: OpenAIModel, samples: int) -> dict[int, Reply]:
    async def folded() -> dict[int, Reply]:
        folds: dict[int, Fold] = {}
        async for drawn in model.stream(replace(ASKED, samples=samples)):
            if not isinstance(drawn, Receiving):
                assert isinstance(drawn, OfSample)
                folds.setdefault(drawn.index, Fold()).add(drawn.event)
        return {index: each.reply() for index, each in folds.items()}

    return asyncio.run(folded())


def test_several_replies_come_mixed_and_are_taken_apart(chat_server: Start) -> None:
    mixed = [delta(index=index, content=text) for text, index in (("A", 0), ("B", 1), ("a", 0), ("C", 2), ("b", 1))]
    ends = [delta("stop", 1), delta("length", 2), delta("stop", 0), usage(10, 6), DONE]
    server = chat_server(streams(*mixed, *ends))

    assert draw(drawing(server), 3) == {
        0: Reply("Aa", usage=Usage(10, 6)),
        1: Reply("Bb"),
        2: Reply("C", finish="length"),
    }
    assert server.requests[0].body["n"] == 3


def test_a_server_that_draws_one_reply_only_is_not_asked_for_more_again(chat_server: Start) -> None:
    model = drawing(chat_server(says("one")))
    assert draw(model, 3) == {0: Reply("one", usage=Usage(12, 3))}
    assert not model.abilities.samples


def test_a_server_that_refuses_n_is_asked_without(chat_server: Start) -> None:
    server = chat_server(refuses(400, "unsupported parameter: 'n' must be 1"), says("one"))
    model = drawing(server)
    assert draw(model, 3) == {0: Reply("one", usage=Usage(12, 3))}
    assert not model.abilities.samples
    assert "n" not in server.requests[1].body


def test_one_of_several_replies_that_never_ended_is_truncated(chat_server: Start) -> None:
    server = chat_server(streams(delta(content="A"), delta(index=1, content="B"), delta("stop"), usage(), DONE))
    assert draw(drawing(server), 2)[1] == Reply("B", finish="truncated")


def test_draws_with_a_seed_differ(chat_server: Start) -> None:
    server = chat_server(says("x"))
    for sample in range(2):
        ask(model_of(server), replace(ASKED, sampling=Sampling(seed=7), sample=sample))
    assert [request.body["seed"] for request in server.requests] == [7, 8]


# --- schemas ----------------------------------------------------------------------------------------------------------

CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "integer"}},
    "required": ["a"],
    "additionalProperties": False,
}


def test_a_schema_goes_to_the_endpoint_and_is_strict_where_openai_would_take_it_so(chat_server: Start) -> None:
    server = chat_server(says("{}"))
    for schema in (CLOSED, {"type": "object", "properties": {"a": {"type": "integer"}}}):
        ask(model_of(server), replace(ASKED, schema=schema))
    formats = [request.body["response_format"] for request in server.requests]
    assert formats[0] == {"type": "json_schema", "json_schema": {"name": "answer", "schema": CLOSED, "strict": True}}
    assert formats[1]["json_schema"]["strict"] is False


def test_a_server_that_knows_no_schemas_is_asked_without(chat_server: Start) -> None:
    server = chat_server(refuses(400, "response_format.type must be text"), says("{}"))
    assert ask(model_of(server), replace(ASKED, schema=CLOSED)).text == "{}"
    assert "response_format" not in server.requests[1].body


# --- whole replies ----------------------------------------------------------------------------------------------------


def test_a_reply_is_streamed_as_it_comes(chat_server: Start) -> None:
    model = model_of(chat_server(says("Hel", "lo", " there")))

    async def pieces() -> list[object]:
        return [event async for event in model.stream(ASKED)]

    assert asyncio.run(pieces())[1:4] == [TextDelta("Hel"), TextDelta("lo"), TextDelta(" there")]


def test_text_usage_and_finish_arrive(chat_server: Start) -> None:
    assert ask(model_of(chat_server(says("Hel", "lo")))) == Reply("Hello", usage=Usage(12, 3))


def test_cost_is_known_where_the_price_is(chat_server: Start) -> None:
    cached = usage(1_000_000, 1_000_000, prompt_tokens_details={"cached_tokens": 1_000_000})
    server = chat_server(streams(delta(content="a"), delta("stop"), cached, DONE))
    assert ask(model_of(server, name="gpt-4o-mini")).usage == Usage(1_000_000, 1_000_000, 1_000_000, 0.675)


def test_calls_are_put_together_from_their_pieces(chat_server: Start) -> None:
    server = chat_server(
        calls(call(0, '{"a"', ": 1", "}", id="c1", name="add"), call(1, "{", "}", id="c2", name="now"))
    )
    reply = ask(model_of(server), replace(ASKED, tools=(ADD,)))
    assert reply.tool_calls == (ToolCall("c1", "add", '{"a": 1}'), ToolCall("c2", "now", "{}"))
    assert server.bodies[0]["tools"]


def test_the_request_says_what_was_asked(chat_server: Start) -> None:
    server = chat_server(says("a"))
    ask(model_of(server, key="sk-here"), replace(ASKED, sampling=Sampling(temperature=0.5, max_tokens=9)))
    assert server.bodies[0] == {
        "model": "test-model",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_tokens": 9,
    }
    assert server.requests[0].path == "/v1/chat/completions"
    assert server.requests[0].headers["authorization"] == "Bearer sk-here"


def test_reasoning_is_kept_apart(chat_server: Start) -> None:
    server = chat_server(streams(delta(reasoning_content="Hm."), delta(content="Yes."), delta("stop"), DONE))
    assert ask(model_of(server)) == Reply("Yes.", reasoning="Hm.")


def test_a_server_that_does_not_stream_is_read_all_the_same(chat_server: Start) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}
    assert ask(model_of(chat_server(answers({"choices": [choice]})))) == Reply("Hello")


def test_connections_are_used_again(chat_server: Start) -> None:
    server = chat_server(says("a"))
    model = model_of(server)

    async def twice() -> None:
        for _ in range(3):
            await fold(model.stream(ASKED))

    asyncio.run(twice())
    assert (len(server.requests), server.connections) == (3, 1)


def test_one_model_serves_many_loops_and_many_turns_at_once(chat_server: Start) -> None:
    server = chat_server(says("a", pause=0.01))
    model = model_of(server)

    async def eight() -> list[Reply]:
        return await asyncio.gather(*(fold(model.stream(ASKED)) for _ in range(8)))

    for _ in range(2):
        assert {reply.text for reply in asyncio.run(eight())} == {"a"}


# --- how replies end --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scene", "finish"),
    [
        (says("a", finish="stop"), "complete"),
        (says("a", finish="length"), "length"),
        (says("a", finish="content_filter"), "filtered"),
        (says("a", finish=None), "truncated"),
        (streams(delta(content="a"), DONE), "truncated"),
        (streams(delta(content="a")), "truncated"),
        (streams(delta(content="a"), end="close"), "truncated"),
        (streams(delta(content="a"), b'data: {"choices": [{"del'), "truncated"),
    ],
)
def test_an_answer_without_a_finish_is_not_passed_off_as_whole(chat_server: Start, scene: Scene, finish: str) -> None:
    reply = ask(model_of(chat_server(scene)))
    assert (reply.text, reply.finish) == ("a", finish)


def test_a_cut_call_is_no_call_even_where_it_is_valid_json(chat_server: Start) -> None:
    server = chat_server(calls(call(0, '{"path": "/home"}', id="c1", name="remove"), finish="length"))
    assert ask(model_of(server)) == Reply("", finish="length", usage=Usage(12, 3))


def test_a_connection_that_breaks_after_the_finish_loses_nothing(chat_server: Start) -> None:
    server = chat_server(streams(delta(content="Hello"), delta("stop"), end="cut"))
    assert ask(model_of(server)) == Reply("Hello")


# --- refusals ---------------------------------------------------------------------------------------------------------


def failure(model: OpenAIModel, request: Generate = ASKED) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask(model, request)
    return caught.value


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_names_the_variable_to_set_and_never_the_key(chat_server: Start, status: int) -> None:
    server = chat_server(refuses(status, "Incorrect API key provided: sk-here-123456"))
    error = failure(model_of(server, key="sk-here-123456"))
    assert isinstance(error, ModelRefused)
    assert "CHATBOT_API_KEY" in str(error)
    assert "sk-here" not in str(error)
    assert len(server.requests) == 1


def test_an_unknown_model_is_answered_with_the_nearest(chat_server: Start) -> None:
    server = chat_server(refuses(404, "The model `lama3` does not exist"), models=("llama3.2", "qwen3"))
    error = failure(model_of(server, name="lama3"))
    assert isinstance(error, ModelRefused)
    assert "did you mean 'llama3.2'?" in str(error)


def test_a_wrong_path_is_told_from_an_unknown_model(chat_server: Start) -> None:
    assert "/v1" in failure(model_of(chat_server(refuses(404), models=()))).hint


def test_a_request_that_is_too_long_is_known(chat_server: Start) -> None:
    server = chat_server(refuses(400, {"error": {"message": "too long", "code": "context_length_exceeded"}}))
    assert isinstance(failure(model_of(server)), ContextOverflow)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 409, 413, 415, 422, 501, 504])
def test_what_would_fail_again_is_not_sent_again(chat_server: Start, status: int) -> None:
    server = chat_server(refuses(status, **QUICK), says("ok"))
    failure(model_of(server))
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 529])
def test_what_passes_is_asked_again_twice_and_then_said(chat_server: Start, status: int) -> None:
    server = chat_server(refuses(status, **QUICK))
    error = failure(model_of(server))
    assert isinstance(error, ModelUnreachable)
    assert str(status) in str(error)
    assert len(server.requests) == 1 + RETRIES


def test_a_passing_refusal_is_not_seen(chat_server: Start) -> None:
    server = chat_server(refuses(503, **QUICK), refuses(429, **QUICK), says("ok"))
    assert ask(model_of(server)).text == "ok"
    assert server.bodies[0] == server.bodies[1] == server.bodies[2]


def test_without_retry_after_it_waits_a_little(chat_server: Start) -> None:
    server = chat_server(refuses(500), says("ok"))
    assert ask(model_of(server)).text == "ok"


def test_a_quota_that_is_used_up_is_not_asked_again(chat_server: Start) -> None:
    body = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
    server = chat_server(refuses(429, body, **QUICK))
    assert isinstance(failure(model_of(server)), ModelRefused)
    assert len(server.requests) == 1


@pytest.mark.parametrize("wait", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_long_wait_is_left_to_the_user(chat_server: Start, wait: str) -> None:
    server = chat_server(refuses(429, Retry_After=wait))
    failure(model_of(server))
    assert len(server.requests) == 1


def test_a_wait_beyond_the_deadline_is_not_begun(chat_server: Start) -> None:
    server = chat_server(refuses(429, Retry_After="10"))
    failure(model_of(server, timeout=5))
    assert len(server.requests) == 1


def test_a_date_in_retry_after_is_understood(chat_server: Start) -> None:
    server = chat_server(refuses(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), says("ok"))
    assert ask(model_of(server)).text == "ok"


def test_a_server_without_stream_options_is_asked_without(chat_server: Start) -> None:
    refused = refuses(422, {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]})
    server = chat_server(refused, says("a"))
    model = model_of(server)
    assert ask(model).text == "a"
    assert "stream_options" not in server.bodies[1]
    ask(model)
    assert "stream_options" not in server.bodies[2]
    assert len(server.requests) == 3


def test_a_server_that_knows_the_other_limit_gets_the_other(chat_server: Start) -> None:
    said = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
    server = chat_server(refuses(400, said), says("a"))
    ask(model_of(server), replace(ASKED, sampling=Sampling(max_tokens=9)))
    assert server.bodies[1]["max_completion_tokens"] == 9
    assert "max_tokens" not in server.bodies[1]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_prompt_is_not_sent_on_to_where_a_redirect_points(chat_server: Start, status: int) -> None:
    elsewhere = chat_server(says("stolen"))
    server = chat_server(Scene((), status, {"Location": f"{elsewhere.url}/chat/completions"}))
    assert isinstance(failure(model_of(server)), ModelProtocolError)
    assert (elsewhere.requests, elsewhere.connections) == ([], 0)


# --- answers that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scene",
    [
        answers("{nope"),
        answers("null"),
        answers({"choices": []}),
        answers({"choices": None}),
        answers(""),
        answers("<!doctype html><p>Welcome", "text/html"),
        answers("<!doctype html><p>Welcome", "text/html; charset=utf-8"),
        answers("plain words", "text/plain"),
        Scene(head=(b"garbage\r\n\r\n",), end="cut"),
        Scene(head=(b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n" * 100] * 3, b"\r\n")),
        Scene(head=(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 100_000, b"\r\n\r\n")),
        streams(),
        streams(DONE),
        streams(event("{nope")),
        streams(delta(content="a"), event("{nope}")),
        streams(delta(content="a"), event({"error": {"message": "CUDA out of memory"}})),
        streams(event({"choices": [{"delta": {"content": 5}}]})),
        streams(b"data: " + b"x" * (2 << 20)),
        streams(*[delta(content="x" * (1 << 19))] * 40),
    ],
)
def test_an_answer_that_is_none_is_said_with_its_address(chat_server: Start, scene: Scene) -> None:
    server = chat_server(scene)
    error = failure(model_of(server))
    assert isinstance(error, ModelProtocolError)
    assert server.url in str(error)
    assert error.hint
    assert len(server.requests) == 1


def test_an_error_in_a_stream_may_say_that_the_request_is_too_long(chat_server: Start) -> None:
    said = {"error": {"message": "the request exceeds the available context size", "type": "exceed_context_size_error"}}
    assert isinstance(failure(model_of(chat_server(streams(event(said))))), ContextOverflow)


def test_an_error_in_a_stream_may_carry_its_status(chat_server: Start) -> None:
    said = {"error": {"message": "Rate limit", "code": 429}}
    assert isinstance(failure(model_of(chat_server(streams(event(said))))), ModelUnreachable)


# --- no answer --------------------------------------------------------------------------------------------------------


def test_where_nothing_listens_the_address_is_named(closed_port: int) -> None:
    url = f"http://127.0.0.1:{closed_port}/v1"
    error = failure(OpenAIModel("x", "x", url_endpoint(url, {}), timeout=20, prices={}))
    assert isinstance(error, ModelUnreachable)
    assert f"{url} cannot be reached: nothing listens there (is the server running?)" == str(error)


def test_a_known_server_that_is_down_is_told_how_to_start(closed_port: int) -> None:
    endpoint = replace(url_endpoint(f"http://127.0.0.1:{closed_port}", {}), start="ollama serve")
    assert "start it with `ollama serve`" in str(failure(OpenAIModel("x", "x", endpoint, timeout=20, prices={})))


def test_a_server_that_comes_up_in_time_is_reached(closed_port: int) -> None:
    servers: list[ChatServer] = []
    timer = threading.Timer(0.1, lambda: servers.append(ChatServer(says("up"), port=closed_port)))
    timer.start()
    try:
        endpoint = url_endpoint(f"http://127.0.0.1:{closed_port}/v1", {})
        assert ask(OpenAIModel("x", "x", endpoint, timeout=20, prices={})).text == "up"
    finally:
        timer.join()
        servers[0].close()


def test_a_host_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HTTPS_PROXY")
    endpoint = url_endpoint("https://nowhere.invalid/v1", {})
    error = failure(OpenAIModel("x", "x", endpoint, timeout=20, prices={}))
    assert isinstance(error, ModelUnreachable)
    assert "nowhere.invalid/v1 cannot be reached: no such host" in str(error)


@pytest.mark.parametrize(
    "scene",
    [
        Scene(head=(), end="cut"),
        Scene(head=(b"HTTP/1.1 200 OK\r\nContent-Le",), end="cut"),
        streams(delta(content="Hel"), end="cut"),
        streams(delta(content="Hel"), b"data: {", end="cut"),
    ],
)
def test_a_connection_that_breaks_off_is_said_and_nothing_is_sent_again(chat_server: Start, scene: Scene) -> None:
    server = chat_server(scene)
    error = failure(model_of(server))
    assert isinstance(error, ModelUnreachable)
    assert "broke the connection off" in str(error)
    assert len(server.requests) == 1


LONG = 20.0
"""Seconds that the slow scenes take: a request that is not bounded gets its whole reply, and the test fails."""


@pytest.mark.parametrize(
    "scene",
    [
        SILENT,
        streams(*[b": ping\n\n", 0.05] * int(LONG * 20), delta("stop", content="a"), DONE),
        streams(*[delta(content="a"), 0.05] * int(LONG * 20), delta("stop"), DONE),
        Scene(head=(b"HTTP/1.1 200 OK\r\n", *[b"X-Slow: 1\r\n", 0.05] * int(LONG * 20), b"\r\n")),
        Scene((b"{", LONG, b"}"), 500, {"Content-Type": "application/json"}),
    ],
    ids=["silent", "comments drip", "words drip", "headers drip", "refusal drips"],
)
def test_the_timeout_bounds_the_whole_request(chat_server: Start, scene: Scene) -> None:
    server = chat_server(scene)
    error = failure(model_of(server, timeout=0.4))
    assert isinstance(error, ModelUnreachable)
    assert "within 0.4 s" in str(error)
    assert server.left()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("clocks", "scene", "said"),
    [
        (Clocks(20.0, first=0.2), SILENT, "did not begin to answer within 0.2 s"),
        (Clocks(20.0, first=0.2), Scene(head=(b"HTTP/1.1 200 OK\r\n", LONG)), "did not begin to answer within 0.2 s"),
        (Clocks(2.0), streams(delta(content="a"), LONG, delta("stop"), DONE), "said nothing more for 1 s"),
        (
            Clocks(20.0, between=0.2),
            streams(delta(content="a"), *[b": ping\n\n", delta(), delta(content=""), 0.05] * int(LONG * 20)),
            "said nothing more for 0.2 s",
        ),
    ],
    ids=["silent", "half a head", "stalls", "pings, and deltas without content"],
)
def test_each_part_of_a_reply_has_its_time(chat_server: Start, clocks: Clocks, scene: Scene, said: str) -> None:
    server = chat_server(scene)
    endpoint = url_endpoint(server.url, {})
    error = failure(OpenAIModel("m", "m", endpoint, timeout=clocks, prices={}))
    assert isinstance(error, ModelUnreachable)
    assert said in str(error)


def test_a_model_may_think_for_longer_than_it_may_pause(chat_server: Start) -> None:
    server = chat_server(streams(delta(role="assistant"), 1.0, delta(content="a"), delta("stop"), DONE))
    endpoint = url_endpoint(server.url, {})
    assert ask(OpenAIModel("m", "m", endpoint, timeout=Clocks(20.0, between=0.6), prices={})) == Reply("a")


# --- stopping ---------------------------------------------------------------------------------------------------------


def test_closing_the_stream_closes_the_connection(chat_server: Start) -> None:
    server = chat_server(says(*"abcdefgh" * 100, pause=0.05))
    model = model_of(server)

    async def first() -> object:
        async with aclosing(model.stream(ASKED)) as events:
            await anext(events)
            event = await anext(events)
        assert await asyncio.to_thread(server.left)
        return event

    assert asyncio.run(first()) == TextDelta("a")


@pytest.mark.parametrize("scene", [SILENT, says(*"abcdefgh" * 100, pause=0.05)], ids=["before", "within"])
def test_cancelling_the_task_closes_the_connection(chat_server: Start, scene: Scene) -> None:
    server = chat_server(scene)
    model = model_of(server)

    async def cancelled() -> None:
        task = asyncio.create_task(fold(model.stream(ASKED)))
        while not server.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.left)

    asyncio.run(cancelled())


def test_a_model_answers_after_it_was_stopped(chat_server: Start) -> None:
    server = chat_server(says(*"abc" * 100, pause=0.05), says("again"))
    model = model_of(server)

    async def stop_and_ask() -> Reply:
        async with aclosing(model.stream(ASKED)) as events:
            await anext(events)
        return await fold(model.stream(ASKED))

    assert asyncio.run(stop_and_ask()).text == "again"


# --- ways to draw that OpenAI's protocol lacks ------------------------------------------------------------------------


def drawn_by(server: ChatServer, text: str) -> Mapping[str, object]:
    ask(model_of(server), replace(ASKED, sampling=read_decoding(text)))
    return server.bodies[-1]


def test_who_serves_is_asked_once_it_matters(chat_server: Start) -> None:
    server = chat_server(says("yes"), models=[{"id": "test-model", "owned_by": "vllm"}])
    assert drawn_by(server, "choices=yes|no")["structured_outputs"] == {"choice": ["yes", "no"]}


def test_a_form_is_not_sent_to_a_server_that_may_overlook_it(chat_server: Start) -> None:
    server = chat_server(says("maybe"), models=[{"id": "test-model", "owned_by": "somebody"}])
    with pytest.raises(ModelRefused, match="no field for choices"):
        drawn_by(server, "choices=yes|no")
    assert server.bodies == []
    assert drawn_by(server, "min-p=0.1")["min_p"] == 0.1
