"""What a fault is: what a server does, in the form of a stream and of one body, and what must come out of a call."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from chat_server import DONE, SSE, Scene, Step, delta, event, raw, usage

from chatbot.errors import ModelError, ModelProtocolError, ModelRefused, ModelUnreachable
from chatbot.messages import Finish

Form = Literal["stream", "body"]
"""stream: server-sent events. body: one JSON document, as servers send that do not stream."""

FORMS: tuple[Form, ...] = ("stream", "body")

Group = Literal["HTTP", "refusal", "stream", "JSON", "tool call", "TLS", "time", "size"]

Door = Literal[
    "http",
    "TLS",
    "TLS for another host",
    "TLS of nobody we know",
    "TLS that has expired",
    "TLS that wants a certificate",
    "closes at once",
    "says nothing",
    "lets nobody in",
]
"""What the request meets before any HTTP."""

TIMEOUT = 2.0
"""Seconds that a request is given in the matrix."""

SLACK = 0.5
"""Seconds after its time-out in which a call has ended."""

ANSWER = "It is {sum}."
"""The answer. Servers of sums put theirs in; at others it stays as it is."""


ELSEWHERE = "{elsewhere}"
"""Stands in headers for the address of a second server, which nothing may reach."""

REQUEST = b"{request}"
"""A body that is the request's own."""


@dataclass(frozen=True)
class Expected:
    """What must come out."""

    finish: Finish | None = "complete"
    """How the reply ends; None where there is none but an error."""
    text: str = ANSWER
    error: type[ModelError] | None = None
    says: str = ""
    """Stands in the error's message."""
    billed: bool = False
    """Whether the error says that the call may have to be paid for."""
    requests: int = 1
    """How often the request comes."""
    calls: tuple[tuple[str, str], ...] = ()
    """Names and arguments of the reply's tool calls."""
    runs: int = 0
    """How many of them a chatbot runs."""
    mended: bool = False
    """Whether the reply's text could not be kept as it came, and says so."""
    readable: bool = False
    """It is an answer in disguise: a client that reads it whole is right too."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong."""

    name: str
    group: Group
    scenes: Mapping[Form, Scene]
    expected: Mapping[Form, Expected]
    door: Door = "http"
    passes: bool = False
    """It is met once: the request comes again, and is answered."""
    heavy: bool = False
    """So many bytes that it is measured apart."""


def fault(
    group: Group,
    name: str,
    scene: Scene | Callable[[Form], Scene],
    expected: Expected,
    *,
    body: Expected | None = None,
    **more: bool | Door,
) -> Fault:
    """A fault in both forms; `body` is what must come out of the second one where that is something else."""
    scenes = {form: scene if isinstance(scene, Scene) else scene(form) for form in FORMS}
    return Fault(name, group, scenes, {"stream": expected, "body": body or expected}, **more)  # type: ignore[arg-type]


def only_stream(name: str, scene: Scene, expected: Expected, group: Group = "stream") -> Fault:
    """A fault that only a stream can have."""
    return Fault(name, group, {"stream": scene}, {"stream": expected})


# --- what must come out -----------------------------------------------------------------------------------------------


def whole(text: str = ANSWER, **more: object) -> Expected:
    """A whole reply."""
    return Expected(text=text, **more)  # type: ignore[arg-type]


def cut(finish: Finish, text: str = ANSWER) -> Expected:
    """A reply that says of itself that it is not whole; never with calls."""
    return Expected(finish, text)


def _fails(error: type[ModelError], says: str, *, billed: bool, requests: int = 1) -> Expected:
    return Expected(None, "", error, says, billed, requests)


def lies(says: str = "", *, billed: bool = True, readable: bool = False) -> Expected:
    """Something that is no answer; the work may have been done all the same."""
    return replace(_fails(ModelProtocolError, says, billed=billed), readable=readable)


def breaks(says: str = "broke the connection off") -> Expected:
    """No answer, or not all of it, although the request was sent."""
    return _fails(ModelUnreachable, says, billed=True)


