"""Histories: cut between turns, always well-formed, and their beginning as stable as it can be."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.conversation import check, close_calls, close_questions, extract, turns, window
from chatbot.conversation.history import CHARACTERS_PER_TOKEN, CUT_CALL, NO_ANSWER
from chatbot.errors import UsageError
from chatbot.messages import Message, Segment, ToolCall, ToolResult, message, tool_message


def user(text: str) -> Message:
    return message("user", text, "user")


def assistant(text: str, *calls: str) -> Message:
    parts = (Segment(text, "model"),) if text else ()
    return Message("assistant", parts, tuple(ToolCall(call, "add", "{}") for call in calls))


def result(call: str, text: str = "2") -> Message:
    return tool_message(ToolResult(call, "add", text))


def size(message: Message) -> int:
    return 1 + len(message.text)


texts = st.text(alphabet="ab .\n", max_size=12)


@st.composite
def rounds(draw: st.DrawFn) -> list[Message]:
    """An assistant's calls with all their results, in any order. Ids come again in other rounds, as they do."""
    ids = draw(st.lists(st.sampled_from(["c1", "c2", "c3"]), min_size=1, unique=True))
    return [assistant(draw(texts), *ids), *(result(call, draw(texts)) for call in draw(st.permutations(ids)))]


@st.composite
def whole_turns(draw: st.DrawFn) -> list[Message]:
    used = [message for part in draw(st.lists(rounds(), max_size=2)) for message in part]
    return [user(draw(texts)), *used, assistant(draw(texts))]


histories = st.lists(whole_turns(), max_size=12).map(lambda parts: [message for part in parts for message in part])
limits = st.integers(1, 200)


# --- turns ------------------------------------------------------------------------------------------------------------


@given(histories)
def test_turns_put_together_are_the_history(history: list[Message]) -> None:
    parts = turns(history)
    assert [message for part in parts for message in part] == history
    assert all([message.role == "user" for message in part] == [True] + [False] * (len(part) - 1) for part in parts)


def test_what_comes_before_the_first_question_is_a_part_of_its_own() -> None:
    greeting = assistant("Hello!")
    assert turns([greeting, user("q"), assistant("a")]) == [(greeting,), (user("q"), assistant("a"))]


# --- window -----------------------------------------------------------------------------------------------------------


@given(histories, limits, st.integers(0, 3))
def test_a_window_cuts_whole_turns_off_the_beginning(history: list[Message], limit: int, keep_last: int) -> None:
    cut = window(history, limit=limit, count=size, keep_last=keep_last)
    assert [*cut.dropped, *cut.kept] == history
    assert not cut.kept or cut.kept[0].role == "user"
    check(cut.kept)
    check(cut.dropped)


@given(histories, limits, st.integers(0, 3))
def test_a_window_keeps_the_limit_except_for_the_last_turns(history: list[Message], limit: int, keep_last: int) -> None:
    kept = window(history, limit=limit, count=size, keep_last=keep_last).kept
    assert sum(map(size, kept)) <= limit or len(turns(kept)) <= keep_last
    assert len(turns(kept)) >= min(keep_last, len(turns(history)))


@given(histories, limits)
def test_a_history_that_fits_is_not_cut(history: list[Message], limit: int) -> None:
    if sum(map(size, history)) <= limit:
        assert window(history, limit=limit, count=size).dropped == ()


@given(histories, whole_turns(), limits)
def test_the_cut_stays_where_it_was_until_the_window_is_full_again(
    history: list[Message], turn: list[Message], limit: int
) -> None:
    before = window(history, limit=limit, count=size)
    after = window([*history, *turn], limit=limit, count=size)
    if sum(map(size, [*before.kept, *turn])) <= limit:
        assert after.dropped == before.dropped
    else:
        assert after.dropped[: len(before.dropped)] == before.dropped


def test_a_long_conversation_is_cut_rarely() -> None:
    history: list[Message] = []
    cuts = set()
    for number in range(100):
        history += [user(f"question {number:04}"), assistant(f"answer {number:06}")]
        cuts.add(len(window(history, limit=600, count=size).dropped))
    assert len(cuts) <= 1 + 100 * 28 / 300  # each cut makes room for half of the window


# --- check and close_calls --------------------------------------------------------------------------------------------


