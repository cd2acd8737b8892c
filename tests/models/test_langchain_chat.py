"""LangChain's chat models, and what reaches us through them. OpenAI's integration runs against the real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from chat_server import DONE, SILENT, ChatServer, call, calls, delta, event, refuses, says, streams, usage
from langchain_core.language_models import BaseChatModel, FakeListChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI

from chatbot.effects import Generate, ToolSchema
from chatbot.errors import ContextOverflow, ModelError, ModelRefused, ModelUnreachable, UsageError
from chatbot.events import TextDelta
from chatbot.messages import Message, Reply, TokenScore, ToolCall, ToolResult, Usage, message, tool_message
from chatbot.models.connect import connect
from chatbot.models.fold import fold
from chatbot.models.langchain_chat import LangChainModel
from chatbot.sampling import Sampling
from chatbot.sampling_names import read_decoding

Start = Callable[..., ChatServer]

ASKED = Generate((message("system", "Be brief.", "author"), message("user", "Hello?", "user")))
ADD = ToolSchema("add", "Add numbers.", {"type": "object", "properties": {"a": {"type": "integer"}}})


class Chunks(BaseChatModel):
    """Streams the chunks it was made with."""

    chunks: list[Any]

    @property
    def _llm_type(self) -> str:
        return "chunks"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.chunks[0])])

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in self.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield ChatGenerationChunk(message=chunk)


class Whole(Chunks):
    """Does not stream."""

    _stream = BaseChatModel._stream


def adapted(model: BaseChatModel, timeout: float = 20) -> LangChainModel:
    return LangChainModel(model, name="langchain:test", timeout=timeout)


def ask(model: BaseChatModel | LangChainModel, request: Generate = ASKED) -> Reply:
    model = adapted(model) if isinstance(model, BaseChatModel) else model
    return asyncio.run(fold(model.stream(request)))


def openai(server: ChatServer) -> ChatOpenAI:
    return ChatOpenAI(model="test-model", base_url=server.url, api_key="sk-here", max_retries=0, stream_usage=True)  # type: ignore[arg-type]


def said(text: str = "", **metadata: object) -> AIMessageChunk:
    return AIMessageChunk(text, response_metadata=metadata)


# --- replies ----------------------------------------------------------------------------------------------------------


def test_text_streams() -> None:
    async def pieces() -> list[object]:
        return [event async for event in adapted(FakeListChatModel(responses=["Hey"])).stream(ASKED)]

    assert asyncio.run(pieces())[:3] == [TextDelta("H"), TextDelta("e"), TextDelta("y")]


def test_a_model_that_does_not_stream_is_read_all_the_same() -> None:
    reply = AIMessage("Hello", tool_calls=[{"name": "add", "args": {"a": 1}, "id": "c1"}])
    assert ask(Whole(chunks=[reply])) == Reply("Hello", (ToolCall("c1", "add", '{"a": 1}'),))


@pytest.mark.parametrize(
    ("metadata", "finish"),
    [
        ({"finish_reason": "stop"}, "complete"),
        ({"finish_reason": "STOP"}, "complete"),
        ({"stop_reason": "end_turn"}, "complete"),
        ({"stop_reason": "tool_use"}, "complete"),
        ({"done_reason": "stop"}, "complete"),
        ({"finish_reason": "length"}, "length"),
        ({"finish_reason": "MAX_TOKENS"}, "length"),
        ({"stop_reason": "max_tokens"}, "length"),
        ({"finish_reason": "content_filter"}, "filtered"),
        ({"finish_reason": "SAFETY"}, "filtered"),
        ({"finish_reason": "no idea"}, "truncated"),
        ({"model_name": "reports, but not why it ended"}, "truncated"),
        ({}, "complete"),
    ],
)
def test_finish_reasons_of_all_providers_are_told_apart(metadata: dict[str, object], finish: str) -> None:
    assert ask(Chunks(chunks=[said("a"), said("", **metadata)])).finish == finish


def test_usage_in_parts_adds_up() -> None:
    first = AIMessageChunk("a", usage_metadata={
        "input_tokens": 10, "output_tokens": 0, "total_tokens": 10, "input_token_details": {"cache_read": 4}
    })  # fmt: skip
    last = AIMessageChunk("", usage_metadata={"input_tokens": 0, "output_tokens": 5, "total_tokens": 5})
    assert ask(Chunks(chunks=[first, last])).usage == Usage(10, 5, 4)


def test_reasoning_is_kept_apart() -> None:
    thought = AIMessageChunk([{"type": "reasoning", "reasoning": "Hm."}])
    assert ask(Chunks(chunks=[thought, said("Yes.")])) == Reply("Yes.", reasoning="Hm.")


def test_lone_surrogates_become_replacement_characters() -> None:
    assert ask(Chunks(chunks=[said("a\ud800b")])).text == "a\ufffdb"


# --- OpenAI's integration against the server --------------------------------------------------------------------------


def test_openais_integration_answers(chat_server: Start) -> None:
    assert ask(openai(chat_server(says("Hel", "lo")))) == Reply("Hello", usage=Usage(12, 3))


def test_calls_are_put_together_from_their_raw_pieces(chat_server: Start) -> None:
    server = chat_server(calls(call(0, '{"a"', ": 1}", id="c1", name="add")))
    reply = ask(openai(server), replace(ASKED, tools=(ADD,)))
    assert reply.tool_calls == (ToolCall("c1", "add", '{"a": 1}'),)
    tools = server.bodies[0]["tools"]
    assert isinstance(tools, list)
    assert tools[0]["function"]["name"] == "add"


def test_logprobs_are_asked_for_and_read(chat_server: Start) -> None:
    told = {"content": [{"token": "Hi", "logprob": -0.5, "bytes": None, "top_logprobs": []}], "refusal": None}
    scored = {"choices": [{"index": 0, "delta": {"content": "Hi"}, "logprobs": told, "finish_reason": None}]}
    server = chat_server(streams(event(scored), delta("stop"), usage(), DONE))
    reply = ask(openai(server), replace(ASKED, sampling=Sampling(logprobs=3)))
    assert (server.bodies[0]["logprobs"], server.bodies[0]["top_logprobs"]) == (True, 3)
    assert reply.scores == (TokenScore("Hi", -0.5),)


def test_a_way_to_draw_that_integrations_do_not_share_is_refused() -> None:
    with pytest.raises(ModelRefused, match="no option for contrastive"):
        ask(adapted(FakeListChatModel(responses=["x"])), replace(ASKED, sampling=read_decoding("contrastive")))


def test_a_cut_call_is_not_completed(chat_server: Start) -> None:
    server = chat_server(calls(call(0, '{"a": 1, "b', id="c1", name="add"), finish="length"))
    assert ask(openai(server)) == Reply("", finish="length", usage=Usage(12, 3))


def test_a_stream_without_a_reason_was_truncated(chat_server: Start) -> None:
    assert ask(openai(chat_server(streams(delta(content="a"), usage(), DONE)))).finish == "truncated"


def test_the_conversation_is_sent_with_calls_and_results(chat_server: Start) -> None:
    server = chat_server(says("ok"))
    wish = Message("assistant", tool_calls=(ToolCall("c1", "add", '{"a": 1}'),))
    past = (*ASKED.messages, wish, tool_message(ToolResult("c1", "add", "1")))
    ask(openai(server), Generate(past, sampling=Sampling(temperature=0.5, max_tokens=9, stop=("END",))))
    body = server.bodies[0]
    messages = body["messages"]
    assert isinstance(messages, list)
    assert [m["role"] for m in messages] == ["system", "user", "assistant", "tool"]
    assert json.loads(messages[2]["tool_calls"][0]["function"]["arguments"]) == {"a": 1}
    assert messages[3]["tool_call_id"] == "c1"
    assert (body["temperature"], body["stop"]) == (0.5, ["END"])
    assert body.get("max_tokens", body.get("max_completion_tokens")) == 9


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (401, "Incorrect API key provided: sk-here-123", ModelRefused),
        (404, "no such model", ModelRefused),
        (429, "Rate limit", ModelUnreachable),
        (500, "boom", ModelUnreachable),
        (
            400,
            {"error": {"message": "maximum context length is 10", "code": "context_length_exceeded"}},
            ContextOverflow,
        ),
    ],
)
def test_refusals_are_told_apart(chat_server: Start, status: int, error: object, kind: type[ModelError]) -> None:
    with pytest.raises(kind) as caught:
        ask(openai(chat_server(refuses(status, error))))
    assert "sk-here" not in str(caught.value)


def test_the_timeout_bounds_the_whole_request(chat_server: Start) -> None:
    server = chat_server(SILENT)
    with pytest.raises(ModelUnreachable, match=r"within 0.3 s"):
        ask(adapted(openai(server), timeout=0.3))
    assert server.left()


def test_closing_the_stream_closes_the_connection(chat_server: Start) -> None:
    server = chat_server(says(*"abc" * 200, pause=0.05))

    async def first() -> None:
        async with aclosing(adapted(openai(server)).stream(ASKED)) as events:
            await anext(events)
        assert await asyncio.to_thread(server.left)

    asyncio.run(first())


# --- what else can be ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ValueError("odd\nmany lines"), KeyError("choices"), RuntimeError("")])
def test_whatever_an_integration_raises_is_ours_in_one_line(error: Exception) -> None:
    with pytest.raises(ModelError) as caught:
        ask(Chunks(chunks=[said("a"), error]))
    assert "\n" not in str(caught.value)
    assert "langchain:test failed" in str(caught.value)


def test_tools_are_offered_where_the_model_takes_them() -> None:
    assert not adapted(FakeListChatModel(responses=[])).abilities.tools
    assert adapted(ChatOpenAI(model="gpt-4o-mini", api_key="sk-here")).abilities.tools  # type: ignore[arg-type]


def test_the_context_is_what_the_profile_says() -> None:
    assert adapted(FakeListChatModel(responses=[], profile={"max_input_tokens": 5})).abilities.context_tokens == 5
    assert adapted(FakeListChatModel(responses=[])).abilities.context_tokens == 8192


def test_a_provider_is_reached_by_its_spec(monkeypatch: pytest.MonkeyPatch, chat_server: Start) -> None:
    server = chat_server(says("Hello"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-here")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    model = connect("langchain:openai:test-model")
    assert model.name == "langchain:openai:test-model"
    assert asyncio.run(fold(model.stream(ASKED))).text == "Hello"


@pytest.mark.parametrize("spec", ["langchain:nobody:x", "langchain:openai:x", "langchain:anthropic:x"])
def test_a_missing_provider_package_or_key_is_said(spec: str) -> None:
    with pytest.raises(UsageError, match="cannot be used") as caught:
        connect(spec)
    assert "\n" not in str(caught.value)
