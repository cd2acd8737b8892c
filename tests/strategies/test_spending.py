"""What is spent is counted from outside, and a budget ends a flow at a place where it can still answer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import astuple

import pytest
from driving import task
from hypothesis import given
from hypothesis import strategies as st

from chatbot.effects import CallTool, Effect, Flow, Generate, Retrieve, Together
from chatbot.errors import BudgetSpent, ChatbotError, ModelError, OutOfTime
from chatbot.messages import Budget, Reply, ToolCall, ToolResult, Usage
from chatbot.strategies.spending import metered

REQUEST = task().request
CALL = CallTool(ToolCall("c", "look", "{}"))


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


def spent_on(budget: Budget, *results: object) -> list[str]:
    """Asks after each of these results, until the budget is spent; what was said of that."""

    def flow() -> Flow[list[str]]:
        try:
            for result in results:
                if isinstance(result, tuple):
                    yield Together((CALL,) * len(result))
                else:
                    yield REQUEST
            yield REQUEST
        except BudgetSpent as error:
            return [error.message]
        return []

    driven = metered(flow(), budget)
    try:
        driven.send(None)
        for result in results:
            driven.send(result)
        driven.send(Reply("x", usage=Usage(cost=0.0)))
    except StopIteration as done:
        return list(done.value[0])
    raise AssertionError


def took(seconds: float) -> ToolResult:
    return ToolResult("c", "look", "x", seconds=seconds)


def test_models_and_tools_take_time_and_what_runs_side_by_side_takes_it_once() -> None:
    asked = Reply("x", usage=Usage(seconds=1.0))
    assert spent_on(Budget(seconds=5), asked, (took(2.0), took(1.5)), asked) == []
    assert spent_on(Budget(seconds=5), asked, (took(3.0), took(1.5)), asked) == ["the budget of 5 seconds is spent"]


def test_money_is_bounded_and_a_price_that_is_not_known_is_no_price_of_nothing() -> None:
    cheap, dear, unknown = (Reply("x", usage=Usage(cost=cost)) for cost in (0.01, 0.05, None))
    assert spent_on(Budget(dollars=0.05), cheap, cheap) == []
    assert spent_on(Budget(dollars=0.05), dear) == ["the budget of $0.05 is spent"]
    [said] = spent_on(Budget(dollars=0.05), unknown)
    assert "the price of this model is not known" in said
    assert spent_on(Budget(calls=5), unknown) == []


@given(st.tuples(*[st.none() | st.integers(1, 9)] * 4), st.tuples(*[st.none() | st.integers(1, 9)] * 4))
def test_of_two_budgets_the_tighter_holds_in_each_respect(one: tuple[int], other: tuple[int]) -> None:
    both = astuple(Budget(*one).within(Budget(*other)))
    assert both == tuple(min((n for n in pair if n is not None), default=None) for pair in zip(one, other, strict=True))


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


def seconds(effect: Effect) -> list[float | None]:
    """How long each of the requests may take."""
    requests = effect.effects if isinstance(effect, Together) else (effect,)
    return [each.seconds for each in requests if isinstance(each, Generate)]


def test_a_request_may_take_what_is_left_of_the_time() -> None:
    def flow() -> Flow[None]:
        yield REQUEST
        yield Together((REQUEST, REQUEST))
        yield REQUEST

    driven = metered(flow(), Budget(seconds=10.0))
    assert seconds(driven.send(None)) == [10.0]
    assert seconds(driven.send(Reply(text="a", usage=Usage(seconds=4.0)))) == [6.0, 6.0]
    both = (Reply(text="a", usage=Usage(seconds=1.0)), Reply(text="b", usage=Usage(seconds=2.0)))
    assert seconds(driven.send(both)) == [4.0]


@pytest.mark.parametrize("keep_failures", [False, True])
def test_after_a_request_that_ran_out_of_time_nothing_is_asked(keep_failures: bool) -> None:
    def flow() -> Flow[str]:
        with suppress(OutOfTime):
            yield Together((REQUEST, REQUEST), keep_failures)
        try:
            yield REQUEST
        except BudgetSpent as error:
            return error.message
        return "asked again"

    driven = metered(flow(), Budget(seconds=10.0))
    driven.send(None)
    late = OutOfTime("over")
    with pytest.raises(StopIteration) as done:
        driven.send((Reply(text="a"), late)) if keep_failures else driven.throw(late)
    assert done.value.value[0] == "the budget of 10 seconds is spent"
