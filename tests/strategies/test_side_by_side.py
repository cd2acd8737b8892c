"""Flows that run in step: each round holds the next effects of all of them."""

from __future__ import annotations

from driving import task

from chatbot.effects import Effect, Flow, Generate, Together
from chatbot.errors import ChatbotError, ModelError
from chatbot.messages import Reply
from chatbot.strategies.side_by_side import side_by_side

REQUEST = task().request


def asks(times: int) -> Flow[str]:
    said = []
    for _ in range(times):
        reply: Reply = yield REQUEST
        said.append(reply.text)
    return "".join(said)


def asks_together(width: int, *, keep_failures: bool) -> Flow[str]:
    replies = yield Together((REQUEST,) * width, keep_failures)
    return "".join("!" if isinstance(reply, ChatbotError) else reply.text for reply in replies)


def recovers() -> Flow[str]:
    try:
        yield REQUEST
    except ModelError as error:
        return f"recovered from {error.message}"
    return "fine"


def drive(flow: Flow[list[object]], failing: frozenset[int] = frozenset()) -> tuple[list[int], list[object]]:
    """How many effects each round holds, and what the flows return; effects are answered by letters in order."""
    number, widths, result = 0, [], None
    while True:
        try:
            effect: Effect = flow.send(result)
        except StopIteration as done:
            return widths, done.value
        assert isinstance(effect, Together)
        assert effect.keep_failures
        assert all(isinstance(each, Generate) for each in effect.effects)
        widths.append(len(effect.effects))
        letters = []
        for _ in effect.effects:
            letters.append(ModelError("down") if number in failing else Reply("abcdefgh"[number]))
            number += 1
        result = tuple(letters)


def test_rounds_shrink_as_flows_end_and_results_keep_their_order() -> None:
    widths, results = drive(side_by_side([asks(1), asks(3), asks(2), asks(0)]))
    assert widths == [3, 2, 1]
    assert results == ["a", "bdf", "ce", ""]


def test_no_flows_need_no_round() -> None:
    assert drive(side_by_side([])) == ([], [])


def test_what_flows_ask_together_joins_the_round() -> None:
    widths, results = drive(side_by_side([asks_together(2, keep_failures=False), asks(1)]))
    assert widths == [3]
    assert results == ["ab", "c"]


def test_a_flow_that_fails_ends_alone() -> None:
    _, (first, second) = drive(side_by_side([asks(2), asks(2)]), frozenset({0}))
    assert isinstance(first, ModelError)
    assert second == "bc"


def test_a_flow_may_recover_from_its_failure() -> None:
    assert drive(side_by_side([recovers()]), frozenset({0}))[1] == ["recovered from down"]


def test_of_effects_together_a_failure_is_raised_unless_they_are_kept() -> None:
    raised, kept = drive(
        side_by_side([asks_together(2, keep_failures=False), asks_together(2, keep_failures=True)]), frozenset({1, 3})
    )[1]
    assert isinstance(raised, ModelError)
    assert kept == "c!"


def test_flows_of_flows_join_into_one_round() -> None:
    widths, results = drive(side_by_side([side_by_side([asks(1), asks(1)]), side_by_side([asks(2)])]))
    assert widths == [3, 1]
    assert results == [["a", "b"], ["cd"]]
