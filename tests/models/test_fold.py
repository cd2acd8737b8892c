"""A stream becomes the same reply however it is cut, and nothing in it passes for more than it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.events import (
    CallDelta,
    Ended,
    Mended,
    ModelEvent,
    ReasoningDelta,
    Receiving,
    Scored,
    TextDelta,
    Used,
    Weighed,
)
from chatbot.messages import Finish, Likelihood, Reply, TokenScore, ToolCall, Usage
from chatbot.models.fold import Fold, fold
from chatbot.raw_reply import RawReply

names = st.text("abc_", min_size=1, max_size=6)
arguments = st.one_of(
    st.dictionaries(names, st.integers() | st.text(max_size=5)).map(json.dumps), st.text(min_size=1, max_size=12)
)


def reply_of(*events: ModelEvent) -> Reply:
    folded = Fold()
    for event in events:
        folded.add(event)
    return folded.reply()


@st.composite
def cuts(draw: st.DrawFn, text: str) -> list[str]:
    """The text in pieces, some of them perhaps empty."""
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


@st.composite
def call_streams(draw: st.DrawFn) -> tuple[tuple[ToolCall, ...], list[ModelEvent]]:
    """Calls, and deltas that carry them: cut anywhere, interleaved, with the id once or in each delta."""
    calls = draw(st.lists(st.tuples(names, arguments), min_size=1, max_size=4))
    made = tuple(ToolCall(f"id-{number}", name, text) for number, (name, text) in enumerate(calls))
    queues: list[list[ModelEvent]] = []
    for index, call in enumerate(made):
        pieces = draw(cuts(call.arguments))
        named = draw(cuts(call.name))
        rest = [CallDelta(index, name=piece) for piece in named[1:]] + [CallDelta(index, arguments=p) for p in pieces]
        repeat = draw(st.booleans())
        queue = [CallDelta(index, call.id, named[0])]
        queue += [CallDelta(d.index, call.id if repeat else "", d.name, d.arguments) for d in rest]
        queues.append(list[ModelEvent](queue))
    events = [queue.pop(0) for queue in queues]  # calls begin in order, and then come as they like
    while any(queues):
        events.append(draw(st.sampled_from([queue for queue in queues if queue])).pop(0))
    return made, events


def test_scores_are_kept_in_order_beside_the_text() -> None:
    first, second = TokenScore("He", -0.1), TokenScore("llo", -0.2, (("llo", -0.2), ("lp", -2.0)))
    events = (TextDelta("He"), Scored((first,)), TextDelta("llo"), Scored((second,)), Ended("complete"))
    assert reply_of(*events) == Reply("Hello", scores=(first, second))


@given(st.text(max_size=40).flatmap(cuts), st.text(max_size=20).flatmap(cuts))
def test_any_cut_of_the_text_gives_the_same_reply(text: list[str], thought: list[str]) -> None:
    events = [*map(ReasoningDelta, thought), *map(TextDelta, text), Ended("complete")]
    assert reply_of(*events) == Reply("".join(text), reasoning="".join(thought))


@given(call_streams())
def test_any_cut_of_the_calls_gives_the_same_calls(stream: tuple[tuple[ToolCall, ...], list[ModelEvent]]) -> None:
    calls, events = stream
    assert reply_of(*events, Ended("complete")).tool_calls == calls


@given(call_streams(), st.sampled_from([None, "length", "filtered", "truncated", "interrupted"]))
def test_an_unfinished_reply_carries_no_call(stream: tuple[object, list[ModelEvent]], finish: str | None) -> None:
    ended = [Ended(finish)] if finish else []  # type: ignore[arg-type]
    reply = reply_of(*stream[1], *ended)
    assert reply.tool_calls == ()
    assert reply.finish == (finish or "truncated")


@given(call_streams(), st.data())
def test_a_stream_cut_anywhere_carries_no_call(stream: tuple[object, list[ModelEvent]], data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, len(stream[1])))
    assert reply_of(*stream[1][:kept]) == Reply("", finish="truncated")


def test_calls_with_one_index_are_told_apart_by_their_ids() -> None:
    events = [
        CallDelta(0, "a", "add", '{"x":'),
        CallDelta(0, "", "", "1}"),
        CallDelta(0, "b", "now", "{}"),
        CallDelta(0, "a", "", " "),
    ]
    calls = reply_of(*events, Ended("complete")).tool_calls
    assert calls == (ToolCall("a", "add", '{"x":1} '), ToolCall("b", "now", "{}"))


def test_calls_that_share_an_id_are_flawed_and_get_ids_of_their_own() -> None:
    for index in (0, 1):
        events = [
            CallDelta(0, "a", "add", '{"x": 1}'),
            CallDelta(index, "a", "add", '{"x": 2}'),
            CallDelta(5, "b", "now"),
        ]
        first, second, other = reply_of(*events, Ended("complete")).tool_calls
        assert (first.id, second.id, other.id) == ("a", "call-1", "b")
        assert (first.arguments, second.arguments) == ('{"x": 1}', '{"x": 2}')
        assert "two calls of this reply had the id 'a'" in first.flaw == second.flaw
        assert not other.flaw


def test_calls_without_ids_at_one_index_are_told_apart_where_one_is_whole() -> None:
    events = [CallDelta(0, "", "add", '{"x": 1}'), CallDelta(0, "", "add", '{"x": 2}'), Ended("complete")]
    calls = reply_of(*events).tool_calls
    assert calls == (ToolCall("call-1", "add", '{"x": 1}'), ToolCall("call-2", "add", '{"x": 2}'))


def test_a_call_is_over_once_its_arguments_are_whole_however_they_came() -> None:
    pieces = [CallDelta(0, name="a", arguments='{"x":'), CallDelta(0, arguments=" 1} ")]
    reply = reply_of(*pieces, CallDelta(0, name="b", arguments="{}"), Ended("complete"))

    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("a", '{"x": 1} '), ("b", "{}")]


def test_a_call_whose_arguments_are_under_way_is_not_over() -> None:
    pieces = [CallDelta(0, name="a", arguments='{"x":'), CallDelta(0, name="a", arguments=" 1}")]
    reply = reply_of(*pieces, Ended("complete"))

    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("a", '{"x": 1}')]


def test_an_id_that_comes_again_at_another_place_begins_a_call() -> None:
    pieces = [CallDelta(0, id="c", name="a", arguments='{"x"'), CallDelta(1, id="c", name="b", arguments="{}")]
    reply = reply_of(*pieces, Ended("complete"))

    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("a", '{"x"'), ("b", "{}")]
    assert all(call.flaw for call in reply.tool_calls)


def test_a_name_that_comes_with_every_piece_counts_once() -> None:
    events = [CallDelta(0, "a", "add", '{"x"'), CallDelta(0, "a", "add", ": 1}"), Ended("complete")]
    assert reply_of(*events).tool_calls == (ToolCall("a", "add", '{"x": 1}'),)


def test_a_name_in_pieces_that_are_alike_is_put_together() -> None:
    events = [CallDelta(0, "a", "mur"), CallDelta(0, "a", "mur", "{}"), Ended("complete")]
    assert reply_of(*events).tool_calls == (ToolCall("a", "murmur", "{}"),)


def test_a_brace_in_a_text_ends_no_call() -> None:
    events = [CallDelta(0, "a", "add", '{"x": "}'), CallDelta(0, "a", "add", '"}'), Ended("complete")]
    assert reply_of(*events).tool_calls == (ToolCall("a", "add", '{"x": "}"}'),)


@pytest.mark.parametrize("finish", ["length", "filtered", "truncated", "interrupted"])
def test_a_whole_call_in_a_reply_that_was_cut_is_none(finish: Finish) -> None:
    assert reply_of(CallDelta(0, "a", "add", '{"x": 1}'), Ended(finish)).tool_calls == ()


def test_an_index_that_counts_up_with_each_piece_parts_no_call() -> None:
    events = [CallDelta(at, "a", "add" if not at else "", piece) for at, piece in enumerate(('{"x"', ": ", "1}"))]
    assert reply_of(*events, Ended("complete")).tool_calls == (ToolCall("a", "add", '{"x": 1}'),)


def test_an_id_may_come_after_the_first_piece() -> None:
    events = [CallDelta(0, "", "add", "{"), CallDelta(0, "a", "", "}"), Ended("complete")]
    assert reply_of(*events).tool_calls == (ToolCall("a", "add", "{}"),)


def test_every_call_has_an_id_of_its_own() -> None:
    events = [CallDelta(0, "", "one"), CallDelta(1, "call-1", "two"), CallDelta(2, "", "three"), Ended("complete")]
    assert [call.id for call in reply_of(*events).tool_calls] == ["call-2", "call-1", "call-3"]


def test_a_call_without_arguments_has_an_empty_object() -> None:
    assert reply_of(CallDelta(0, "a", "now"), Ended("complete")).tool_calls == (ToolCall("a", "now", "{}"),)


def test_arguments_that_are_no_json_are_kept_as_they_are() -> None:
    call = CallDelta(0, "a", "add", "{nope")
    assert reply_of(call, Ended("complete")).tool_calls == (ToolCall("a", "add", "{nope"),)


def test_the_last_usage_counts() -> None:
    events = [Used(Usage(1, 1)), Used(Usage(5, 2)), Ended("complete")]
    assert reply_of(*events).usage == Usage(5, 2)


def test_a_refusal_to_answer_is_kept() -> None:
    assert reply_of(TextDelta("They do not say."), Ended("complete", declined=True)).declined


def test_whoever_watches_sees_every_event_in_order() -> None:
    events: list[ModelEvent] = [TextDelta("a"), TextDelta("b"), Ended("complete")]
    seen: list[ModelEvent] = []

    async def stream() -> AsyncIterator[ModelEvent]:
        for event in events:
            yield event

    assert asyncio.run(fold(stream(), seen.append)) == Reply("ab")
    assert seen == events


@pytest.mark.parametrize("events", [[], [TextDelta("half")], [Used(Usage(1, 1))]])
def test_a_stream_without_an_end_was_truncated(events: list[ModelEvent]) -> None:
    assert reply_of(*events).finish == "truncated"


def test_the_likelihoods_of_candidates_are_a_part_of_the_reply() -> None:
    folded = Fold()
    for event in (Weighed((Likelihood("yes", -0.5, 1), Likelihood("no", -2.0, 1))), Ended("complete")):
        folded.add(event)

    assert [found.text for found in folded.reply().likelihoods] == ["yes", "no"]
    assert (folded.reply().text, folded.reply().finish) == ("", "complete")


def test_what_is_received_is_no_part_of_the_reply() -> None:
    raw = RawReply(200, "req-1", bytearray(b"data: ..."))
    assert reply_of(Receiving(raw), TextDelta("a"), Receiving(raw), Ended("complete")) == Reply("a")


def test_a_reply_that_was_mended_says_so_even_where_it_was_cut() -> None:
    assert reply_of(TextDelta("a\ufffd"), Mended()) == Reply("a\ufffd", finish="truncated", mended=True)