def no_http() -> Expected:
    """Bytes that are not what HTTP allows."""
    return lies("does not speak HTTP")


def late() -> Expected:
    """No whole answer in time."""
    return _fails(ModelUnreachable, "allow more time", billed=True)


def unsent(says: str, *, billed: bool = False) -> Expected:
    """The request has not come through."""
    return _fails(ModelUnreachable, says, billed=billed, requests=0)


def refused(
    error: type[ModelError] = ModelRefused, says: str = "", *, requests: int = 1, billed: bool = False
) -> Expected:
    """A refusal, after so many requests."""
    return _fails(error, says, billed=billed, requests=requests)


# --- what is sent -----------------------------------------------------------------------------------------------------

PIECES = ("It is ", "{sum}.")
WORDS = tuple(delta(content=piece) for piece in PIECES)
"""The answer as it streams."""

JSON = {"Content-Type": "application/json"}


def headers_of(form: Form) -> dict[str, str]:
    """The content type."""
    return dict(SSE if form == "stream" else JSON)


def sends(form: Form, *steps: Step, **more: object) -> Scene:
    """A response with the content type of its form."""
    return Scene(steps, headers=headers_of(form), **more)  # type: ignore[arg-type]


def half(form: Form) -> bytes:
    """The first part of an answer; a stream is cut within its second event."""
    body = answer(form)
    return body[: body.index(b"{sum}") - 8]


def document(message: Mapping[str, object], finish: object = "stop", **top: object) -> dict[str, object]:
    """A whole completion."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    counted = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    named = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "test-model"}
    return {**named, "choices": [choice], "usage": counted, **top}


def answer(form: Form, finish: str | None = "stop") -> bytes:
    """A whole answer, as the bytes of its body."""
    if form == "stream":
        return b"".join([*WORDS, delta(finish), usage(), DONE])
    return json.dumps(document({"content": ANSWER}, finish)).encode()


def payload(form: Form, text: str | bytes, *, after: bytes = DONE) -> Scene:
    """This text as the one event of a stream, or as the whole body."""
    data = text.encode() if isinstance(text, str) else text
    return sends(form, b"data: " + data + b"\n\n" + after if form == "stream" else data)


def completion(form: Form, message: Mapping[str, object], finish: object = "stop", **top: object) -> Scene:
    """A completion whose message or delta is this."""
    if form == "stream":
        choice = {"index": 0, "delta": dict(message), "finish_reason": finish}
        return sends(form, event({"choices": [choice], **top}), DONE)
    return sends(form, json.dumps(document(message, finish, **top)).encode())


def calling(form: Form, *calls: Mapping[str, object], finish: str | None = "tool_calls") -> Scene:
    """A reply of tool calls, each whole."""
    if form == "stream":
        return sends(form, *(delta(tool_calls=[each]) for each in calls), delta(finish), usage(), DONE)
    return completion(form, {"content": None, "tool_calls": list(calls)}, finish)


def by_hand(form: Form, *, head: str = "", body: bytes | None = None, status: str = "HTTP/1.1 200 OK") -> bytes:
    """A response in bytes: these lines of its head beside the content type, and its body without any framing."""
    kind = headers_of(form)["Content-Type"]
    return f"{status}\r\nContent-Type: {kind}\r\n{head}\r\n".encode() + (answer(form) if body is None else body)


def closing(form: Form, *, head: str = "", body: bytes | None = None, status: str = "HTTP/1.1 200 OK") -> Scene:
    """A response made by hand that says that the connection ends with it: no request for another fault uses it then."""
    return raw(by_hand(form, head=f"Connection: close\r\n{head}", body=body, status=status))


def tool_call(
    arguments: object,
    *,
    index: object = 0,
    id: object = "c1",  # noqa: A002  # the field's name
    name: object = "add",
) -> dict[str, object]:
    """A whole call, as a delta or a message carries it."""
    return {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def slowly(*steps: bytes, pause: float = 0.05) -> tuple[Step, ...]:
    """Each after a pause."""
    return tuple(step for each in steps for step in (pause, each))
