"""Faults of what a reply's JSON holds: wrong types, wrong numbers, wrong text, and what is no JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial

from chat_server import DONE, Scene, answers, delta, event, streams, usage

from chatbot.errors import ModelUnreachable
from faults.fault import (
    ANSWER,
    WORDS,
    Expected,
    Fault,
    Form,
    completion,
    document,
    fault,
    half,
    lies,
    payload,
    refused,
    sends,
    whole,
)

_json = partial(fault, "JSON")


def _document(name: str, data: object, expected: Expected) -> Fault:
    """A document, as the one event or as the body."""
    text = data if isinstance(data, str) else json.dumps(data)
    return _json(name, lambda form: payload(form, text), expected)


def _message(name: str, message: Mapping[str, object], expected: Expected) -> Fault:
    return _json(name, lambda form: completion(form, message), expected)


def _choice(name: str, choice: object, expected: Expected) -> Fault:
    return _document(name, {"choices": [choice]}, expected)


def _counted(name: str, text: str) -> Fault:
    """A good reply with this as its usage."""

    def scene(form: Form) -> Scene:
        if form == "stream":
            return streams(*WORDS, delta("stop"), b'data: {"choices": [], "usage": %s}\n\n' % text.encode(), DONE)
        whole_of_it = json.dumps(document({"content": ANSWER}, usage="USAGE"))
        return payload(form, whole_of_it.replace('"USAGE"', text))

    return _json(name, scene, whole())


def _written(name: str, text: bytes, expected: Expected) -> Fault:
    """A reply whose text is written like this in JSON."""
    return _json(name, lambda form: _text(form, text), expected)


def _text(form: Form, text: bytes) -> Scene:
    scene = completion(form, {"content": "TEXT"})
    assert isinstance(scene.steps, tuple)
    return sends(form, *(step.replace(b"TEXT", text) for step in scene.steps if isinstance(step, bytes)))


_SAID = {"message": {"content": ANSWER}, "finish_reason": "stop"}

CHOICES = (
    _document("choices: []", {"choices": []}, lies()),
    _document("choices: null", {"choices": None}, lies()),
    _document("no choices", {"object": "chat.completion"}, lies()),
    _document("choices that are an object", {"choices": {"0": {}}}, lies()),
    _document("choices that are text", {"choices": "It is 4."}, lies()),
    _choice("a choice that is null", None, lies()),
    _choice("a choice that is text", "It is 4.", lies()),
    _choice("a choice with nothing in it", {}, Expected("truncated", "")),
    _choice("a choice whose message is a list", {"delta": ["a"], "message": ["a"], "finish_reason": "stop"}, lies()),
    _choice("a choice whose message is null", {"delta": None, "message": None, "finish_reason": "stop"}, whole("")),
    _choice(
        "a choice of another number",
        {"index": 5, "delta": {"content": "a"}, "message": {"content": "a"}, "finish_reason": "stop"},
        lies(),
    ),
    _choice(
        "a choice whose number is text",
        {"index": "zero", "delta": {"content": "a"}, "message": {"content": "a"}, "finish_reason": "stop"},
        lies(),
    ),
    _choice("a choice of the older completions", {"text": ANSWER, "finish_reason": "stop"}, lies("no chat's")),
    _choice(
        "a choice with an error",
        {"delta": {}, "message": {}, "finish_reason": "stop", "error": {"code": 502, "message": "Upstream is gone"}},
        refused(ModelUnreachable, "Upstream is gone", billed=True),
    ),
    _document(
        "two whole choices of one number",
        {"choices": [{"index": 0, **_SAID}, {"index": 0, **_SAID}]},
        lies("2 choices have the number 0"),
    ),
    _document("two choices without a number", {"choices": [_SAID, {**_SAID, "message": {"content": "5"}}]}, whole()),
    _json(
        "the message once more behind its pieces",
        lambda form: (
            streams(*WORDS, event({"choices": [{"delta": {"role": "assistant"}, **_SAID}]}), usage(), DONE)
            if form == "stream"
            else completion(form, {"content": ANSWER})
        ),
        whole(),
    ),
    _json(
        "two choices where one was wanted",
        lambda form: (
            streams(*WORDS, delta(index=1, content="It is 5."), delta("stop"), delta("length", 1), usage(), DONE)
            if form == "stream"
            else payload(
                form,
                json.dumps(
                    {
                        "choices": [
                            *document({"content": ANSWER})["choices"],
                            {"index": 1, "message": {"content": "It is 5."}, "finish_reason": "length"},
                        ]
                    }
                ),
            )
        ),
        whole(),
    ),  # type: ignore[misc]
)

CONTENT = (
    _message("content in parts that are text", {"content": ["It is ", "{sum}."]}, whole()),
    _message(
        "content in parts, one of them a thought",
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"text": ANSWER}]},
        whole(),
    ),
    _message(
        "content in parts, one of them a picture",
        {"content": [{"type": "text", "text": ANSWER}, {"type": "image_url", "image_url": {"url": "data:,"}}]},
        lies("no text"),
    ),
    _message("a refusal in parts", {"content": [{"type": "refusal", "refusal": "I cannot."}]}, whole("I cannot.")),
    _message("a refusal beside content", {"content": ANSWER, "refusal": " I cannot."}, whole(f"{ANSWER} I cannot.")),
    _message("content that is a number", {"content": 5}, lies("is not text")),
    _message("content that is an object", {"content": {"text": "a"}}, lies("is not text")),
    _message("content that is true", {"content": True}, lies("is not text")),
    _message("content in parts", {"content": [{"type": "text", "text": ANSWER}]}, whole()),
    _message("content that is null", {"content": None}, whole("")),
    _message("a message without content", {"role": "assistant"}, whole("")),
    _message("a refusal for content", {"content": None, "refusal": "I cannot."}, whole("I cannot.")),
    _message("another role", {"role": "user", "content": ANSWER}, whole()),
    _message("calls that are an object", {"content": "a", "tool_calls": {"0": {}}}, lies()),
    _message("calls that are text", {"content": "a", "tool_calls": "add"}, lies()),
    _message("a call that is null", {"content": "a", "tool_calls": [None]}, lies()),
    _message("a call whose function is text", {"tool_calls": [{"index": 0, "id": "c1", "function": "add"}]}, lies()),
    _message(
        "a call whose name is a number",
        {"tool_calls": [{"index": 0, "function": {"name": 5, "arguments": ""}}]},
        lies(),
    ),
)

NUMBERS = (
    _counted("usage below nothing", '{"prompt_tokens": -1, "completion_tokens": -1}'),
    _counted("usage beyond all numbers", '{"prompt_tokens": 1' + "0" * 30 + ', "completion_tokens": 1e400}'),
    _counted("usage that is no number", '{"prompt_tokens": NaN, "completion_tokens": Infinity, "cost": NaN}'),
    _counted("usage in words", '{"prompt_tokens": "many", "completion_tokens": [1]}'),
    _counted("usage that is null", "null"),
    _counted("usage that is a list", "[12, 3]"),
    _counted("a cost below nothing", '{"prompt_tokens": 1, "completion_tokens": 1, "cost": -5}'),
    _counted("a cost beyond all numbers", '{"prompt_tokens": 1, "completion_tokens": 1, "cost": 1' + "0" * 400 + "}"),
    _document("a number of five thousand digits", '{"choices": [], "created": ' + "9" * 5_000 + "}", lies()),
    _json("NaN where nobody looks", lambda form: completion(form, {"content": ANSWER}, created=float("nan")), whole()),
)

TEXT = (
    _written("half a surrogate pair", b"It is {sum}.\\ud800", whole("It is {sum}.\ufffd", mended=True)),
    _written("a pair in two escapes", b"It is {sum}. \\ud83d\\ude00", whole("It is {sum}. 😀")),
    _written("a NUL", b"It is {sum}.\\u0000", whole("It is {sum}.\ufffd", mended=True)),
    _written("bytes that are not UTF-8", b"It is {sum}.\xff", whole("It is {sum}.\ufffd", mended=True)),
    _written("Latin-1", "Es wären {sum}.".encode("latin-1"), whole("Es w\ufffdren {sum}.", mended=True)),
    _written("a replacement character of its own", "It is {sum}.\ufffd".encode(), whole("It is {sum}.\ufffd")),
    _written("control characters as they are", b"It is {sum}.\x01", lies("is not JSON")),
    _written("escape sequences of a terminal", b"It is {sum}.\\u001b[2J", whole("It is {sum}.\x1b[2J")),
    _written("no characters", "\u200b\u202e\ufeffIt is {sum}.".encode(), whole("\u200b\u202e\ufeffIt is {sum}.")),
)

DOCUMENTS = (
    _document("no JSON", "{nope", lies("is not JSON")),
    _document("null", "null", lies()),
    _document("a list", "[]", lies()),
    _document("a number", "4", lies()),
    _document("a text", '"It is 4."', lies()),
    _document(
        "JSON with something behind it", json.dumps(document({"content": ANSWER})) + " trailing", lies("is not JSON")
    ),
    _document("two documents", json.dumps(document({"content": ANSWER})) * 2, lies("is not JSON")),
    _document("a comma too many", '{"choices": [],}', lies("is not JSON")),
    _document("Python for JSON", "{'choices': None}", lies("is not JSON")),
    _document(
        "a key twice",
        '{"choices": [], "choices": '
        + json.dumps([{"delta": {"content": ANSWER}, "message": {"content": ANSWER}, "finish_reason": "stop"}])
        + "}",
        whole(),
    ),
    _document("nested deeply", '{"choices": ' + "[" * 100_000 + "]" * 100_000 + "}", lies()),
    _json("JSON that is cut", lambda form: payload(form, half("body")), lies("is not JSON")),
    _json(
        "UTF-16",
        lambda form: payload(form, json.dumps(document({"content": ANSWER})).encode("utf-16")),
        lies(readable=True),
    ),
    _document("an error for an answer", {"error": {"message": "out of memory"}}, lies("out of memory")),
    _document("an error in a word", {"error": "out of memory"}, lies("out of memory")),
    _document(
        "an error with a status",
        {"error": {"message": "Rate limit", "code": 429}},
        refused(ModelUnreachable, "Rate limit", billed=True),
    ),
    _json("an error that is null", lambda form: completion(form, {"content": ANSWER}, error=None), whole()),
    _document("another service's answer", {"detail": "Not Found"}, lies()),
    _json("a list of models", answers({"object": "list", "data": [{"id": "test-model"}]}), lies()),
    _json(
        "an event that is no JSON",
        lambda form: streams(WORDS[0], event("{nope")) if form == "stream" else payload(form, "{nope"),
        lies("is not JSON"),
    ),
)

JSON_FAULTS = (*CHOICES, *CONTENT, *NUMBERS, *TEXT, *DOCUMENTS)
