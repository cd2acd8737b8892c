"""What is spent is counted from outside, and a budget ends a flow at a place where it can still answer."""

from __future__ import annotations

import pytest
from driving import task
from hypothesis import given
from hypothesis import strategies as st

from chatbot.effects import Effect, Flow, Generate, Retrieve, Together
from chatbot.errors import ChatbotError, ModelError
from chatbot.messages import Budget, Reply, Usage
from chatbot.strategies.spending import BudgetSpent, metered

REQUEST = task().request


def asks(*widths: int, keep_failures: bool = True) -> Flow[list[str]]:
    """Asks once, or so many times together, and stops where the budget is spent."""
    said: list[str] = []
    try:
        for width in widths:
            if width == 1:
                replies: tuple[object, ...] = ((yield REQUEST),)
            else:
                replies = yield Together((REQUEST,) * width, keep_failures)
            said += ["over" if isinstance(reply, BudgetSpent) else "said" for reply in replies]
    except BudgetSpent:
        said.append("stopped")
    return said


def drive(flow: Flow[tuple[list[str], Usage]]) -> tuple[int, list[str], Usage]:
    """The requests that went out, what the flow returns, and what it spent."""
    sent, result = 0, None

    def reply(_: Effect) -> Reply:
        return Reply("x", usage=Usage(input_tokens=6, output_tokens=4, calls=1))

    while True:
        try:
            effect = flow.send(result)
        except StopIteration as done:
            return sent, *done.value
        if isinstance(effect, Together):
            sent += len(effect.effects)
            result = tuple(map(reply, effect.effects))
        else:
            sent += 1
            result = reply(effect)


def test_all_requests_are_counted_however_they_go_out() -> None:
    assert drive(metered(asks(1, 3))) == (4, ["said"] * 4, Usage(24, 16, calls=4))


@given(st.lists(st.integers(1, 5), max_size=6), st.integers(0, 20), st.booleans())
def test_no_more_calls_go_out_than_the_budget_has(widths: list[int], calls: int, keep: bool) -> None:
    sent, said, usage = drive(metered(asks(*widths, keep_failures=keep), Budget(calls=calls)))
    assert sent == usage.calls <= calls
    assert said.count("said") == sent
    assert (sent < sum(widths)) == ("over" in said or "stopped" in said)


def test_of_requests_together_those_go_out_that_the_budget_allows() -> None:
    assert drive(metered(asks(5), Budget(calls=3)))[1] == ["said"] * 3 + ["over"] * 2


def test_where_failures_are_not_kept_none_of_them_goes_out() -> None:
    assert drive(metered(asks(5, keep_failures=False), Budget(calls=3)))[:2] == (0, ["stopped"])


def test_the_request_that_crosses_the_tokens_is_the_last() -> None:
    sent, said, usage = drive(metered(asks(1, 1, 1, 1), Budget(tokens=15)))
    assert (sent, said, usage.input_tokens + usage.output_tokens) == (2, ["said", "said", "stopped"], 20)


def test_other_effects_cost_nothing() -> None:
    def flow() -> Flow[str]:
        yield Retrieve("x")
        yield Together((Retrieve("x"), Retrieve("y")))
        return "done"

    driven = metered(flow(), Budget(calls=0))
    assert driven.send(None) == Retrieve("x")
    driven.send(())
    with pytest.raises(StopIteration) as done:
        driven.send(((), ()))
    assert done.value.value == ("done", Usage())


def test_failures_reach_the_flow() -> None:
    def flow() -> Flow[str]:
        try:
            yield REQUEST
        except ModelError as error:
            return error.message
        return "fine"

    driven = metered(flow())
    assert isinstance(driven.send(None), Generate)
    with pytest.raises(StopIteration) as done:
        driven.throw(ModelError("down"))
    assert done.value.value == ("down", Usage())


def test_a_flow_that_does_not_heed_its_budget_fails_with_it() -> None:
    def heedless() -> Flow[Reply]:
        return (yield REQUEST)

    with pytest.raises(ChatbotError, match="budget of 0 calls"):
        metered(heedless(), Budget(calls=0)).send(None)
