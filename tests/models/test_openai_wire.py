"""Requests as the protocol writes them, and replies as servers really write them."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.effects import Generate, ToolSchema
from chatbot.errors import ChatbotError, ModelError, ModelProtocolError, ModelRefused
from chatbot.events import CallDelta, Ended, Mended, ModelEvent, OfSample, ReasoningDelta, Scored, TextDelta, Used
from chatbot.messages import Image, Message, Segment, TokenScore, ToolCall, ToolResult, Usage, message, tool_message
from chatbot.models.openai_wire import DONE, ReplyReader, SamplesReader, request_body
from chatbot.sampling import Sampling
from chatbot.service.endpoints import Quirks

ASKED = Generate((message("system", "Be brief.", "author"), message("user", "Hello?", "user")))


def refusal(error: object) -> ChatbotError:
    return ModelRefused(str(error))


NO_QUIRKS = Quirks()


def read(*chunks: object, quirks: Quirks = NO_QUIRKS) -> list[ModelEvent]:
    reader = ReplyReader(quirks, refusal)
    events = [
        event for chunk in chunks for event in reader.read(chunk if isinstance(chunk, str) else json.dumps(chunk))
    ]
    return events + list(reader.end())


def choice(finish: str | None = None, **delta: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


STOP = choice("stop")


# --- request ----------------------------------------------------------------------------------------------------------


def test_what_the_request_leaves_open_is_not_sent() -> None:
    assert request_body(ASKED, "some-model") == {
        "model": "some-model",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_sampling_is_sent() -> None:
    drawn = Sampling(0.0, 0.9, 50, 7, ("END",), frequency_penalty=0.5, presence_penalty=0.25)
    body = request_body(replace(ASKED, sampling=drawn), "m")
    assert body == request_body(ASKED, "m") | {
        "temperature": 0.0,
        "top_p": 0.9,
        "max_tokens": 50,
        "seed": 7,
        "stop": ["END"],
        "frequency_penalty": 0.5,
        "presence_penalty": 0.25,
    }
    assert request_body(replace(ASKED, sampling=drawn, sample=3), "m")["seed"] == 10


def test_a_way_to_draw_has_the_name_that_the_server_knows_or_is_refused() -> None:
    drawn = replace(ASKED, sampling=Sampling(repetition_penalty=1.5))
    assert request_body(drawn, "m", Quirks(server="llamacpp"))["repeat_penalty"] == 1.5
    with pytest.raises(ModelRefused, match="the endpoint of m has no field for"):
        request_body(drawn, "m", Quirks(server="openai"))


def test_several_replies_are_asked_for_at_once_where_the_server_draws_them() -> None:
    draws = Quirks(samples=True)
    assert request_body(replace(ASKED, samples=2), "m", draws) == request_body(ASKED, "m") | {"n": 2}
    assert request_body(replace(ASKED, samples=2), "m") == request_body(ASKED, "m", draws) == request_body(ASKED, "m")


def test_a_schema_is_sent_where_the_server_holds_replies_to_one() -> None:
    asked = replace(ASKED, schema={"type": "string"})
    told = {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "string"}, "strict": True}}
    assert request_body(asked, "m") == request_body(ASKED, "m") | {"response_format": told}
    assert request_body(asked, "m", Quirks(schemas=False)) == request_body(ASKED, "m")


CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (CLOSED, True),
        (OPEN, False),
        (CLOSED | {"required": []}, False),
        (CLOSED | {"additionalProperties": True}, False),
        ({key: value for key, value in CLOSED.items() if key != "required"}, False),
        ({key: value for key, value in CLOSED.items() if key != "type"}, True),
        ({key: value for key, value in OPEN.items() if key != "type"}, False),
        ({"type": "object"}, False),
        ({"type": "object", "additionalProperties": False}, True),
        ({"type": "array", "items": CLOSED}, True),
        ({"type": "array", "items": OPEN}, False),
        ({"anyOf": [CLOSED, {"type": "null"}]}, True),
        ({"anyOf": [CLOSED, OPEN]}, False),
        (CLOSED | {"properties": {"a": OPEN}}, False),
    ],
)
def test_a_schema_is_strict_where_its_objects_are_closed_and_all_of_them_required(
    schema: dict[str, object], strict: bool
) -> None:
    body = request_body(replace(ASKED, schema=schema), "m")
    assert body["response_format"]["json_schema"]["strict"] is strict  # type: ignore[index]


def test_pictures_stand_before_the_text_with_their_bytes() -> None:
    picture = Image(sha256(b"pixels").hexdigest(), "image/png", 2, 1, data=b"pixels")
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,cGl4ZWxz"}}
    for text, parts in (("What is it?", [part, {"type": "text", "text": "What is it?"}]), ("", [part])):
        shown = replace(message("user", text, "user"), images=(picture,))
        assert request_body(Generate((shown,)), "m")["messages"] == [{"role": "user", "content": parts}]


@pytest.mark.parametrize(
    ("asked", "sent"), [(None, {}), (0, {"logprobs": True}), (5, {"logprobs": True, "top_logprobs": 5})]
)
def test_logprobs_are_asked_for_with_as_many_alternatives_as_wanted(asked: int | None, sent: object) -> None:
    body = request_body(replace(ASKED, sampling=Sampling(logprobs=asked)), "m")
    assert {key: body[key] for key in ("logprobs", "top_logprobs") if key in body} == sent


def test_the_limit_has_the_name_that_the_endpoint_knows() -> None:
    limited = replace(ASKED, sampling=Sampling(max_tokens=50))
    body = request_body(limited, "m", Quirks(limit="max_completion_tokens"))
    assert body["max_completion_tokens"] == 50
    assert "max_tokens" not in body


def test_usage_is_not_asked_of_a_server_that_refuses_to_tell() -> None:
    assert "stream_options" not in request_body(ASKED, "m", Quirks(asks_usage=False))


def test_calls_and_results_keep_their_ids() -> None:
    calls = Message("assistant", tool_calls=(ToolCall("c1", "add", '{"a": 1}'),))
    result = tool_message(ToolResult("c1", "add", "1"))
    sent = request_body(replace(ASKED, messages=(*ASKED.messages, calls, result)), "m")["messages"]
    assert sent[2:] == [  # type: ignore[index]
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}],
        },
        {"role": "tool", "content": "1", "tool_call_id": "c1"},
    ]


def test_tools_are_sent_with_their_schemas() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    body = request_body(replace(ASKED, tools=(ToolSchema("add", "Add.", schema),)), "m")
    assert body["tools"] == [
        {"type": "function", "function": {"name": "add", "description": "Add.", "parameters": schema}}
    ]


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_sent(text: str) -> None:
    body = request_body(Generate((message("user", text, "user"),)), "m")
    json.dumps(body, ensure_ascii=False).encode("utf-8")


def test_segments_are_joined() -> None:
    parts = (Segment("From a file: ", "author"), Segment("text", "document"))
    body = request_body(Generate((Message("user", parts),)), "m")
    assert body["messages"] == [{"role": "user", "content": "From a file: text"}]


# --- reply ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", "complete"),
        ("tool_calls", "complete"),
        ("function_call", "complete"),
        ("length", "length"),
        ("content_filter", "filtered"),
        ("eos", "complete"),
        ("MAX_TOKENS", "length"),
    ],
)
def test_finish_reasons_are_told_apart(reason: str, finish: str) -> None:
    assert read(choice(content="a"), choice(reason), DONE) == [TextDelta("a"), Ended(finish)]  # type: ignore[arg-type]


@pytest.mark.parametrize("reason", [None, "", "error", "abort", "STOP?", 3])
def test_no_known_reason_is_no_end(reason: object) -> None:
    assert read(choice(content="a"), {"choices": [{"delta": {}, "finish_reason": reason}]}, DONE) == [TextDelta("a")]


def test_ollama_may_leave_the_reason_out_of_a_whole_reply() -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 2, "completion_tokens": 1}}
    quirks = Quirks(ends_without_reason=True)
    assert read(choice(content="a"), usage, DONE, quirks=quirks)[-1] == Ended("complete")
    for cut in ([usage], [DONE], []):
        assert Ended("complete") not in read(choice(content="a"), *cut, quirks=quirks)
    assert Ended("complete") not in read(choice(content="a"), usage, DONE)


def test_what_a_model_says_when_it_declines_is_its_text() -> None:
    assert read(choice("stop", refusal="I cannot."))[0] == TextDelta("I cannot.")


def test_usage_counts_cached_tokens() -> None:
    details = {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 8}}
    assert Used(Usage(9, 4, 8)) in read(STOP, {"choices": [], "usage": details}, DONE)
    deepseek = {"prompt_tokens": 9, "completion_tokens": 4, "prompt_cache_hit_tokens": 8}
    assert Used(Usage(9, 4, 8)) in read(STOP, {"choices": [], "usage": deepseek}, DONE)


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135}, Usage(32, 103)),  # xAI: 94 of thinking
        ({"prompt_tokens": 21, "completion_tokens": 0, "total_tokens": 81}, Usage(21, 60)),
        ({"prompt_tokens": 21, "total_tokens": 81}, Usage(21, 60)),
        ({"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}, Usage(9, 4)),
        ({"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 5}, Usage(9, 4)),
    ],
)
def test_tokens_that_only_the_total_counts_were_written(told: dict[str, int], counted: Usage) -> None:
    assert Used(counted) in read(STOP, {"choices": [], "usage": told}, DONE)


def test_no_more_is_cached_than_was_read_so_that_no_call_earns_money() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 1_000_000}}
    assert Used(Usage(9, 4, 9)) in read(STOP, {"choices": [], "usage": usage}, DONE)


def test_a_usage_of_nothing_does_not_take_back_one_that_was_told() -> None:
    told, nothing = ({"choices": [], "usage": {"prompt_tokens": n, "completion_tokens": n}} for n in (9, 0))
    assert Used(Usage(9, 9)) in read(told, STOP, nothing, DONE)
    assert Used(Usage(0, 0)) in read(nothing, STOP, DONE)


def test_a_cost_that_the_service_reports_is_taken() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "cost": 0.25}
    assert Used(Usage(9, 4, cost=0.25)) in read(STOP, {"choices": [], "usage": usage}, DONE)
    assert Used(Usage(9, 4, cost=0.0)) in read(STOP, {"choices": [], "usage": usage | {"cost": 0}}, DONE)


def test_what_a_call_costs_is_reckoned_where_the_service_does_not_tell() -> None:
    reader = ReplyReader(NO_QUIRKS, refusal, lambda usage: usage.input_tokens / 100)
    list(reader.take({**STOP, "usage": {"prompt_tokens": 9, "completion_tokens": 4}}))
    assert reader.usage == Usage(9, 4, cost=0.09)
    assert reader.tokens == 13


@pytest.mark.parametrize("usage", [None, [], {}, {"prompt_tokens": None}, {"prompt_tokens": "9"}])
def test_odd_usage_is_no_error(usage: object) -> None:
    assert Ended("complete") in read(choice("stop", content="a"), {"choices": [], "usage": usage}, DONE)


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_is_kept_apart(field: str) -> None:
    events = read(choice(**{field: "Hm."}), choice("stop", content="Yes."), DONE)
    assert events == [ReasoningDelta("Hm."), TextDelta("Yes."), Ended("complete")]


def test_the_scores_of_a_chunk_come_with_its_text() -> None:
    told = {"content": [{"token": "Hi", "logprob": -0.5, "top_logprobs": [{"token": "Hi", "logprob": -0.5}]}]}
    first = {"choices": [{"index": 0, "delta": {"content": "Hi"}, "logprobs": told, "finish_reason": None}]}
    scored = Scored((TokenScore("Hi", -0.5, (("Hi", -0.5),)),))
    assert read(first, STOP) == [TextDelta("Hi"), scored, Ended("complete")]


def test_calls_come_in_pieces() -> None:
    first = {"index": 1, "id": "c1", "type": "function", "function": {"name": "add", "arguments": ""}}
    rest = {"index": 1, "function": {"arguments": '{"a": 1}'}}
    events = read(choice(tool_calls=[first]), choice(tool_calls=[rest]), choice("tool_calls"), DONE)
    assert events == [CallDelta(1, "c1", "add"), CallDelta(1, arguments='{"a": 1}'), Ended("complete")]


def test_calls_may_lack_an_index_or_carry_parsed_arguments() -> None:
    calls = [{"id": "a", "function": {"name": "x", "arguments": {"n": 1}}}, {"id": "b", "function": {"name": "y"}}]
    events = read(choice("tool_calls", tool_calls=calls), DONE)
    assert events == [CallDelta(0, "a", "x", '{"n": 1}'), CallDelta(1, "b", "y"), Ended("complete")]


def test_the_older_function_call_is_a_call() -> None:
    assert read(choice("function_call", function_call={"name": "x", "arguments": "{}"}))[0] == CallDelta(
        0, "", "x", "{}"
    )


def test_a_server_that_does_not_stream_is_read_all_the_same() -> None:
    whole = {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 2, "completion_tokens": 1},
    }
    assert read(whole) == [TextDelta("Hello"), Used(Usage(2, 1)), Ended("complete")]


def test_content_in_parts_is_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert read(choice("stop", content=parts))[0] == TextDelta("ab")
    assert read(choice("stop", content=["a", {"type": "refusal", "refusal": "b"}]))[0] == TextDelta("ab")


def test_parts_that_are_thoughts_are_reasoning() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    assert read(choice("stop", content=[thought, "a"]))[:2] == [ReasoningDelta("Hm."), TextDelta("a")]


def test_a_reply_has_all_from_its_reason_on_unless_it_goes_on() -> None:
    reader = ReplyReader(NO_QUIRKS, refusal)
    for chunk, has_all in (
        (choice(content="a"), False),
        (STOP, True),
        (choice(content=""), True),
        ({"choices": [], "usage": {"prompt_tokens": 2, "completion_tokens": 1}}, True),
        (choice(content="b"), False),
        (STOP, False),
    ):
        list(reader.take(chunk))
        assert reader.has_all == has_all


@pytest.mark.parametrize(
    "delta", [{}, {"role": "assistant"}, {"content": ""}, {"content": "c"}], ids=["none", "role", "empty", "more"]
)
def test_a_message_behind_its_pieces_is_not_said_twice(delta: dict[str, str]) -> None:
    last = {"choices": [{"delta": delta, "message": {"content": "ab"}, "finish_reason": "stop"}]}
    text = "".join(
        event.text for event in read(choice(content="a"), choice(content="b"), last) if isinstance(event, TextDelta)
    )
    assert text == "ab" + delta.get("content", "")


@pytest.mark.parametrize("delta", [{}, {"role": "assistant", "content": None}], ids=["none", "role"])
def test_messages_that_come_without_pieces_are_the_reply(delta: dict[str, str | None]) -> None:
    parts = [{"choices": [{"delta": delta, "message": {"content": text}}]} for text in "ab"]
    assert read(*parts, STOP) == [TextDelta("a"), TextDelta("b"), Ended("complete")]


def test_a_first_chunk_without_choices_is_no_error() -> None:
    assert read({"choices": [], "prompt_filter_results": []}, choice("stop", content="a"))[0] == TextDelta("a")


def test_other_choices_are_left_out() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "b"}, "finish_reason": "stop"}]}
    assert read(choice("stop", content="a"), other) == [TextDelta("a"), Ended("complete")]


def test_lone_surrogates_become_replacement_characters() -> None:
    assert read('{"choices": [{"delta": {"content": "a\\ud800b"}}]}') == [TextDelta("a\ufffdb"), Mended()]


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000", "\udce9"], ids=["half a pair", "NUL", "no UTF-8"])
def test_what_no_text_can_hold_is_mended_and_said_once(text: str) -> None:
    said = f'{{"choices": [{{"delta": {{"content": "a{text}"}}}}]}}'
    assert read(said, said) == [TextDelta("a\ufffd"), Mended(), TextDelta("a\ufffd")]


@pytest.mark.parametrize("text", ["\\ud83d\\ude00", "\ufffd", "é"])
def test_what_a_text_can_hold_is_left_as_it_is(text: str) -> None:
    said = f'{{"choices": [{{"delta": {{"content": "a{text}"}}}}]}}'
    assert read(said) == [TextDelta(json.loads(said)["choices"][0]["delta"]["content"])]


def test_a_call_is_mended_too() -> None:
    function = {"name": "add", "arguments": '{"a": "\0"}'}
    events = read(choice(tool_calls=[{"index": 0, "id": "c", "function": function}]))
    assert events == [CallDelta(0, "c", "add", '{"a": "\ufffd"}'), Mended()]


@pytest.mark.parametrize("reasons", [("stop", "length"), ("length", "stop"), ("stop", "content_filter")])
def test_a_reply_that_is_said_to_be_whole_and_to_be_cut_was_cut(reasons: tuple[str, str]) -> None:
    (ended,) = [each for each in read(*map(choice, reasons)) if isinstance(each, Ended)]
    assert ended.finish in ("length", "filtered")


@pytest.mark.parametrize("told", [10**400, -1, "x", True, float("inf")])
def test_a_cost_that_is_none_is_not_believed(told: object) -> None:
    cost = {"choices": [], "usage": {"prompt_tokens": 10**30, "completion_tokens": 3, "cost": told}}
    (used,) = [each for each in read(choice("stop", content="a"), json.dumps(cost)) if isinstance(each, Used)]
    assert used.usage == Usage(0, 3)


def test_a_crowd_of_choices_is_refused() -> None:
    with pytest.raises(ModelProtocolError, match="300,000"):
        read({"choices": [{}] * 300_000})


@pytest.mark.parametrize(
    "error", [{"error": {"message": "boom"}}, {"error": "boom"}, {"object": "error", "message": "boom"}]
)
def test_an_error_inside_a_reply_is_one(error: dict[str, object]) -> None:
    with pytest.raises(ModelRefused, match="boom"):
        read(choice(content="a"), error)


@pytest.mark.parametrize(
    ("chunk", "said"),
    [
        ("{nope", "'{nope' is not JSON"),
        ("", "'' is not JSON"),
        ("null", "a chunk is 'None'"),
        ("[]", "a chunk is '[]'"),
        ('"text"', "a chunk is 'text'"),
        ("[" * 100_000, "is not JSON"),
        ({"choices": {}}, "choices is '{}'"),
        ({"choices": ["a"]}, "a choice is 'a'"),
        ({"choices": [{"delta": "a"}]}, "a delta is 'a'"),
        ({"choices": [{"delta": {"content": 5}}]}, "'5' is not text"),
        ({"choices": [{"delta": {"tool_calls": {}}}]}, "tool_calls is '{}'"),
        ({"choices": [{"delta": {"tool_calls": ["a"]}}]}, "a tool call is 'a'"),
        ({"choices": [{"delta": {"tool_calls": [{"function": "a"}]}}]}, "a function is 'a'"),
        ({"choices": [{"delta": {"tool_calls": [{"function": {"arguments": 3}}]}}]}, "'3' is not text"),
        ({"choices": [{"delta": {"tool_calls": [{"function": {"arguments": ["{}"]}}]}}]}, "\"['{}']\" is not text"),
        ({"choices": [{"delta": {"tool_calls": [{"function": {"name": ["add"]}}]}}]}, "\"['add']\" is not text"),
        ({"choices": [{"delta": {"function_call": "add"}}]}, "a function is 'add'"),
        ({"choices": [{"delta": {"content": [{"type": "audio"}]}}]}, "\"{'type': 'audio'}\", and no text"),
        ({"choices": [{"text": "a"}]}, "it is a completion of a text, and no chat's"),
        ({"choices": [{"message": {"content": "a"}}, {"index": 0}, {"index": 0}]}, "3 choices have the number 0"),
    ],
)
def test_what_breaks_the_protocol_is_said(chunk: object, said: str) -> None:
    with pytest.raises(ModelProtocolError, match="breaks the chat-completions protocol") as caught:
        read(chunk)
    assert caught.value.message.endswith(said) and caught.value.hint
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("chunks", [[], [DONE], [{"choices": []}, DONE], [{"choices": None}], [{}]])
def test_a_reply_without_an_answer_is_none(chunks: list[object]) -> None:
    with pytest.raises(ModelProtocolError, match="holds no answer") as caught:
        read(*chunks)
    assert caught.value.hint


# --- several replies at once ------------------------------------------------------------------------------------------


def of_choice(index: int, finish: str | None = None, **delta: object) -> str:
    return json.dumps({"choices": [{"index": index, "delta": delta, "finish_reason": finish}]})


def test_replies_that_come_mixed_are_told_apart() -> None:
    several = SamplesReader([ReplyReader(NO_QUIRKS, refusal, index=index) for index in range(3)])
    events = [*several.read(of_choice(1, content="b")), *several.read(of_choice(0, content="a"))]
    assert events == [OfSample(1, TextDelta("b")), OfSample(0, TextDelta("a"))]
    assert (several.drawn, several.has_all, several.done, several.tokens) == (2, False, False, 0)
    assert list(several.read(of_choice(2, "length", content="c"))) == [OfSample(2, TextDelta("c"))]
    for ended in (of_choice(0, "stop"), of_choice(1, "stop")):
        assert not several.has_all
        assert list(several.read(ended)) == []
    assert several.has_all
    assert list(several.read('{"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}')) == []
    assert list(several.read(f" {DONE}")) == []
    assert (several.drawn, several.done, several.tokens) == (3, True, 13)
    assert list(several.end()) == [
        OfSample(0, Used(Usage(9, 4))),  # of all of them
        OfSample(0, Ended("complete")),
        OfSample(1, Ended("complete")),
        OfSample(2, Ended("length")),
    ]


def test_a_server_that_draws_fewer_replies_than_asked_for_has_drawn_those() -> None:
    several = SamplesReader([ReplyReader(NO_QUIRKS, refusal, index=index) for index in range(3)])
    for chunk in (of_choice(0, "stop", content="a"), of_choice(2, "stop", content="c")):
        list(several.read(chunk))
    assert several.drawn == 2
    assert list(several.end()) == [OfSample(0, Ended("complete")), OfSample(2, Ended("complete"))]


def test_several_replies_of_which_none_came_are_no_answer() -> None:
    several = SamplesReader([ReplyReader(NO_QUIRKS, refusal, index=index) for index in range(2)])
    with pytest.raises(ModelProtocolError, match="holds no answer"):
        list(several.end())


@pytest.mark.parametrize("chunk", ["{nope", "null"])
def test_what_breaks_the_protocol_is_said_of_several_replies_too(chunk: str) -> None:
    several = SamplesReader([ReplyReader(NO_QUIRKS, refusal)])
    with pytest.raises(ModelProtocolError, match=r"is not JSON|a chunk is 'None'"):
        list(several.read(chunk))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["choices", "delta", "message", "content", "tool_calls", "function", "arguments", "usage", "error", "index",
             "finish_reason", "id", "name", "prompt_tokens", "cost", "prompt_tokens_details", "cached_tokens"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(anything | st.just({"choices": [{"delta": {"content": "a"}}]}), max_size=4))
def test_whatever_a_server_sends_only_our_errors_come_out(chunks: list[object]) -> None:
    try:
        events = read(*map(json.dumps, chunks))
    except ModelError:
        return
    for event in events:
        if isinstance(event, TextDelta):
            event.text.encode("utf-8")
