"""A look from outside, at a real endpoint: one request for the way, one for each strategy that is to write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from chat_server import DONE, ChatServer, Request, Scene, delta, event, refuses, says, streams, usage

from chatbot.decode_view.asked import SINGLE, Asked
from chatbot.decode_view.reported import reported_view, writings_of
from chatbot.errors import ModelError, ModelRefused
from chatbot.messages import message
from chatbot.models.connect import connect
from chatbot.models.next_token import Strategy
from chatbot.sampling import Sampling

Start = Callable[..., ChatServer]

ASKED = Asked("Hello?", (message("user", "Hello?", "user"),), SINGLE, tokens=5, seed=3)


def scored(*tokens: tuple[str, float]) -> Scene:
    """A reply of these tokens with their log-probabilities, and one alternative for each."""
    chunks = []
    for text, logprob in tokens:
        other = {"token": f"not {text}", "logprob": logprob - 1}
        told = {"token": text, "logprob": logprob, "top_logprobs": [{"token": text, "logprob": logprob}, other]}
        choice = {"index": 0, "delta": {"content": text}, "logprobs": {"content": [told]}, "finish_reason": None}
        chunks.append(event({"choices": [choice]}))
    return streams(*chunks, delta("stop"), usage(), DONE)


def test_the_way_takes_one_greedy_request_with_as_many_alternatives_as_services_tell(chat_server: Start) -> None:
    server = chat_server(scored(("Hi", -0.1), ("!", -0.5)))
    view = asyncio.run(reported_view(connect(f"{server.url}#m"), ASKED))
    (body,) = server.bodies
    sent = {key: body[key] for key in ("temperature", "max_tokens", "seed", "logprobs", "top_logprobs")}
    assert sent == {"temperature": 0, "max_tokens": 5, "seed": 3, "logprobs": True, "top_logprobs": 20}
    assert (view.text, len(view.steps), view.is_whole) == ("Hi!", 2, False)
    assert view.tree[0].branches[0].token.text == "!"


def test_a_service_that_tells_fewer_is_asked_for_fewer(chat_server: Start) -> None:
    server = chat_server(refuses(400, "top_logprobs must be at most 5"), scored(("Hi", -0.1)))
    assert asyncio.run(reported_view(connect(f"{server.url}#m"), ASKED)).text == "Hi"
    assert [body["top_logprobs"] for body in server.bodies] == [20, 5]


def test_another_refusal_is_told_as_it_is(chat_server: Start) -> None:
    server = chat_server(refuses(400, "no such thing"))
    with pytest.raises(ModelRefused, match="no such thing"):
        asyncio.run(reported_view(connect(f"{server.url}#m"), ASKED))
    assert len(server.bodies) == 1


def test_a_service_that_tells_nothing_of_its_tokens_is_said_to(chat_server: Start) -> None:
    server = chat_server(says("Hi"))
    with pytest.raises(ModelError, match="tells no log-probabilities"):
        asyncio.run(reported_view(connect(f"{server.url}#m"), ASKED))


class RefusesHeat(ChatServer):
    """Does not draw at a temperature of 2."""

    def scene(self, request: Request) -> Scene:
        hot = request.body.get("temperature") == 2
        return refuses(400, "too hot") if hot else scored(("Hi", -0.25), ("!", -0.5))


def test_each_strategy_writes_and_a_refused_one_has_its_reason() -> None:
    strategies = (Strategy("greedy", Sampling(temperature=0)), Strategy("temperature=2", Sampling(temperature=2)))
    server = RefusesHeat()
    try:
        first, second = asyncio.run(writings_of(connect(f"{server.url}#m"), ASKED, strategies))
    finally:
        server.close()
    assert (first.text, first.logprob, first.tokens) == ("Hi!", -0.75, 2)
    assert (second.text, second.strategy) == ("", "temperature=2") and "too hot" in second.failure