@given(histories)
def test_a_whole_history_is_well_formed_and_needs_no_closing(history: list[Message]) -> None:
    check(history)
    assert close_calls(history) == history


@given(histories, st.data())
def test_a_history_that_was_cut_anywhere_is_well_formed_once_closed(
    history: list[Message], data: st.DataObject
) -> None:
    cut = history[: data.draw(st.integers(0, len(history)))]
    closed = close_calls(cut)
    check(closed)
    assert closed[: len(cut)] == cut
    assert all(message.text == CUT_CALL for message in closed[len(cut) :])
    check([*closed, user("next"), assistant("yes")])
    assert close_calls([*cut, user("next")]) == [*closed, user("next")]


@given(histories, st.data())
def test_a_history_with_a_tool_message_taken_out_doubled_or_moved_is_refused(
    history: list[Message], data: st.DataObject
) -> None:
    places = [place for place, message in enumerate(history) if message.role == "tool"]
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    taken = [*history[:place], *history[place + 1 :]]
    for broken in (taken, [*history[:place], history[place], *history[place:]], [*taken, history[place]]):
        with pytest.raises(UsageError):
            check(broken)


@pytest.mark.parametrize(
    ("history", "complaint"),
    [
        ([user("q"), result("c1")], "message 2 (tool) answers call 'c1', which is not open"),
        ([user("q"), Message("tool")], "message 2 (tool) answers call None"),
        ([user("q"), assistant("", "c1")], "call 'c1' has no result"),
        ([assistant("", "c1", "c2"), result("c2"), user("q")], "message 3 (user) comes before the result of call 'c1'"),
        ([assistant("", "c1", "c1")], "message 1 (assistant) gives two calls one id"),
        ([Message("user", tool_calls=(ToolCall("c1", "add", "{}"),))], "message 1 (user) calls a tool"),
        ([Message("user", call_id="c1")], "message 1 (user) answers a call"),
    ],
)
def test_what_is_wrong_with_a_history_is_said(history: list[Message], complaint: str) -> None:
    with pytest.raises(UsageError) as refused:
        check(history)
    assert complaint in str(refused.value)


# --- extract ----------------------------------------------------------------------------------------------------------

DROPPED = [
    Message("user", (Segment("What is beam search?", "user"), Segment("[1] secret passage", "document"))),
    assistant("", "c1"),
    result("c1", "a tool said"),
    assistant("It keeps the best beams [1]. It is not random."),
    user("And e.g. top-k?"),
    assistant("Sampling, e.g. from the top."),
]


def test_an_extract_holds_the_questions_and_how_the_answers_began() -> None:
    assert extract(DROPPED, 1000) == (
        "The user asked: What is beam search? The answer began: It keeps the best beams [1].\n"
        "The user asked: And e.g. top-k? The answer began: Sampling, e.g. from the top."
    )


@given(histories, st.integers(0, 100))
def test_an_extract_keeps_its_limit(history: list[Message], limit: int) -> None:
    assert len(extract(history, limit)) <= limit * CHARACTERS_PER_TOKEN


def test_the_latest_turns_stay_in_an_extract_that_is_too_long() -> None:
    assert extract(DROPPED, 25).startswith("The user asked: And e.g. top-k?")
    assert extract([user("x" * 1000), assistant("yes.")], 100).startswith("The user asked: xxx")
    assert extract(DROPPED, 1) == ""
    assert extract([], 100) == ""


# --- questions without an answer --------------------------------------------------------------------------------------


def test_a_question_without_an_answer_gets_a_word_in_its_place() -> None:
    [_, word, *rest] = close_questions([user("One?"), user("Two?"), assistant("2."), user("Three?")])

    assert (word.role, word.text, word.origins) == ("assistant", NO_ANSWER, {"author"})
    assert [each.text for each in rest] == ["Two?", "2.", "Three?", NO_ANSWER]


@given(histories, st.data())
def test_a_history_cut_anywhere_alternates_and_is_valid_once_it_is_closed(
    history: list[Message], data: st.DataObject
) -> None:
    end = data.draw(st.integers(0, len(history)))
    closed = close_questions(close_calls(history[:end]))

    check(closed)
    after = [before.role for before, each in pairwise(closed) if each.role == "user"]
    assert set(after) <= {"assistant"}
    assert not closed or closed[-1].role == "assistant"
    assert close_questions(history) == history, "a whole history stays as it is"
