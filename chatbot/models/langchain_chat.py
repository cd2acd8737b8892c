"""Any LangChain chat model as a `Model`: what an integration brings with it, in our terms.

In: a `BaseChatModel`. Out: our events. Tool calls are taken from their raw pieces, never from LangChain's own parsing,
which makes a valid call of one that was cut. An integration that reports nothing about how its replies end cannot be
told from a cut connection; only then a stream that ends is taken for whole.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from chatbot.effects import Generate
from chatbot.errors import ChatbotError, ModelError, ModelRefused, ModelUnreachable, UsageError
from chatbot.events import CallDelta, Ended, ModelEvent, ReasoningDelta, Scored, TextDelta, Used
from chatbot.messages import Finish, Message, Usage
from chatbot.models.finish_reasons import finish_of
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.models.openai_wire import content_of, sound
from chatbot.models.token_scores import read_scores
from chatbot.sampling_names import name_of
from chatbot.service.endpoints import UNKNOWN_CONTEXT, Endpoint
from chatbot.service.refusals import refusal

if TYPE_CHECKING:
    from langchain_core.messages.ai import UsageMetadata
    from langchain_core.runnables import Runnable

OPTIONS = ("temperature", "top_p", "max_tokens", "seed", "top_k", "frequency_penalty", "presence_penalty")
"""Fields of `Sampling` that integrations take by the same names."""

REASONS = ("finish_reason", "stop_reason", "done_reason")
"""Where OpenAI's and Google's, Anthropic's, and Ollama's integrations report why a reply ended."""


def init(provider: str, name: str) -> BaseChatModel:
    """LangChain's own `init_chat_model`. Raises UsageError where the provider, its package or its key is missing."""
    from langchain.chat_models import init_chat_model

    try:
        return cast(BaseChatModel, init_chat_model(name, model_provider=provider))
    except Exception as error:  # each integration raises its own errors
        raise UsageError(
            f"langchain:{provider}:{name} cannot be used: {_line(error)}",
            hint="check the provider's name, its package and its key",
        ) from error


