"""Faults of a reply's end and of its events: what is no whole answer, and what is one although it looks strange."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from chat_server import DONE, Scene, delta, event, says, streams, usage

from chatbot.errors import ModelUnreachable
from faults.fault import (
    ANSWER,
    WORDS,
    Form,
    answer,
    breaks,
    cut,
    document,
    fault,
    half,
    lies,
    only_stream,
    payload,
    refused,
    sends,
    whole,
)

_both = partial(fault, "stream")

Make = Callable[[Form], Scene]

STOP = delta("stop")


def _ends(finish: object) -> Make:
    """A reply that ends with this as its finish_reason."""

    def scene(form: Form) -> Scene:
        if form == "body":
            return sends(form, json.dumps(document({"content": ANSWER}, finish)).encode())
        last = event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        return streams(*WORDS, last, usage(), DONE)

    return scene


def _without_reason(form: Form) -> bytes:
    """A body that gives no reason for its end."""
    choice = {"index": 0, "message": {"role": "assistant", "content": ANSWER}}
    return b"".join(WORDS) if form == "stream" else json.dumps({"choices": [choice]}).encode()


def _around(before: bytes, after: bytes = b"") -> Make:
    """An answer with these bytes before and behind it."""
    return lambda form: sends(form, before + answer(form) + after)


def _between(noise: bytes) -> Scene:
    """A stream with this before each of its events."""
    return streams(*(part for each in (*WORDS, STOP, usage(), DONE) for part in (noise, each)))


def _replaced(old: bytes, new: bytes) -> Scene:
    """A stream whose bytes are written in another way."""
    return sends("stream", answer("stream").replace(old, new))


def _one_by_one(form: Form) -> Scene:
    body = answer(form).replace(b"It is", "Es wären 😀".encode())
    return sends(form, *(body[at : at + 1] for at in range(len(body))))


def _breaks_with(error: bytes, body: str, *words: bytes) -> Make:
    """An error after these words of a stream, or in a document."""
    return lambda form: streams(*words, error, DONE) if form == "stream" else payload(form, body)


_OUT_OF_MEMORY = {"error": {"message": "out of memory"}}

ENDS = (
    _both("an end without a reason", lambda form: sends(form, _without_reason(form)), cut("truncated")),
    _both(
        "the connection's end without a reason",
        lambda form: sends(form, _without_reason(form), end="close"),
        cut("truncated"),
    ),
    only_stream("[DONE] without a reason", streams(*WORDS, DONE), cut("truncated")),
    _both("no reason, but usage", _ends(None), cut("truncated")),
    _both("a reason nobody knows", _ends("because"), cut("truncated")),
    _both("a reason that is empty", _ends(""), cut("truncated")),
    _both("a reason that is a number", _ends(5), cut("truncated")),
    _both("a reason that is an object", _ends({"reason": "stop"}), cut("truncated")),
    _both("a reason in capitals, as Gemini writes it", _ends("STOP"), whole()),
    _both("a reason for a failure that some services know", _ends("insufficient_system_resource"), cut("truncated")),
    _both("cut at the token limit", _ends("length"), cut("length")),
    _both("withheld", _ends("content_filter"), cut("filtered")),
    only_stream("the same reason twice", streams(*WORDS, STOP, STOP, usage(), DONE), whole()),
    only_stream("two reasons, the good one first", streams(*WORDS, STOP, delta("length"), DONE), cut("length")),
    only_stream("two reasons, the good one last", streams(*WORDS, delta("length"), STOP, DONE), cut("length")),
    only_stream("a reason and then more words", streams(WORDS[0], STOP, WORDS[1], DONE), whole()),
    only_stream("more after [DONE]", streams(*WORDS, STOP, DONE, delta("length", content=" Or 5?")), whole()),
    only_stream("nothing after the reason", streams(*WORDS, STOP), whole()),
    only_stream("broken off after the reason", streams(*WORDS, STOP, end="cut"), whole()),
    only_stream("broken off after words behind the reason", streams(WORDS[0], STOP, WORDS[1], end="cut"), breaks()),
    _both("broken off within its words", lambda form: sends(form, half(form), end="cut"), breaks()),
    _both("torn down within its words", lambda form: sends(form, half(form), 0.05, end="reset"), breaks()),
    only_stream("nothing but an end", says(""), whole("")),
    only_stream("no event at all", streams(), lies()),
    only_stream("[DONE] alone", streams(DONE), lies()),
    only_stream("comments alone", streams(b": ping\n\n" * 20), lies()),
    only_stream("events that are empty objects", streams(*[event({})] * 20, DONE), lies()),
)

EVENTS = (
    _both(
        "half a part of the answer at its end",
        lambda form: sends(form, half(form)),
        cut("truncated", "It is "),
        body=lies(),
    ),
    only_stream("half an event after the reason", streams(*WORDS, STOP, b'data: {"cho'), whole()),
    only_stream("a last event without a blank line", streams(*WORDS, STOP[:-1]), whole()),
    only_stream("lines that end in CRLF", _replaced(b"\n", b"\r\n"), whole()),
    only_stream("lines that end in CR", _replaced(b"\n", b"\r"), whole()),
    only_stream(
        "lines that end in each way",
        streams(WORDS[0].replace(b"\n", b"\r\n"), WORDS[1], STOP.replace(b"\n", b"\r"), DONE),
        whole(),
    ),
    _both("a byte order mark", _around(b"\xef\xbb\xbf"), whole()),
    _both("white space around it", _around(b"\r\n\n", b"\n\n\r\n"), whole()),
    _both("bytes one by one", _one_by_one, whole("Es wären 😀 {sum}.")),
    only_stream("comments between", _between(b": OPENROUTER PROCESSING\n\n"), whole()),
    only_stream("pings between", _between(b"event: ping\ndata: {}\n\n"), whole()),
    only_stream("empty data between", _between(b"data:\n\n"), whole()),
    only_stream("other fields between", _between(b"id: 7\nretry: 1\nevent: message\nnonsense\n"), whole()),
    only_stream("a byte order mark before each event", _replaced(b"data:", b"\xef\xbb\xbfdata:"), whole()),
    only_stream("fields in capitals", _replaced(b"data:", b"DATA:"), whole()),
    only_stream("blanks before the fields", _replaced(b"data:", b" data :"), whole()),
    only_stream("no space after the colon", _replaced(b"data: ", b"data:"), whole()),
    only_stream("events over several lines", _replaced(b'"choices": ', b'"choices":\ndata: '), whole()),
    only_stream("lines of JSON that are no events", streams(answer("body"), b"\n"), lies(readable=True)),
    _both(
        "an error among the words",
        _breaks_with(event(_OUT_OF_MEMORY), json.dumps({"choices": []} | _OUT_OF_MEMORY), WORDS[0]),
        lies("out of memory"),
    ),
    _both(
        "an error of its own kind",
        _breaks_with(
            event({"object": "error", "message": "out of memory"}),
            '{"object": "error", "message": "out of memory"}',
            WORDS[0],
        ),
        lies("out of memory"),
    ),
    only_stream(
        "an event that is named an error",
        streams(WORDS[0], b'event: error\ndata: {"message": "out of memory"}\n\n'),
        lies("out of memory"),
    ),
    only_stream(
        "an event that is named an error in capitals",
        streams(WORDS[0], b'event: Error\ndata: {"message": "out of memory"}\n\n', STOP, DONE),
        lies("out of memory"),
    ),
    only_stream(
        "an error that is told with its status",
        streams(WORDS[0], b'event: error\ndata: {"error": {"message": "out of memory", "code": 502}}\n\n'),
        refused(ModelUnreachable, "failed (502): out of memory", billed=True),
    ),
    only_stream("an error without a word", streams(WORDS[0], b"event: error\n\n", STOP, DONE), lies("no more")),
    only_stream(
        "an error that is an empty object", streams(*WORDS, b"event: error\ndata: {}\n\n", STOP, DONE), lies("error")
    ),
    _both(
        "an error after all of the words",
        _breaks_with(
            event({"error": "out of memory"}), json.dumps(document({"content": ANSWER}, error="out of memory")), *WORDS
        ),
        lies("out of memory"),
    ),
)

STREAM_FAULTS = (*ENDS, *EVENTS)
