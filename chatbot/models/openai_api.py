"""Any OpenAI-compatible endpoint, through the openai client: the one place where requests to a model leave the program.

In: `Generate`. Out: model events. Every failure leaves as one of our errors. Redirects are not followed, so that a
prompt reaches no other host than the one named; the total time is bounded, slow drips included.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.effects import Generate
from chatbot.errors import ContextOverflow, ModelError, ModelProtocolError, ModelRefused, ModelUnreachable
from chatbot.events import CallDelta, Ended, ModelEvent, ReasoningDelta, TextDelta, Used
from chatbot.messages import Finish, Message, Usage
from chatbot.models.model import Abilities, estimate_tokens

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

FINISHES: Mapping[str, Finish] = {
    "stop": "complete",
    "tool_calls": "complete",
    "function_call": "complete",
    "length": "length",
    "content_filter": "filtered",
}

OVERFLOW_WORDS = ("context_length_exceeded", "maximum context length", "context size", "context window", "too many tokens")
"""What services say when a request is too long: OpenAI and vLLM, llama.cpp, LM Studio, Ollama."""

RETRIES = 2
"""Further tries after a failure that may pass, before the first byte of an answer."""


@dataclass(frozen=True, slots=True)
class OpenAIModel:
    """A model behind an OpenAI-compatible endpoint."""

    name: str
    model: str
    """The name the endpoint knows it by."""
    base_url: str
    api_key: str
    timeout: float = 120.0
    """Seconds that one request may take in all."""
    abilities: Abilities = Abilities(writes=True, tools=True, context_tokens=32_768)

    def count_tokens(self, text: str) -> int:
        """An estimate."""
        return estimate_tokens(text)

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        """The reply's events."""
        deadline = time.monotonic() + self.timeout
        async with self._client() as client, self._translated():
            chunks = await self._open(client, request_body(request, self.model), deadline)
            finish: Finish | None = None
            async for chunk in _until(deadline, chunks):
                for event in _events(chunk):
                    if isinstance(event, Ended):
                        finish = event.finish
                    else:
                        yield event
            yield Ended(finish or "truncated")

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[AsyncOpenAI]:
        import httpx
        from openai import AsyncOpenAI

        http = httpx.AsyncClient(follow_redirects=False, timeout=httpx.Timeout(self.timeout, connect=5.0))
        async with AsyncOpenAI(
            api_key=self.api_key, base_url=self.base_url, max_retries=0, http_client=http
        ) as client:
            yield client

    async def _open(self, client: AsyncOpenAI, body: dict[str, Any], deadline: float) -> AsyncIterator[Any]:
        from openai import APIConnectionError, APIStatusError, APITimeoutError

        for left in reversed(range(RETRIES + 1)):
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    stream: AsyncIterator[Any] = await client.chat.completions.create(**body)
                    return stream
            except APIStatusError as error:
                passing = error.status_code in (429, 500, 502, 503, 504, 529) and not _says(error, ("insufficient_quota",))
                if not left or not passing:
                    raise
            except APITimeoutError:
                raise
            except APIConnectionError:
                if not left:
                    raise
            await asyncio.sleep(min(0.2 * 2 ** (RETRIES - left), max(0.0, deadline - time.monotonic())))
        raise AssertionError("the last try returns or raises")

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        """Foreign errors as ours, the most specific first."""
        import httpx
        import openai

        try:
            yield
        except (TimeoutError, openai.APITimeoutError, httpx.TimeoutException) as error:
            message = f"{self.base_url} did not answer within {self.timeout:g} s"
            raise ModelUnreachable(message, hint="allow more time, or try another model") from error
        except openai.APIStatusError as error:
            raise self._refusal(error) from error
        except (openai.APIConnectionError, httpx.TransportError) as error:
            raise ModelUnreachable(
                f"{self.base_url} cannot be reached, or broke off: {error.__cause__ or error}",
                hint="is the server running, and the address right?",
            ) from error
        except openai.APIError as error:
            raise ModelProtocolError(f"{self.base_url} reported an error: {error.message}") from error
        except (ValueError, AttributeError, TypeError, IndexError, KeyError) as error:
            message = f"{self.base_url} answered with something that is not the chat-completions protocol: {error}"
            raise ModelProtocolError(message[:300], hint="is this the right address? it usually ends in /v1") from error

    def _refusal(self, error: APIStatusError) -> ModelError:
        where, said = self.base_url, str(getattr(error, "message", error))[:300]
        if error.status_code in (400, 413, 422) and _says(error, OVERFLOW_WORDS):
            return ContextOverflow(f"the request is too long for {self.model}: {said}", hint="start again with /new")
        if error.status_code in (401, 403):
            return ModelRefused(f"{where} refuses the key", hint="set OPENAI_API_KEY to a key of this service")
        if error.status_code == 404:
            return ModelRefused(f"{where} knows no model {self.model!r}", hint="`chatbot models` lists what is there")
        if 300 <= error.status_code < 400:
            return ModelRefused(f"{where} wants to send the prompt elsewhere", hint="name the right address")
        return ModelRefused(f"{where} answered with status {error.status_code}: {said}")


def request_body(request: Generate, model: str) -> dict[str, Any]:
    """The body of the request."""
    sampling = request.sampling
    body: dict[str, Any] = {
        "model": model,
        "messages": [_as_dict(message) for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    optional = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": sampling.seed,
        "stop": list(sampling.stop) or None,
    }
    body |= {key: value for key, value in optional.items() if value is not None}
    if request.tools:
        body["tools"] = [
            {"type": "function", "function": {"name": t.name, "description": t.description, "parameters": dict(t.parameters)}}
            for t in request.tools
        ]
    return body


def _as_dict(message: Message) -> dict[str, Any]:
    data: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.tool_calls:
        data["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.call_id is not None:
        data["tool_call_id"] = message.call_id
    return data


def _events(chunk: Any) -> list[ModelEvent]:
    """What one chunk of the stream says."""
    events: list[ModelEvent] = []
    if error := getattr(chunk, "error", None):
        raise ValueError(f"an error inside the stream: {error}")
    if chunk.usage:
        details = getattr(chunk.usage, "prompt_tokens_details", None)
        cached = getattr(details, "cached_tokens", None) or 0
        events.append(Used(Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens, cached)))
    for choice in chunk.choices[:1]:
        delta = choice.delta
        if thought := getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None):
            events.append(ReasoningDelta(thought))
        if delta.content:
            events.append(TextDelta(delta.content))
        for call in delta.tool_calls or ():
            function = call.function
            events.append(CallDelta(call.index, call.id or "", function.name or "", function.arguments or ""))
        if choice.finish_reason:
            events.append(Ended(FINISHES.get(choice.finish_reason, "truncated")))
    return events


async def _until(deadline: float, chunks: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The chunks, as long as there is time. Raises TimeoutError."""
    iterator = aiter(chunks)
    while True:
        async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
            try:
                chunk = await anext(iterator)
            except StopAsyncIteration:
                return
        yield chunk


def _says(error: APIStatusError, words: tuple[str, ...]) -> bool:
    said = f"{getattr(error, 'code', '')} {error.message} {error.body}".lower()
    return any(word in said for word in words)
