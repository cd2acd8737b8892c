"""The chat-completions protocol as data: our request as its body, its chunks as our events. No network, no client.

(https://platform.openai.com/docs/api-reference/chat, with what vLLM, Ollama, llama.cpp and LM Studio make of it.)
What a server sends is never trusted: anything of another shape than promised is a ModelProtocolError.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard, cast

from chatbot.effects import Generate, ToolSchema
from chatbot.errors import ChatbotError, ModelProtocolError
from chatbot.events import (
    CallDelta,
    Ended,
    Mended,
    ModelEvent,
    OfSample,
    ReasoningDelta,
    Receiving,
    Scored,
    TextDelta,
    Used,
    Waiting,
    Weighed,
)
from chatbot.messages import Image, Message, Usage
from chatbot.models.finish_reasons import finish_of
from chatbot.models.sampling_fields import sampling_fields
from chatbot.models.token_scores import read_scores
from chatbot.service.endpoints import Quirks

CHOICES_LIMIT = 1_000
"""Choices of one chunk, and calls of one choice; OpenAI draws at most 128 replies, and allows 128 tools."""

COUNT_LIMIT = 1 << 40
"""Tokens of one call that are believed."""

COST_LIMIT = 1e6
"""US dollars of one call that are believed."""

DONE = "[DONE]"
"""Data of the event that ends a stream."""

# --- request ----------------------------------------------------------------------------------------------------------


def request_body(request: Generate, model: str, quirks: Quirks = Quirks()) -> dict[str, object]:  # noqa: B008  # frozen
    """The JSON body of a streaming request; what the request leaves open is left out.

    Raises ModelRefused for a way to draw that the server has no field for.
    """
    sampling = request.sampling
    choices: dict[str, object] = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        quirks.limit: sampling.max_tokens,
        "frequency_penalty": sampling.frequency_penalty,
        "presence_penalty": sampling.presence_penalty,
        "logprobs": None if sampling.logprobs is None else True,
        "top_logprobs": sampling.logprobs or None,
        "seed": None if sampling.seed is None else sampling.seed + request.sample,
        "stop": list(sampling.stop) or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "n": request.samples if request.samples > 1 and quirks.samples else None,
        "response_format": _format(request.schema) if quirks.schemas else None,
        "stream_options": {"include_usage": True} if quirks.asks_usage else None,
    }
    body: dict[str, object] = {"model": model, "messages": [_message(m) for m in request.messages], "stream": True}
    more = sampling_fields(sampling, quirks.server, where=f"the endpoint of {model}")
    return body | {key: value for key, value in choices.items() if value is not None} | more


def _message(message: Message) -> dict[str, object]:
    data: dict[str, object] = {"role": message.role, "content": content_of(message)}
    if message.tool_calls:
        data["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": sound(call.arguments)}}
            for call in message.tool_calls
        ]
    if message.call_id is not None:
        data["tool_call_id"] = message.call_id
    return data


def content_of(message: Message) -> str | list[dict[str, object]]:
    """The text; where pictures go along they stand before it, each with its bytes, as parts of a list."""
    text = sound(message.text)
    if not message.images:
        return text
    parts: list[dict[str, object]] = [
        {"type": "image_url", "image_url": {"url": data_url(image)}} for image in message.images
    ]
    return [*parts, {"type": "text", "text": text}] if text else parts


def data_url(image: Image) -> str:
    """A picture as an address that holds it (RFC 2397)."""
    return f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}"


def _tool(tool: ToolSchema) -> dict[str, object]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def _format(schema: Mapping[str, object] | None) -> dict[str, object] | None:
    if schema is None:
        return None
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": _is_strict(schema)}}


def _is_strict(schema: object) -> bool:
    """Whether OpenAI would take the schema as strict: its objects are closed, and all of their properties required.

    (https://platform.openai.com/docs/guides/structured-outputs)
    """
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    closed = True
    if isinstance(properties := schema.get("properties"), Mapping) or schema.get("type") == "object":
        required = schema.get("required", [])
        closed = schema.get("additionalProperties") is False and {*(properties or {})} == {*cast(list[str], required)}
    return closed and all(map(_is_strict, schema.values()))


def sound(text: str) -> str:
    """The text without lone surrogates, which cannot be written as UTF-8."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def mend(text: str) -> str:
    """The text with U+FFFD for what cannot be stored as text everywhere: lone surrogates, and NUL."""
    return sound(text).replace("\0", "\ufffd")


# --- reply ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ReplyReader:
    """Reads one reply, event by event, and says at its end how it ended."""

    quirks: Quirks
    refusal: Callable[[object], ChatbotError]
    """Makes an error of an `error` that stands inside a reply."""
    cost: Callable[[Usage], float | None] = lambda _: None
    finish: str | None = None
    """The first `finish_reason`, or one that says that the reply was cut."""
    index: int = 0
    """Which of the choices is read."""
    usage: Usage | None = None
    answered: bool = False
    done: bool = False
    """[DONE] has come, and nothing counts after it."""
    mended: bool = False
    """Something was no text, and U+FFFD stands for it."""
    _told: bool = False
    _in_pieces: bool = False
    """It has come as deltas so far."""
    _calls: bool = False
    _late: bool = False
    """It went on after its reason to end."""

    @property
    def has_all(self) -> bool:
        """Whether the reply is whole, whatever happens to the connection: it has ended, and nothing came after that."""
        return self.finish is not None and not self._late

    @property
    def tokens(self) -> int:
        """Of request and reply together; 0 where the service has not told."""
        return self.usage.input_tokens + self.usage.output_tokens if self.usage else 0

    def read(self, data: str) -> Iterator[ModelEvent]:
        """The events of one chunk. Raises ModelError."""
        if data.strip() == DONE:
            self.done = True
        else:
            yield from self.take(_object(_parse(data), "a chunk"))

    def take(self, chunk: Mapping[str, object]) -> Iterator[ModelEvent]:
        """The events of one chunk that was parsed. Raises ModelError."""
        if error := chunk.get("error"):
            raise self.refusal(error)
        if chunk.get("object") == "error":
            raise self.refusal(chunk)
        if isinstance(told := chunk.get("usage"), dict):
            usage = self._usage(told)
            if self.usage is None or usage.input_tokens or usage.output_tokens:  # some close with a chunk of zeros
                self.usage = usage
        own = list(_numbered(chunk.get("choices"), self.index))
        if len(own) > 1 and any(choice.get("message") for choice in own):
            raise _broken(f"{len(own)} choices have the number {self.index}")
        for choice in own:
            yield from self._choice(choice)
        if self.mended and not self._told:
            self._told = True
            yield Mended()

    def end(self) -> Iterator[ModelEvent]:
        """The events that close the reply. Raises ModelProtocolError where there was none at all."""
        if not self.answered:
            raise ModelProtocolError("the reply holds no answer", hint="check that it is a chat model")
        if self.usage is not None:
            yield Used(self.usage)
        finish = finish_of(self.finish or "")
        if finish is None and self.finish is None and self.done and self.usage and self.quirks.ends_without_reason:
            finish = "complete"
        if finish is not None:
            yield Ended(finish)

    def _choice(self, choice: Mapping[str, object]) -> Iterator[ModelEvent]:
        self.answered = True
        if error := choice.get("error"):  # OpenRouter puts what went wrong upstream here
            raise self.refusal(error)
        said = self._said(choice)
        self._late = self._late or (self.finish is not None and _says(said))
        content, thoughts = said.get("content"), None
        if isinstance(content, list):
            content, thoughts = _without_thoughts(content)
        if reasoning := self._text(said.get("reasoning_content") or said.get("reasoning")) + self._text(thoughts):
            yield ReasoningDelta(reasoning)
        if text := self._text(content) + self._text(said.get("refusal")):
            yield TextDelta(text)
        if scores := read_scores(choice.get("logprobs")):
            yield Scored(scores)
        for place, call in enumerate(_list(said.get("tool_calls"), "tool_calls")):
            self._calls = True
            yield self._call(_object(call, "a tool call"), place)
        if (call := said.get("function_call")) is not None and not self._calls:  # else it is the same in the old form
            yield self._call({"function": call}, 0)
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason and (self.finish is None or finish_of(reason) in ("length", "filtered")):
            self.finish = reason

    def _said(self, choice: Mapping[str, object]) -> Mapping[str, object]:
        """What a choice says: a piece of a message, or a message.

        Some services close a stream with the message that its pieces made (songquanpeng/one-api#2406).
        """
        delta = _object(choice.get("delta") or {}, "a delta")
        whole = _object(choice.get("message") or {}, "a message")
        self._in_pieces = self._in_pieces or _says(delta)
        if not delta and not whole and choice.get("text"):
            raise _broken("it is a completion of a text, and no chat's")
        return delta if self._in_pieces or not whole else whole

    def _call(self, call: Mapping[str, object], place: int) -> CallDelta:
        function = _object(call.get("function") or {}, "a function")
        index, arguments = call.get("index"), function.get("arguments")
        if isinstance(arguments, dict):  # some servers parse them already
            arguments = json.dumps(arguments)
        number = index if type(index) is int else place
        identity, name, rest = (
            self._mended(_string(each)) for each in (call.get("id"), function.get("name"), arguments)
        )
        return CallDelta(number, identity, name, rest)

    def _text(self, value: object) -> str:
        return "" if value is None else self._mended(_text(value))

    def _mended(self, text: str) -> str:
        mended = mend(text)
        self.mended = self.mended or mended != text
        return mended

    def _usage(self, data: Mapping[str, object]) -> Usage:
        details = data.get("prompt_tokens_details")
        cached = details.get("cached_tokens") if isinstance(details, dict) else data.get("prompt_cache_hit_tokens")
        read, written = _count(data.get("prompt_tokens")), _count(data.get("completion_tokens"))
        written = max(written, _count(data.get("total_tokens")) - read)  # xAI and Gemini count thoughts there alone
        usage = Usage(read, written, min(_count(cached), read))
        told = data.get("cost")  # OpenRouter reports what a call has cost
        known = type(told) in (int, float) and 0 <= cast(float, told) < COST_LIMIT
        return replace(usage, cost=float(cast(float, told)) if known else self.cost(usage))


class SamplesReader:
    """Reads several replies to one request, whose chunks come mixed."""

    def __init__(self, readers: Sequence[ReplyReader]) -> None:
        self._readers = readers

    @property
    def has_all(self) -> bool:
        """Whether all replies are whole, whatever happens to the connection."""
        return all(reader.has_all for reader in self._readers)

    @property
    def done(self) -> bool:
        """[DONE] has come."""
        return self._readers[0].done

    @property
    def tokens(self) -> int:
        """Of the request and all replies together; 0 where the service has not told."""
        return self._readers[0].tokens

    @property
    def drawn(self) -> int:
        """How many replies have begun: a server that does not know `n` sends one."""
        return sum(reader.answered for reader in self._readers)

    def read(self, data: str) -> Iterator[ModelEvent]:
        """The events of one chunk. Raises ModelError."""
        if data.strip() == DONE:
            for reader in self._readers:
                reader.done = True
            return
        chunk = _object(_parse(data), "a chunk")
        for index, reader in enumerate(self._readers):
            for event in reader.take(chunk):
                yield _of_sample(index, event)

    def end(self) -> Iterator[ModelEvent]:
        """The events that close those replies that were drawn; the tokens of all of them stand at the first."""
        for index, reader in enumerate(self._readers):
            if index and not reader.answered:
                continue
            for event in reader.end():
                if index == 0 or not isinstance(event, Used):
                    yield _of_sample(index, event)


def _of_sample(index: int, event: ModelEvent) -> OfSample:
    assert not isinstance(event, OfSample | Receiving | Waiting | Weighed)
    return OfSample(index, event)


def _parse(data: str) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _broken(f"{data[:80]!r} is not JSON") from error


def _numbered(choices: object, number: int) -> Iterator[Mapping[str, object]]:
    """The choices of a chunk that have this number; one without any has that of its place."""
    for place, each in enumerate(_list(choices, "choices")):
        choice = _object(each, "a choice")
        named = choice.get("index")
        if (place if named is None else named or 0) == number:
            yield choice


def _says(message: Mapping[str, object]) -> bool:
    """Whether a message, or a piece of one, holds anything of an answer."""
    return any(message.get(key) for key in ("content", "refusal", "tool_calls", "function_call"))


def _without_thoughts(parts: list[object]) -> tuple[list[object], list[object]]:
    """The parts of a content that are none of the thoughts that Mistral sends among them, and those."""
    told = [part for part in parts if not _is_thought(part)]
    return told, [part.get("thinking") for part in parts if _is_thought(part)]


def _is_thought(part: object) -> TypeGuard[dict[str, object]]:
    return isinstance(part, dict) and part.get("type") == "thinking"


def _text(value: object) -> str:
    """Text as it is, or that of all parts of a content."""
    return "".join(map(_part, value)) if isinstance(value, list) else _string(value)


def _part(part: object) -> str:
    if isinstance(part, dict) and not part.keys() & {"text", "refusal"}:
        raise _broken(f"a part of the content is {str(part)[:80]!r}, and no text")
    return _text(part.get("text") or part.get("refusal")) if isinstance(part, dict) else _text(part)


def _string(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _broken(f"{str(value)[:80]!r} is not text")
    return value


def _object(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _broken(f"{what} is {str(value)[:80]!r}")
    return value


def _list(value: object, what: str) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _broken(f"{what} is {str(value)[:80]!r}")
    if len(value) > CHOICES_LIMIT:
        raise _broken(f"{what} are {len(value):,}")
    return value


def _count(value: object) -> int:
    return value if type(value) is int and 0 < value < COUNT_LIMIT else 0


def _broken(what: str) -> ModelProtocolError:
    return ModelProtocolError(f"the reply breaks the chat-completions protocol: {what}", hint="check the server")