class LangChainModel:
    """A LangChain chat model. timeout: seconds that one request may take in all."""

    def __init__(self, chat_model: BaseChatModel, *, name: str, timeout: float) -> None:
        self.name = name
        self.abilities = Abilities(
            writes=True,
            images=(chat_model.profile or {}).get("image_inputs") is not False,
            tools=type(chat_model).bind_tools is not BaseChatModel.bind_tools,
            context_tokens=(chat_model.profile or {}).get("max_input_tokens") or UNKNOWN_CONTEXT,
        )
        self._chat_model = chat_model
        self._timeout = timeout

    def count_tokens(self, text: str) -> int:
        """An estimate from the length; LangChain's own count may fetch a tokenizer from the network."""
        return estimate_tokens(text)

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        """The events of one reply. Raises ModelError, whatever the integration raises."""
        deadline = asyncio.get_running_loop().time() + self._timeout
        reader = _Reader()
        pieces = cast(AsyncGenerator[AIMessage, None], self._bound(request).astream(_messages(request)))
        async with aclosing(pieces):
            while (piece := await self._next(pieces, deadline)) is not None:
                for event in reader.read(piece):
                    yield event
        for event in reader.end():
            yield event

    def _bound(self, request: Generate) -> Runnable[list[BaseMessage], AIMessage]:
        """The model with the request's options and tools. Raises ModelRefused for a way to draw that it has not."""
        sampling = request.sampling
        if unknown := sampling.said().keys() - {*OPTIONS, "stop", "logprobs"}:
            message = f"{self.name} has no option for {', '.join(sorted(map(name_of, unknown)))}"
            raise ModelRefused(message, hint="leave it out, or set what this integration has on the model itself")
        options = {name: getattr(sampling, name) for name in OPTIONS}
        if sampling.logprobs is not None:  # as LangChain's OpenAI integration names them, and others after it
            options |= {"logprobs": True, "top_logprobs": sampling.logprobs or None}
        given = {name: value for name, value in options.items() if value is not None}
        if sampling.stop:
            given["stop"] = list(sampling.stop)
        if not request.tools:
            return cast("Runnable[list[BaseMessage], AIMessage]", self._chat_model.bind(**given))
        tools: list[dict[str, object]] = [
            {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
            for tool in request.tools
        ]
        return cast("Runnable[list[BaseMessage], AIMessage]", self._chat_model.bind_tools(tools, **given))

    async def _next(self, pieces: AsyncGenerator[AIMessage, None], deadline: float) -> AIMessage | None:
        try:
            async with asyncio.timeout_at(deadline):
                return await anext(pieces, None)
        except TimeoutError as error:
            raise ModelUnreachable(
                f"{self.name} gave no whole reply within {self._timeout:g} s", hint="allow more time"
            ) from error
        except ChatbotError:
            raise
        except Exception as error:  # each integration raises its own errors
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> ModelError:
        status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
        if isinstance(status, int):
            service = Endpoint(self.name, key_variable="the provider's key variable")
            return refusal(status, getattr(error, "body", None) or str(error), service)
        kind = type(error).__name__
        if isinstance(error, OSError) or "Timeout" in kind or "Connect" in kind:
            return ModelUnreachable(f"{self.name} cannot be reached: {_line(error)}", hint="check the network")
        return ModelError(f"{self.name} failed: {_line(error)}", hint="check the model's own settings")


class _Reader:
    """Reads the pieces of one reply."""

    def __init__(self) -> None:
        self._usage = Usage()
        self._reported = False
        self._finish: Finish | None = None

    def read(self, piece: AIMessage) -> Iterator[ModelEvent]:
        for block in piece.content_blocks:
            if block["type"] == "reasoning" and (thought := block.get("reasoning")):
                yield ReasoningDelta(sound(thought))
        if text := str(piece.text):
            yield TextDelta(sound(text))
        if isinstance(piece, AIMessageChunk):
            for place, call in enumerate(piece.tool_call_chunks):
                index = call["index"] if isinstance(call["index"], int) else place
                yield CallDelta(index, call["id"] or "", call["name"] or "", sound(call["args"] or ""))
        else:  # a model that does not stream gives its whole message
            for place, whole in enumerate(piece.tool_calls):
                yield CallDelta(place, whole["id"] or "", whole["name"], json.dumps(whole["args"]))
        if piece.usage_metadata:
            self._usage += _usage(piece.usage_metadata)
        told = piece.response_metadata
        if scores := read_scores(told.get("logprobs")):
            yield Scored(scores)
        self._reported = self._reported or bool(told)
        for reason in (told.get(key) for key in REASONS):
            if isinstance(reason, str):
                self._finish = finish_of(reason)

    def end(self) -> Iterator[ModelEvent]:
        if self._usage != Usage():
            yield Used(self._usage)
        if self._finish is not None:
            yield Ended(self._finish)
        elif not self._reported:
            yield Ended("complete")


def _usage(told: UsageMetadata) -> Usage:
    cached = told.get("input_token_details", {}).get("cache_read", 0)
    return Usage(told["input_tokens"], told["output_tokens"], cached)


def _messages(request: Generate) -> list[BaseMessage]:
    return [_message(message) for message in request.messages]


def _message(message: Message) -> BaseMessage:
    text = sound(message.text)
    match message.role:
        case "system":
            return SystemMessage(text)
        case "user":
            content = content_of(message)
            return HumanMessage(content if isinstance(content, str) else [*content])
        case "tool":
            return ToolMessage(text, tool_call_id=message.call_id or "")
        case "assistant":
            calls = [
                {"name": call.name, "args": _arguments(call.arguments), "id": call.id, "type": "tool_call"}
                for call in message.tool_calls
            ]
            return AIMessage(text, tool_calls=calls)


def _arguments(text: str) -> dict[str, object]:
    """Arguments as LangChain keeps them; what was no JSON object is none, and the tool's result says so."""
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _line(error: Exception) -> str:
    """The error's first line; some integrations write a page."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
